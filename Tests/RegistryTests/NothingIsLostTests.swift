import DeckCore
import Foundation
import Registry
import Testing

/// Invariant 10: a kill -9 at any moment loses nothing that was acknowledged.
@Suite("Nothing is lost")
struct NothingIsLostTests {
    /// The file and its log as a kill leaves them: copied while the registry is open, nothing closed or checkpointed.
    private func killed(_ scratch: Scratch, copy: String) throws -> String {
        let target = scratch.path("\(copy)/deck.sqlite")
        try FileManager.default.createDirectory(
            at: URL(fileURLWithPath: target).deletingLastPathComponent(), withIntermediateDirectories: true)
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: scratch.path() + suffix, toPath: target + suffix)
        }
        return target
    }

    @Test("what was acknowledged before a kill is there after it, at every moment")
    func kill() throws {
        let scratch = try Scratch()
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        var expected: [String] = []
        for moment in 0..<12 {
            let name = "tenant-\(moment)"
            try registry.save(Sample.version(name, UInt8(moment)))
            try registry.setPinned(moment % 3 == 0, adapter: name)
            try registry.setDemoPrompts(["prompt \(moment)"], adapter: name)
            expected.append("event \(moment)")
            try Sample.record("event \(moment)", in: registry)

            let after = try Registry.open(path: killed(scratch, copy: "copy-\(moment)"), base: Sample.base)
            #expect(try after.versions() == registry.versions())
            #expect(try after.versions().count == moment + 1)
            #expect(try after.pinned() == Set((0...moment).filter { $0 % 3 == 0 }.map { "tenant-\($0)" }))
            #expect(try after.demoPrompts()[name] == ["prompt \(moment)"])
            #expect(try after.recentEvents(limit: 100).map(\.message) == expected)
        }
        // The copies are worth something only if the log still held what they showed.
        let log = try FileManager.default.attributesOfItem(atPath: scratch.path() + "-wal")[.size] as? Int
        #expect(try #require(log) > 0)
    }

    @Test("a log that a kill cut off in the middle of a write loses only the write that was not acknowledged")
    func tornLog() throws {
        let scratch = try Scratch()
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        try Sample.record("acknowledged", in: registry)
        let whole = try Data(contentsOf: URL(fileURLWithPath: scratch.path() + "-wal")).count
        try Sample.record("in flight", in: registry)
        let copy = try killed(scratch, copy: "torn")
        let log = try FileHandle(forWritingTo: URL(fileURLWithPath: copy + "-wal"))
        try log.truncate(atOffset: UInt64(whole + 100))
        try log.close()

        let after = try Registry.open(path: copy, base: Sample.base)
        #expect(try after.recentEvents(limit: 10).map(\.message) == ["acknowledged"])
    }

    @Test("a restart restores versions, pins, prompts and events")
    func restart() throws {
        let scratch = try Scratch()
        do {
            let registry = try Registry.open(path: scratch.path(), base: Sample.base)
            try registry.save(Sample.version("pirate-games", 2))
            try registry.save(Sample.version("harbor-bank", 3))
            try registry.setPinned(true, adapter: "harbor-bank")
            try registry.setDemoPrompts(["Where is my parcel?", "Ça va ? 🌱"], adapter: "pirate-games")
            try Sample.record("loaded", in: registry)
        }
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        #expect(try registry.versions() == [Sample.version("harbor-bank", 3), Sample.version("pirate-games", 2)])
        #expect(try registry.pinned() == ["harbor-bank"])
        #expect(try registry.demoPrompts() == ["pirate-games": ["Where is my parcel?", "Ça va ? 🌱"]])
        let event = try #require(try registry.recentEvents(limit: 10).first)
        #expect(event.kind == .load && event.level == .info && event.actor == "console")
        #expect(event.subject == "pirate-games" && event.command == "load pirate-games" && event.time == Sample.noon)
        #expect(try Sample.record("next", in: registry) > event.id)
    }

    @Test("every write is flushed before it is acknowledged")
    func flushes() throws {
        let scratch = try Scratch()
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        #expect(try registry.durability() == Registry.Durability(journal: "wal", synchronous: 2))
    }

    @Test("record() from many threads keeps every event, each with its own id")
    func concurrentRecords() async throws {
        let scratch = try Scratch()
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        let ids = try await withThrowingTaskGroup(of: [Int64].self) { group in
            for writer in 0..<8 {
                group.addTask { try (0..<25).map { try Sample.record("\(writer)/\($0)", in: registry) } }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(ids).count == 200)
        let events = try registry.recentEvents(limit: 1000)
        #expect(events.map(\.id) == ids.sorted())
        #expect(Set(events.map(\.message)).count == 200)
    }

    @Test("two processes' connections write to one file without losing anything")
    func twoConnections() async throws {
        let scratch = try Scratch()
        let one = try Registry.open(path: scratch.path(), base: Sample.base)
        let other = try Registry.open(path: scratch.path(), base: Sample.digest(9))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for registry in [one, other] {
                group.addTask { for index in 0..<50 { try Sample.record("\(index)", in: registry) } }
            }
            try await group.waitForAll()
        }
        #expect(try one.recentEvents(limit: 1000).count == 50)
        #expect(try other.recentEvents(limit: 1000).count == 50)
    }
}

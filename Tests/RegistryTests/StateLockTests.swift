import DeckCore
import Foundation
import Testing

@testable import Registry

/// One deck a state folder, and the second is told whose it is.
@Suite("State lock") struct StateLockTests {
    private func refusal(_ folder: String) throws -> RegistryError {
        try #require(throws: RegistryError.self) { _ = try StateLock.take(folder, for: "run") }
    }

    @Test("the second says who holds the folder, since when, and where to attach")
    func held() throws {
        let scratch = try Scratch()
        let folder = scratch.path("state")
        let lock = try StateLock.take(folder, for: "serve")
        let first = try refusal(folder)
        guard case .held(folder, let holder?) = first else { throw first }
        #expect(holder.command == "serve" && holder.process == getpid() && holder.address == nil)
        #expect(abs(holder.since.timeIntervalSinceNow) < 3600)
        #expect(first.description.contains("loradeck serve (process \(getpid()), since 20"))
        #expect(first.description.contains("nothing can attach") && first.description.contains("XDG_STATE_HOME"))
        lock.announce("http://127.0.0.1:9931")
        #expect(try refusal(folder).description.contains("see it with `loradeck attach http://127.0.0.1:9931`"))
        lock.release()
        lock.release()
        // What is written there from before is nobody's.
        let next = try StateLock.take(folder, for: "demo")
        guard case .held(_, let other?) = try refusal(folder) else { throw try refusal(folder) }
        #expect(other.command == "demo" && other.address == nil)
        next.release()
    }

    @Test("tenants and keys are changed beside a deck that runs")
    func beside() throws {
        let scratch = try Scratch()
        let lock = try StateLock.take(scratch.path("state"), for: "serve")
        defer { lock.release() }
        let book = try TenantBook.open(path: scratch.path())
        try book.save(TenantRecord(name: "games"))
        #expect(try book.accessRecords().tenants.map(\.name) == ["games"])
    }

    @Test("a holder that has not said who it is holds the folder too")
    func silent() throws {
        let scratch = try Scratch()
        let folder = scratch.path("state")
        let lock = try StateLock.take(folder, for: "serve")
        defer { lock.release() }
        try Data("{".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(StateLock.fileName)"), options: [])
        guard case .held(_, nil) = try refusal(folder) else { throw try refusal(folder) }
        #expect(try refusal(folder).description.hasPrefix("another loradeck holds the state folder"))
    }

    @Test("a lock in whose place stands something else is refused with the reason")
    func unusable() throws {
        let scratch = try Scratch()
        let folder = scratch.path("state")
        try FileManager.default.createDirectory(
            atPath: "\(folder)/\(StateLock.fileName)", withIntermediateDirectories: true)
        guard case .unwritable(_, let reason) = try refusal(folder) else { throw try refusal(folder) }
        #expect(reason == "is a directory")
    }
}

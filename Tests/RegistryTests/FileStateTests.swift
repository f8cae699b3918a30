import DeckCore
import GRDB
import Synchronization
import TestSupport
import Testing

@testable import Registry

@Suite("States of files, and facts kept together")
struct FileStateTests {
    private static let files = [
        FileState(device: .max, inode: 7, size: 700, modified: 1_760_000_000_123_456_789, changed: 2),
        FileState(device: 1, inode: 8, size: .max, modified: -1, changed: .min),
    ]

    private func version(_ name: String, files: [FileState]) -> AdapterVersion {
        let plain = Sample.version(name, 2)
        return AdapterVersion(
            name: name, digest: plain.digest, facts: plain.facts, registered: plain.registered, files: files)
    }

    @Test("a version comes back with the states of its files; saving it again brings them up to date")
    func states() throws {
        let scratch = try Scratch()
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        try registry.save(version("a", files: Self.files))
        try registry.save(version("b", files: []))
        try registry.close()
        let again = try Registry.open(path: scratch.path(), base: Sample.base)
        #expect(try again.versions().map(\.files) == [Self.files, []])
        try again.save(version("a", files: [Self.files[1]]))
        try again.save(version("b", files: Self.files))
        #expect(try again.versions().map(\.files) == [[Self.files[1]], Self.files])
        try again.save(version("a", files: []))
        #expect(try again.versions().first?.files == [])
    }

    @Test("a registry from before there were states opens, and its versions have none")
    func migrated() throws {
        let scratch = try Scratch()
        _ = try Registry.open(path: scratch.path(), base: Sample.base).close()
        let path = scratch.path("old.sqlite")
        let queue = try DatabaseQueue(path: path)
        try RegistrySchema.migrator.migrate(queue, upTo: "1 adapters, prompts and events")
        try queue.write { db in
            try db.execute(sql: "INSERT INTO base (id, digest) VALUES (1, ?)", arguments: [Sample.base.hex])
            try db.execute(sql: "INSERT INTO adapter (id, base_id, name, version_id) VALUES (1, 1, 'a', 1)")
            let facts = """
                {"format": "peft", "path": "/a", "verdict": {"verified": {}}, "ranks": [1, 2], "alpha": 1, "scales": [1, 1],
                "targets": [], "moduleCount": 1, "fileBytes": 3}
                """
            try db.execute(
                sql: "INSERT INTO version (id, adapter_id, digest, facts, registered) VALUES (1, 1, ?, ?, 0)",
                arguments: [Sample.digest(2).hex, facts])
        }
        try queue.close()
        let registry = try Registry.open(path: path, base: Sample.base)
        #expect(try registry.versions().map(\.files) == [[]])
        try registry.save(version("a", files: Self.files))
        #expect(try registry.versions().map(\.files) == [Self.files])
    }

    @Test("facts kept together are there together, and one that breaks takes back only itself")
    func together() throws {
        struct Stop: Error {}
        let scratch = try Scratch()
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        let reader = try Registry.open(path: scratch.path(), base: Sample.base)
        try registry.together {
            try registry.save(Sample.version("a", 2))
            try registry.setPinned(true, adapter: "a")
            #expect(throws: RegistryError.self) {
                // A kind of fact that breaks half-way: its first half goes too.
                try registry.write { db in
                    try db.execute(sql: "DELETE FROM adapter")
                    try db.execute(sql: "INSERT INTO nowhere VALUES (1)")
                }
            }
            try Sample.record("kept", in: registry)
            // Nobody else sees any of it yet.
            #expect(try reader.versions().isEmpty)
        }
        #expect(try reader.versions().map(\.name) == ["a"])
        #expect(try reader.pinned() == ["a"])
        #expect(try reader.recentEvents(limit: 9).map(\.message) == ["kept"])
        #expect(throws: (any Error).self) {
            try registry.together {
                try registry.save(Sample.version("b", 3))
                throw Stop()
            }
        }
        #expect(try reader.versions().map(\.name) == ["a"])
    }
}

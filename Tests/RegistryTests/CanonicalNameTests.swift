import DeckCore
import Foundation
import GRDB
import Testing

@testable import Registry

/// One name in two forms of Unicode is one row.
@Suite("Canonical names") struct CanonicalNameTests {
    private static let composed = "caf\u{E9}"
    private static let decomposed = "cafe\u{301}"

    private func bytes(_ name: String) -> [UInt8] { Array(name.utf8) }

    @Test("whatever form a name is written in, the registry keeps one, in form C")
    func kept() throws {
        let scratch = try Scratch()
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        try registry.save(Sample.version(Self.composed, 2))
        try registry.save(Sample.version(Self.decomposed, 3, after: 5))
        try registry.setPinned(true, adapter: Self.decomposed)
        try registry.setDemoPrompts(["x"], adapter: Self.decomposed)
        let versions = try registry.versions()
        #expect(versions.map(\.digest) == [Sample.digest(3)])
        #expect(versions.map { bytes($0.name) } == [bytes(Self.composed)])
        #expect(try registry.history(of: Self.decomposed).count == 2)
        #expect(try registry.pinned().map(bytes) == [bytes(Self.composed)])
        #expect(try registry.demoPrompts().keys.map(bytes) == [bytes(Self.composed)])
        #expect(try registry.remove(Self.decomposed))
        #expect(try registry.versions().isEmpty && registry.turnedDown(Self.composed).count == 2)
    }

    /// A registry from before: `change` writes rows as they were written then.
    private func old(_ scratch: Scratch, _ change: (Registry, Database) throws -> Void) throws -> Registry {
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        try registry.write { db in
            try change(registry, db)
            try db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier LIKE '8 %'")
        }
        try registry.close()
        return try Registry.open(path: scratch.path(), base: Sample.base)
    }

    private func rename(_ name: String, _ new: String, _ db: Database) throws {
        try db.execute(sql: "UPDATE adapter SET name = ? WHERE name = ?", arguments: [new, name])
    }

    @Test("an old name in another form is read as the one that requests use")
    func migrated() throws {
        let scratch = try Scratch()
        let registry = try old(scratch) { registry, db in
            try registry.save(Sample.version("x", 2))
            try rename("x", Self.decomposed, db)
        }
        #expect(try registry.versions().map { bytes($0.name) } == [bytes(Self.composed)])
        #expect(try registry.recentEvents(limit: 5).isEmpty)
    }

    @Test(
        "of two rows of one name the one that was registered last is served, the other stays as an earlier version, and the log tells"
    )
    func clash() throws {
        let scratch = try Scratch()
        let registry = try old(scratch) { registry, db in
            try registry.save(Sample.version(Self.composed, 2))
            try registry.save(Sample.version("x", 4, after: 3))
            try registry.save(Sample.version("x", 3, after: 5))
            try registry.setPinned(true, adapter: "x")
            try registry.setDemoPrompts(["y"], adapter: "x")
            try rename("x", Self.decomposed, db)
        }
        #expect(try registry.versions().map(\.digest) == [Sample.digest(3)])
        #expect(try registry.earlierVersions().map(\.digest) == [Sample.digest(2), Sample.digest(4)])
        #expect(try registry.pinned() == [Self.composed])
        #expect(try registry.demoPrompts()[Self.composed] == ["y"])
        let event = try #require(try registry.recentEvents(limit: 5).last)
        #expect(event.kind == .warning && event.subject == Self.composed)
        #expect(event.message.contains("two forms of Unicode") && event.message.contains(Sample.digest(3).short))
    }

    @Test("two rows that point at the same content become one version")
    func sameContent() throws {
        let scratch = try Scratch()
        let registry = try old(scratch) { registry, db in
            try registry.save(Sample.version(Self.composed, 2, after: 9))
            try registry.save(Sample.version("x", 2))
            try rename("x", Self.decomposed, db)
        }
        #expect(try registry.versions() == [Sample.version(Self.composed, 2, after: 9)])
        #expect(try registry.earlierVersions().isEmpty)
    }
}

import DeckCore
import Foundation
import GRDB
import Testing

@testable import Registry

/// The registry remembers which contents were verified on which base, beyond names and versions.
@Suite("Verified adapters") struct VerifiedAdaptersTests {
    private func verified(_ name: String, _ content: UInt8, files: [FileState] = []) -> AdapterVersion {
        let version = Sample.version(name, content)
        return AdapterVersion(
            name: name, digest: version.digest, facts: version.facts.verified(), registered: version.registered,
            files: files)
    }

    @Test("a verified version is noted with the base, and stays when its name goes")
    func noted() throws {
        let scratch = try Scratch()
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        try registry.save(verified("a", 2))
        try registry.save(Sample.version("b", 3))
        #expect(registry.isVerified(Sample.digest(2)) && !registry.isVerified(Sample.digest(3)))
        #expect(registry.mayBeVerified(fileBytes: 921_600) && !registry.mayBeVerified(fileBytes: 7))
        #expect(try registry.remove("a"))
        #expect(try registry.versions().map(\.name) == ["b"])
        let again = try Registry.open(path: scratch.path(), base: Sample.base)
        #expect(again.isVerified(Sample.digest(2)))
        // Of another base nothing is known.
        let other = try Registry.open(path: scratch.path(), base: Sample.digest(9))
        #expect(!other.isVerified(Sample.digest(2)) && !other.mayBeVerified(fileBytes: 921_600))
    }

    @Test("one that cannot be told later reads as verified; so does its earlier version")
    func stays() throws {
        let scratch = try Scratch()
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        try registry.save(verified("a", 2))
        try registry.save(Sample.version("a", 3, after: 5))
        try registry.save(Sample.version("copy", 2))
        #expect(try registry.versions().map(\.facts.verdict.word) == ["unverified", "verified"])
        #expect(try registry.earlierVersions().map(\.facts.verdict) == [.verified])
        try registry.noteVerified(Sample.digest(3), fileBytes: 5)
        #expect(try registry.versions().map(\.facts.verdict.word) == ["verified", "verified"])
    }

    @Test("files in the states of a registered version have its digest")
    func states() throws {
        let scratch = try Scratch()
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        let files = [FileState(device: 1, inode: 2, size: 3, modified: 4, changed: 5)]
        try registry.save(verified("a", 2, files: files))
        #expect(registry.digest(of: files) == Sample.digest(2))
        #expect(registry.digest(of: []) == nil)
        #expect(registry.digest(of: files + files) == nil)
        #expect(registry.digest(of: [FileState(device: 1, inode: 2, size: 3, modified: 4, changed: 6)]) == nil)
        // Two contents that claim the same states prove nothing.
        try registry.save(verified("b", 3, files: files))
        #expect(registry.digest(of: files) == nil)
    }

    @Test("what an earlier release verified is taken over")
    func migrated() throws {
        let scratch = try Scratch()
        let path = scratch.path()
        var registry = try Registry.open(path: path, base: Sample.base)
        try registry.save(verified("a", 2))
        try registry.save(Sample.version("b", 3))
        try registry.queue.write { db in
            try db.execute(
                sql: """
                    DROP TABLE verified;
                    DELETE FROM grdb_migrations WHERE identifier = '5 verified adapters';
                    """)
        }
        try registry.close()
        registry = try Registry.open(path: path, base: Sample.base)
        #expect(registry.isVerified(Sample.digest(2)) && !registry.isVerified(Sample.digest(3)))
        #expect(registry.mayBeVerified(fileBytes: 921_600))
    }

    @Test("a registry that cannot be read verifies nothing")
    func unreadable() throws {
        let scratch = try Scratch()
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        try registry.save(verified("a", 2))
        #expect(registry.isVerified(Sample.digest(2)))
        try registry.queue.write { try $0.execute(sql: "DROP TABLE verified") }
        #expect(!registry.isVerified(Sample.digest(2)) && !registry.mayBeVerified(fileBytes: 921_600))
    }
}

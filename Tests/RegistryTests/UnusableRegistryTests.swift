import DeckCore
import Foundation
import GRDB
import Registry
import Testing

/// Files that must be refused with words, and left as they are.
@Suite("Unusable registries")
struct UnusableRegistryTests {
    /// Opens and returns the refusal; a registry that opens is a failure.
    private func refusal(_ path: String) throws -> RegistryError {
        try #require(throws: RegistryError.self) { _ = try Registry.open(path: path, base: Sample.base) }
    }

    private func filled(_ scratch: Scratch) throws -> String {
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        for index in 0..<200 { try registry.save(Sample.version("tenant-\(index)", UInt8(index))) }
        try registry.close()
        return scratch.path()
    }

    @Test("a folder that cannot be made")
    func folder() throws {
        let scratch = try Scratch()
        try Data().write(to: URL(fileURLWithPath: scratch.path("file")))
        let error = try refusal(scratch.path("file/deck.sqlite"))
        guard case .unwritable = error else { throw error }
        #expect(error.description.contains("XDG_STATE_HOME"))
        #expect(error.description.contains(scratch.path("file/deck.sqlite")))
    }

    @Test("a folder in the file's place")
    func folderInPlace() throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(atPath: scratch.path(), withIntermediateDirectories: true)
        guard case .unwritable = try refusal(scratch.path()) else { throw try refusal(scratch.path()) }
    }

    @Test("a later version's file, unchanged by the refusal")
    func newer() throws {
        let scratch = try Scratch()
        let path = try filled(scratch)
        do {
            let database = try DatabaseQueue(path: path)
            try database.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('7 clusters')") }
            try database.close()
        }
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        let error = try refusal(path)
        guard case .newer(_, let migrations) = error else { throw error }
        #expect(migrations == ["7 clusters"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }

    @Test("another program's database")
    func foreign() throws {
        let scratch = try Scratch()
        let path = scratch.path("other.sqlite")
        do {
            let database = try DatabaseQueue(path: path)
            try database.write { try $0.execute(sql: "CREATE TABLE cookies (id INTEGER)") }
            try database.close()
        }
        guard case .foreign = try refusal(path) else { throw try refusal(path) }
    }

    @Test("a file that is not SQLite's")
    func text() throws {
        let scratch = try Scratch()
        let path = scratch.path("notes.txt")
        let text = Data(String(repeating: "these are notes\n", count: 500).utf8)
        try text.write(to: URL(fileURLWithPath: path))
        guard case .foreign = try refusal(path) else { throw try refusal(path) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == text)
    }

    @Test("a damaged page: refused, never recreated")
    func damaged() throws {
        let scratch = try Scratch()
        let path = try filled(scratch)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        // Everything behind the schema's first page is noise.
        for index in 4096..<bytes.count where index % 3 == 0 { bytes[index] = 0xA5 }
        try bytes.write(to: URL(fileURLWithPath: path))
        let error = try refusal(path)
        guard case .corrupt = error else { throw error }
        #expect(error.description.contains("backup"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
    }

    @Test("a truncated file")
    func truncated() throws {
        let scratch = try Scratch()
        let path = try filled(scratch)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: path))
        guard case .corrupt = try refusal(path) else { throw try refusal(path) }
    }

    @Test("a log whose file is gone is not thrown away")
    func orphanedLog() throws {
        let scratch = try Scratch()
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        try registry.save(Sample.version("a", 2))
        let orphan = scratch.path("orphan.sqlite")
        try FileManager.default.copyItem(atPath: scratch.path() + "-wal", toPath: orphan + "-wal")
        guard case .corrupt = try refusal(orphan) else { throw try refusal(orphan) }
        #expect(FileManager.default.fileExists(atPath: orphan + "-wal"))
    }
}

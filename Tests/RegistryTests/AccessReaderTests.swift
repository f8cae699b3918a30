import DeckCore
import Foundation
import GRDB
import TestSupport
import Testing

@testable import Registry

/// Who may ask, read from whatever registry stands at a path; and what is written to one that does not stand there any more.
@Suite("Access records") struct AccessReaderTests {
    private func key(_ id: String, _ byte: UInt8, admin: Bool = false) -> KeyRecord {
        KeyRecord(
            id: id, hash: Sample.digest(byte), tenant: "ops", isAdministrator: admin,
            created: Date(timeIntervalSince1970: Double(byte)))
    }

    /// A registry at a path, with one key.
    private func fill(_ path: String, _ key: KeyRecord) throws {
        let book = try TenantBook.open(path: path)
        try book.add(key, of: TenantRecord(name: "ops"))
        try book.queue.close()
    }

    private func ids(_ reading: AccessReading) throws -> [String] { try reading.records.get().keys.map(\.id) }

    @Test func aKeyThatWasRevokedIsNotForgotten() throws {
        let scratch = try Scratch()
        let book = try TenantBook.open(path: scratch.path())
        #expect(try !book.accessRecords().hasHadKeys)
        try book.add(key("1", 1), of: TenantRecord(name: "ops"))
        #expect(try book.accessRecords().hasHadKeys)
        #expect(try book.revokeKey("1"))
        for book in [book, try TenantBook.open(path: scratch.path())] {
            let records = try book.accessRecords()
            #expect(records.keys.isEmpty && records.hasHadKeys && records.unreadable.isEmpty)
            #expect(try !book.revokeKey("1"))
        }
    }

    /// As an earlier loradeck left it, which deleted the rows of revoked keys.
    @Test func aTenantWithoutKeysHadOne() throws {
        let scratch = try Scratch()
        let book = try TenantBook.open(path: scratch.path())
        try book.save(TenantRecord(name: "ops"))
        #expect(try book.accessRecords().hasHadKeys)
    }

    @Test func rowsThatCannotBeReadOpenNothingAndAreTold() throws {
        let scratch = try Scratch()
        let book = try TenantBook.open(path: scratch.path())
        try book.add(key("1", 1), of: TenantRecord(name: "ops"))
        try book.add(key("2", 2), of: TenantRecord(name: "ops"))
        try book.queue.write { db in
            try db.execute(sql: "UPDATE api_key SET hash = 'nonsense' WHERE id = '1'")
            try db.execute(sql: "INSERT INTO tenant (name, adapters, weight) VALUES ('odd', '{\"a\": 1}', 1)")
        }
        let records = try book.accessRecords()
        #expect(records.keys.map(\.id) == ["2"] && records.tenants.map(\.name) == ["ops"])
        #expect(records.unreadable.map { $0.contains("tenant odd") || $0.contains("key 1 ") } == [true, true])
        #expect(records.hasHadKeys)
        // A new key for the tenant writes its row anew.
        try book.add(
            KeyRecord(id: "3", hash: Sample.digest(3), tenant: "odd", isAdministrator: false, created: Sample.noon),
            of: TenantRecord(name: "odd", adapters: ["a"]))
        #expect(try book.accessRecords().tenants.map(\.name) == ["odd", "ops"])
    }

    @Test func aRegistryThatIsGoneIsNoticedAndSoIsItsReturn() throws {
        let scratch = try Scratch()
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        let reader = AccessReader(registry.tenantBook)
        #expect(reader.read().standing == .itself)
        let (folder, away) = (scratch.path("state"), scratch.path("away"))
        try FileManager.default.moveItem(atPath: folder, toPath: away)
        let reading = reader.read()
        #expect(reading.standing == .gone)
        #expect(throws: RegistryError.gone(path: registry.path)) { try reading.records.get() }
        #expect(throws: RegistryError.gone(path: registry.path)) { try registry.setPinned(true, adapter: "a") }
        #expect(throws: RegistryError.gone(path: registry.path)) { try Sample.record("x", in: registry) }
        #expect(throws: RegistryError.gone(path: registry.path)) {
            try registry.tenantBook.save(TenantRecord(name: "t"))
        }
        try FileManager.default.moveItem(atPath: away, toPath: folder)
        #expect(reader.read().standing == .itself)
        // What was refused was not kept.
        #expect(try registry.pinned().isEmpty && registry.recentEvents(limit: 9).isEmpty)
        #expect(try registry.tenantBook.accessRecords().tenants.isEmpty)
        try registry.setPinned(true, adapter: "a")
        #expect(try registry.pinned() == ["a"])
    }

    @Test func keysAreReadFromWhatStandsAtThePath() throws {
        let scratch = try Scratch()
        try fill(scratch.path(), key("own", 1))
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        let reader = AccessReader(registry.tenantBook)
        #expect(try ids(reader.read()) == ["own"])
        try FileManager.default.moveItem(atPath: scratch.path("state"), toPath: scratch.path("away"))
        try fill(scratch.path(), key("second", 2))
        #expect(reader.read().standing == .another)
        #expect(try ids(reader.read()) == ["second"])
        // Another process changes it.
        let book = try TenantBook.open(path: scratch.path())
        try book.add(key("third", 3), of: TenantRecord(name: "ops"))
        #expect(try book.revokeKey("second"))
        #expect(try ids(reader.read()) == ["third"])
        #expect(throws: RegistryError.replaced(path: registry.path)) { try registry.save(Sample.version("a", 2)) }
        // A third one in its place, none, and ours again.
        try book.queue.close()
        try FileManager.default.removeItem(atPath: scratch.path("state"))
        #expect(reader.read().standing == .gone)
        try fill(scratch.path(), key("fourth", 4))
        #expect(try ids(reader.read()) == ["fourth"])
        try FileManager.default.removeItem(atPath: scratch.path("state"))
        try FileManager.default.moveItem(atPath: scratch.path("away"), toPath: scratch.path("state"))
        #expect(try ids(reader.read()) == ["own"])
        try registry.save(Sample.version("a", 2))
        #expect(try registry.versions().map(\.name) == ["a"])
    }

    @Test func whatIsNoRegistryIsNotRead() throws {
        let scratch = try Scratch()
        try fill(scratch.path(), key("own", 1))
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        let reader = AccessReader(registry.tenantBook)
        try FileManager.default.moveItem(atPath: scratch.path("state"), toPath: scratch.path("away"))
        let folder = scratch.path("state")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let text = Data(String(repeating: "these are notes\n", count: 500).utf8)
        try text.write(to: URL(fileURLWithPath: scratch.path()))
        let reading = reader.read()
        #expect(reading.standing == .another)
        #expect(throws: RegistryError.self) { try reading.records.get() }
        #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.path())) == text)
        // A folder in its place; a link to ours is ours.
        try FileManager.default.removeItem(atPath: scratch.path())
        try FileManager.default.createDirectory(atPath: scratch.path(), withIntermediateDirectories: true)
        #expect(throws: RegistryError.self) { try reader.read().records.get() }
        try FileManager.default.removeItem(atPath: scratch.path())
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path(), withDestinationPath: scratch.path("away/deck.sqlite"))
        #expect(reader.read().standing == .itself)
        #expect(try ids(reader.read()) == ["own"])
    }

    /// What is written together goes together: the registry leaves while it is written.
    @Test func nothingOfAGroupIsKeptWhenTheRegistryLeaves() throws {
        let scratch = try Scratch()
        let registry = try Registry.open(path: scratch.path(), base: Sample.base)
        #expect(throws: RegistryError.gone(path: registry.path)) {
            try registry.together {
                try registry.setPinned(true, adapter: "a")
                try FileManager.default.moveItem(atPath: scratch.path("state"), toPath: scratch.path("away"))
                try registry.setPinned(true, adapter: "b")
            }
        }
        try FileManager.default.moveItem(atPath: scratch.path("away"), toPath: scratch.path("state"))
        #expect(try registry.pinned().isEmpty)
    }
}

import DeckCore
import Foundation
import TestSupport
import Testing

@testable import Registry

@Suite("Tenants, keys and usage") struct TenantBookTests {
    private func book(_ body: (TenantBook, String) throws -> Void) throws {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("deck.sqlite").path
        try body(TenantBook.open(path: path), path)
    }

    private func digest(_ byte: UInt8) throws -> Digest {
        try #require(Digest(bytes: Array(repeating: byte, count: 32)))
    }

    @Test func tenantsAndKeysStay() throws {
        try book { book, path in
            var tenant = TenantRecord(
                name: "games", adapters: ["a", "b"], weight: 2, maxConcurrent: 3, tokensPerMinute: 4, maxContext: 5)
            let key = KeyRecord(
                id: "0011", hash: try digest(1), tenant: "games", isAdministrator: false,
                created: Date(timeIntervalSince1970: 1000))
            try book.add(key, of: tenant)
            try book.save(TenantRecord(name: "all", adapters: nil))
            tenant.adapters = []
            let second = KeyRecord(
                id: "0022", hash: try digest(2), tenant: "games", isAdministrator: true,
                created: Date(timeIntervalSince1970: 2000))
            try book.add(second, of: tenant)
            // Another process sees the same.
            let other = try TenantBook.open(path: path)
            let records = try other.accessRecords()
            #expect(records.tenants == [TenantRecord(name: "all", adapters: nil), tenant])
            #expect(records.keys == [key, second])
            #expect(try other.revokeKey("0011"))
            #expect(try !other.revokeKey("0011"))
            #expect(try book.accessRecords().keys == [second])
        }
    }

    @Test func aHashIsNotKeptTwice() throws {
        try book { book, _ in
            let tenant = TenantRecord(name: "t")
            let key = { (id: String) in
                KeyRecord(id: id, hash: try self.digest(7), tenant: "t", isAdministrator: false, created: Date())
            }
            try book.add(try key("1"), of: tenant)
            #expect(throws: RegistryError.self) { try book.add(try key("2"), of: tenant) }
        }
    }

    @Test func usageAddsUp() throws {
        try book { book, _ in
            let usage = UsageRecord(
                tenant: "t", adapter: "a", requests: 1, promptTokens: 10, cachedTokens: 2, generatedTokens: 5,
                computeSeconds: 0.5, kvPageSeconds: 1.5, weightPageSeconds: 2.5)
            let base = UsageRecord(tenant: "t", adapter: nil, requests: 1)
            try book.add([usage, base], base: try digest(1), day: "2026-11-24")
            try book.add([usage], base: try digest(1), day: "2026-11-25")
            try book.add([usage], base: try digest(1), day: "2026-11-25")
            try book.add([usage], base: try digest(2), day: "2026-11-25")
            let all = try book.usage()
            #expect(all.map(\.day) == ["2026-11-24", "2026-11-24", "2026-11-25"])
            #expect(all.map(\.usage.adapter) == [nil, "a", "a"])
            #expect(all[2].usage.requests == 3 && all[2].usage.kvPageSeconds == 4.5)
            #expect(try book.usage(since: "2026-11-25").count == 1)
            #expect(try book.usage(tenant: "nobody").isEmpty)
        }
    }

    @Test func daysAreUTC() {
        #expect(DailyUsage.day(of: Date(timeIntervalSince1970: 0)) == "1970-01-01")
    }
}

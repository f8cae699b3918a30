import DeckCore
import Foundation
import GRDB
import Synchronization

/// Who may ask, as a registry says it at one moment.
public struct AccessRecords: Hashable, Sendable {
    /// By name.
    public let tenants: [TenantRecord]
    /// Those that are valid, the oldest first.
    public let keys: [KeyRecord]
    /// Whether a key was ever made here: one that is valid, was revoked, or has a row that cannot be read.
    public let hasHadKeys: Bool
    /// The rows that cannot be read, a sentence each. They open nothing.
    public let unreadable: [String]
}

extension TenantBook {
    /// Tenants and keys of one moment.
    public func accessRecords() throws(RegistryError) -> AccessRecords {
        try read { db in
            var unreadable: [String] = []
            let tenants = try Self.tenantRows(db).compactMap { row in
                let tenant = try? Self.tenant(row)
                if tenant == nil { unreadable.append(Self.complaint("tenant", row["name"])) }
                return tenant
            }
            let keys = try Self.keyRows(db).compactMap { row in
                let key = Self.key(row)
                if key == nil { unreadable.append(Self.complaint("key", row["id"])) }
                return key
            }
            // Tenants come with their first key. Keys that an earlier loradeck revoked left nothing else.
            let hasHadKeys = try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM api_key) OR EXISTS (SELECT 1 FROM tenant)")
            return AccessRecords(
                tenants: tenants, keys: keys, hasHadKeys: hasHadKeys ?? true, unreadable: unreadable)
        }
    }

    private static func complaint(_ kind: String, _ name: String) -> String {
        "the registry's row of \(kind) \(name) cannot be read: it opens nothing"
    }
}

/// One look at who may ask.
public struct AccessReading: Sendable {
    /// What stands where the registry was opened. `records` are of what stands there.
    public let standing: RegistryStanding
    public let records: Result<AccessRecords, RegistryError>
}

/// Reads who may ask, again and again, from whatever registry stands at a path: our own, or one that was put in its place.
public final class AccessReader: Sendable {
    private let own: TenantBook
    /// The registry that stands in place of ours; nil while ours stands there.
    private let other = Mutex<TenantBook?>(nil)

    public init(_ book: TenantBook) { own = book }

    public var path: String { own.path }

    public func read() -> AccessReading {
        let standing = own.place.standing
        do throws(RegistryError) {
            return AccessReading(standing: standing, records: .success(try book(standing).accessRecords()))
        } catch {
            return AccessReading(standing: standing, records: .failure(error))
        }
    }

    private func book(_ standing: RegistryStanding) throws(RegistryError) -> TenantBook {
        let known = other.withLock { $0 }
        switch standing {
        case .itself:
            other.withLock { $0 = nil }
            return own
        case .gone: throw .gone(path: own.path)
        case .another:
            if let known, known.place.standing == .itself { return known }
            let book = try TenantBook.open(path: own.path)
            other.withLock { $0 = book }
            return book
        }
    }
}

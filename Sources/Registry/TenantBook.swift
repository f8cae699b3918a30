import DeckCore
import Foundation
import GRDB

/// The tenants of a machine, their keys and what they have had, in the registry's file. Safe to use from any thread and from
/// several processes; a write is on the disk when the call returns.
public struct TenantBook: Sendable {
    /// The file.
    public var path: String { place.path }
    let place: RegistryPlace
    let queue: DatabaseQueue

    /// Opens the registry at `path` for its tenants alone, creating it where it is missing.
    public static func open(path: String) throws(RegistryError) -> TenantBook {
        do {
            let queue = try Registry.connect(path: path)
            return TenantBook(place: RegistryPlace(path: path), queue: queue)
        } catch {
            throw RegistryError(error, path: path)
        }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws(RegistryError) -> Value {
        do { return try queue.read(body) } catch { throw RegistryError(error, path: path) }
    }

    func write<Value>(_ body: (Database) throws -> Value) throws(RegistryError) -> Value {
        do {
            return try queue.write { db in
                let value = try body(db)
                try place.check()
                return value
            }
        } catch {
            throw RegistryError(error, path: path)
        }
    }
}

extension Registry {
    /// The tenants in the same file.
    public var tenantBook: TenantBook { TenantBook(place: place, queue: queue) }
}

extension TenantBook {
    /// Keeps a tenant as it is given, new or known.
    public func save(_ tenant: TenantRecord) throws(RegistryError) { try write { try Self.save(tenant, $0) } }

    /// Keeps a key and its tenant together.
    public func add(_ key: KeyRecord, of tenant: TenantRecord) throws(RegistryError) {
        try write { db in
            try Self.save(tenant, db)
            try db.execute(
                sql: """
                    INSERT INTO api_key (id, hash, tenant_id, administrator, created)
                    SELECT ?, ?, id, ?, ? FROM tenant WHERE name = ?
                    """,
                arguments: [
                    key.id, key.hash.hex, key.isAdministrator, key.created.timeIntervalSince1970, tenant.name,
                ])
        }
    }

    /// Makes a key invalid for ever. Its row stays, so that a server tells a registry without keys from one whose keys were
    /// all revoked. False when no valid key has this id.
    public func revokeKey(_ id: String) throws(RegistryError) -> Bool {
        try write { db in
            try db.execute(
                sql: "UPDATE api_key SET revoked = ? WHERE id = ? AND revoked IS NULL",
                arguments: [Date().timeIntervalSince1970, id])
            return db.changesCount > 0
        }
    }

    private static func save(_ tenant: TenantRecord, _ db: Database) throws {
        let adapters = try tenant.adapters.map {
            String(decoding: try JSONEncoder().encode($0.sorted()), as: UTF8.self)
        }
        try db.execute(
            sql: """
                INSERT INTO tenant (name, adapters, weight, max_concurrent, tokens_per_minute, max_context)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET adapters = excluded.adapters, weight = excluded.weight,
                    max_concurrent = excluded.max_concurrent, tokens_per_minute = excluded.tokens_per_minute,
                    max_context = excluded.max_context
                """,
            arguments: [
                tenant.name, adapters, tenant.weight, tenant.maxConcurrent, tenant.tokensPerMinute, tenant.maxContext,
            ])
    }

    static func tenantRows(_ db: Database) throws -> [Row] {
        try Row.fetchAll(db, sql: "SELECT * FROM tenant ORDER BY name")
    }

    static func keyRows(_ db: Database) throws -> [Row] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT api_key.id, hash, administrator, created, tenant.name AS tenant
                FROM api_key JOIN tenant ON tenant.id = tenant_id WHERE revoked IS NULL ORDER BY created, api_key.id
                """)
    }

    /// Nil for a row whose hash is none.
    static func key(_ row: Row) -> KeyRecord? {
        Digest(hex: row["hash"] as String).map { hash in
            KeyRecord(
                id: row["id"], hash: hash, tenant: row["tenant"], isAdministrator: row["administrator"],
                created: Date(timeIntervalSince1970: row["created"]))
        }
    }

    static func tenant(_ row: Row) throws -> TenantRecord {
        let text: String? = row["adapters"]
        let adapters = try text.map { try JSONDecoder().decode(Set<String>.self, from: Data($0.utf8)) }
        return TenantRecord(
            name: row["name"], adapters: adapters, weight: row["weight"], maxConcurrent: row["max_concurrent"],
            tokensPerMinute: row["tokens_per_minute"], maxContext: row["max_context"])
    }
}

import DeckCore
import Foundation
import GRDB

extension Registry {
    /// The version that each name points at, by name.
    public func versions() throws(RegistryError) -> [AdapterVersion] {
        try fetchVersions(where: "version.id = adapter.version_id", [])
    }

    /// The versions that names pointed at before, by name, the oldest of each first.
    public func earlierVersions() throws(RegistryError) -> [AdapterVersion] {
        try fetchVersions(where: "version.id <> adapter.version_id", [])
    }

    /// The version that each name of every base points at.
    public func versionsOfEveryBase() throws(RegistryError) -> [AdapterVersion] {
        try fetchVersions(ofAnyBase: true, where: "version.id = adapter.version_id", [])
    }

    /// Every version that a name ever pointed at, the oldest first; empty for an unknown name.
    public func history(of name: String) throws(RegistryError) -> [AdapterVersion] {
        try fetchVersions(where: "adapter.name = ?", [CanonicalName.of(name)])
    }

    /// The names that are pinned, whether or not a version of them was saved.
    public func pinned() throws(RegistryError) -> Set<String> {
        try read { db in
            try String.fetchSet(
                db, sql: "SELECT name FROM adapter WHERE base_id = ? AND pinned = 1", arguments: [baseID])
        }
    }

    /// Forgets a name with its versions, pin and prompts, and remembers that it was unregistered; its events stay. Returns
    /// whether the name was known.
    @discardableResult
    public func remove(_ name: String, standing: [FileState] = []) throws(RegistryError) -> Bool {
        let name = CanonicalName.of(name)
        return try write { db in
            try turnDownVersions(of: name, db)
            try turnDown(files: standing, name, db)
            try db.execute(sql: "DELETE FROM adapter WHERE base_id = ? AND name = ?", arguments: [baseID, name])
            return db.changesCount > 0
        }
    }

    /// The row of a name, made where it is missing.
    func adapterID(_ name: String, _ db: Database) throws -> Int64 {
        let name = CanonicalName.of(name)
        try db.execute(
            sql: "INSERT INTO adapter (base_id, name) VALUES (?, ?) ON CONFLICT DO NOTHING", arguments: [baseID, name])
        let id = try Int64.fetchOne(
            db, sql: "SELECT id FROM adapter WHERE base_id = ? AND name = ?", arguments: [baseID, name])
        guard let id else { throw RegistryError.failed(path: path, reason: "the name \(name) was not kept") }
        return id
    }

    private func fetchVersions(
        ofAnyBase: Bool = false, where condition: String, _ arguments: StatementArguments
    ) throws(RegistryError) -> [AdapterVersion] {
        try read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT adapter.name, version.digest, version.facts, version.registered, version.files,
                        version.instead_of, verified.digest IS NOT NULL AS is_verified
                    FROM adapter JOIN version ON version.adapter_id = adapter.id
                    LEFT JOIN verified ON verified.base_id = adapter.base_id AND verified.digest = version.digest
                    WHERE (adapter.base_id = ? OR ?) AND \(condition)
                    ORDER BY adapter.name, version.registered, version.id
                    """,
                arguments: [baseID, ofAnyBase] + arguments)
            return try rows.map(version)
        }
    }

    private func version(_ row: Row) throws -> AdapterVersion {
        let name: String = row["name"]
        guard let digest = Digest(hex: row["digest"] as String) else {
            throw RegistryError.corrupt(path: path, reason: "the digest of \(name) is not one")
        }
        do {
            let decoder = JSONDecoder()
            let kept = try decoder.decode(AdapterFacts.self, from: Data((row["facts"] as String).utf8))
            let facts = row["is_verified"] ? kept.verified() : kept
            let files = try (row["files"] as String?).map(Self.files)
            return AdapterVersion(
                name: name, digest: digest, facts: facts, registered: Date(timeIntervalSince1970: row["registered"]),
                files: files ?? [], insteadOf: (row["instead_of"] as String?).flatMap { Digest(hex: $0) })
        } catch {
            throw RegistryError.corrupt(path: path, reason: "the facts of \(name) cannot be read: \(error)")
        }
    }
}

extension Registry: DeckJournal {
    public func save(_ version: AdapterVersion, standing: [FileState]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let facts = String(decoding: try encoder.encode(version.facts), as: UTF8.self)
        let files = version.files.isEmpty ? nil : try Self.text(of: version.files)
        try write { db in
            let adapter = try adapterID(version.name, db)
            // A name that goes back to content it had before keeps one row for that content, with the newest facts.
            try db.execute(
                sql: """
                    INSERT INTO version (adapter_id, digest, facts, registered, files, instead_of)
                    VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT (adapter_id, digest) DO UPDATE
                    SET facts = excluded.facts, registered = excluded.registered, files = excluded.files,
                        instead_of = excluded.instead_of
                    """,
                arguments: [
                    adapter, version.digest.hex, facts, version.registered.timeIntervalSince1970, files,
                    version.insteadOf?.hex,
                ])
            try db.execute(
                sql: """
                    UPDATE adapter SET version_id = (SELECT id FROM version WHERE adapter_id = ? AND digest = ?)
                    WHERE id = ?
                    """,
                arguments: [adapter, version.digest.hex, adapter])
            try forgetTurnedDown(version, db)
            if standing != version.files { try turnDown(files: standing, version.name, db) }
            if version.facts.verdict == .verified {
                try insertVerified(version.digest, fileBytes: version.facts.fileBytes, db)
            }
        }
    }

    public func remove(adapter: String, standing: [FileState]) throws { try remove(adapter, standing: standing) }

    public func together(_ body: () throws -> Void) throws { try write { _ in try body() } }

    public func setPinned(_ pinned: Bool, adapter: String) throws {
        try write { db in
            let adapter = try adapterID(adapter, db)
            try db.execute(sql: "UPDATE adapter SET pinned = ? WHERE id = ?", arguments: [pinned, adapter])
        }
    }
}

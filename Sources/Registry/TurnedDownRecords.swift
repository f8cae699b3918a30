import DeckCore
import Foundation
import GRDB

/// What an order turned a name away from: content that the name does not point at, though it may stand in the name's own
/// place in the adapter root. At least one of content and states is known.
public struct TurnedDown: Hashable, Sendable {
    public let name: String
    public let digest: Digest?
    /// The states of its files when it was turned down; empty when that cannot be told.
    public let files: [FileState]

    public init(name: String, digest: Digest?, files: [FileState]) {
        self.name = name
        self.digest = digest
        self.files = files
    }
}

extension Registry {
    /// Of every name, or of one.
    public func turnedDown(_ name: String? = nil) throws(RegistryError) -> [TurnedDown] {
        let name = name.map(CanonicalName.of)
        return try read { db in
            try Row.fetchAll(
                db, sql: "SELECT name, digest, files FROM turned_down WHERE base_id = ? AND (? IS NULL OR name = ?)",
                arguments: [baseID, name, name]
            ).map { row in
                TurnedDown(
                    name: row["name"], digest: (row["digest"] as String?).flatMap { Digest(hex: $0) },
                    files: try (row["files"] as String?).map(Self.files) ?? [])
            }
        }
    }

    public func noteTurnedDown(_ content: Digest, files: [FileState], adapter: String) throws {
        try write { try turnDown(files: files, adapter, $0) }
    }

    /// Notes states of files that hold what a name was turned away from.
    func turnDown(files: [FileState], _ name: String, _ db: Database) throws {
        guard !files.isEmpty else { return }
        try db.execute(
            sql: "INSERT INTO turned_down (base_id, name, files) VALUES (?, ?, ?)",
            arguments: [baseID, CanonicalName.of(name), try Self.text(of: files)])
    }

    /// Everything that a name points at, and pointed at before, is turned down.
    func turnDownVersions(of name: String, _ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO turned_down (base_id, name, digest, path, files)
                SELECT adapter.base_id, adapter.name, version.digest, version.facts ->> '$.path', version.files
                FROM version JOIN adapter ON adapter.id = version.adapter_id
                WHERE adapter.base_id = ? AND adapter.name = ?
                """,
            arguments: [baseID, name])
    }

    /// A version was registered: its content, and whatever stood where it comes from, is turned down no more. What stood
    /// elsewhere, such as in the name's own place, still is. States alone are noted anew where they matter.
    func forgetTurnedDown(_ version: AdapterVersion, _ db: Database) throws {
        try db.execute(
            sql: """
                DELETE FROM turned_down WHERE base_id = ? AND name = ? AND (digest IS NULL OR digest = ? OR path = ?)
                """,
            arguments: [baseID, CanonicalName.of(version.name), version.digest.hex, version.facts.path])
    }

    /// States as they are kept.
    static func text(of files: [FileState]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(files), as: UTF8.self)
    }

    static func files(_ text: String) throws -> [FileState] {
        try JSONDecoder().decode([FileState].self, from: Data(text.utf8))
    }
}

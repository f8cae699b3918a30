import DeckCore
import Foundation
import GRDB

extension Registry {
    public func noteVerified(_ adapter: Digest, fileBytes: Int) throws {
        try write { try insertVerified(adapter, fileBytes: fileBytes, $0) }
    }

    func insertVerified(_ adapter: Digest, fileBytes: Int, _ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO verified (base_id, digest, bytes) VALUES (?, ?, ?)
                ON CONFLICT (base_id, digest) DO UPDATE SET bytes = excluded.bytes
                """,
            arguments: [baseID, adapter.hex, fileBytes])
    }
}

/// A registry that cannot be read verifies nothing.
extension Registry: VerifiedAdapters {
    public func isVerified(_ adapter: Digest) -> Bool {
        isThere("SELECT 1 FROM verified WHERE base_id = ? AND digest = ?", [baseID, adapter.hex])
    }

    public func mayBeVerified(fileBytes: Int) -> Bool {
        isThere("SELECT 1 FROM verified WHERE base_id = ? AND bytes = ? LIMIT 1", [baseID, fileBytes])
    }

    public func digest(of files: [FileState]) -> Digest? {
        guard !files.isEmpty, let text = try? Self.text(of: files) else { return nil }
        let digests = try? read { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT DISTINCT version.digest FROM version JOIN adapter ON adapter.id = version.adapter_id
                    WHERE adapter.base_id = ? AND version.files = ?
                    """,
                arguments: [baseID, text])
        }
        guard let digests, digests.count == 1 else { return nil }
        return Digest(hex: digests[0])
    }

    private func isThere(_ sql: String, _ arguments: StatementArguments) -> Bool {
        (try? read { try Bool.fetchOne($0, sql: sql, arguments: arguments) }) == true
    }
}

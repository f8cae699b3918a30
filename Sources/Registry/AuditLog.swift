import DeckCore
import Foundation
import GRDB

extension Registry {
    /// How many events are written between two prunings, so that the log may be larger than its limit by this many.
    static let pruneInterval: Int64 = 256

    public func record(
        time: Date, kind: DeckEvent.Kind, level: DeckEvent.Level, actor: String, subject: String?, message: String,
        command: String?
    ) throws -> Int64 {
        try write { db in
            try db.execute(
                sql: """
                    INSERT INTO event (base_id, time, kind, level, actor, subject, message, command)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    baseID, time.timeIntervalSince1970, kind.rawValue, level.rawValue, actor, subject, message, command,
                ])
            let id = db.lastInsertedRowID
            if id % Self.pruneInterval == 0 {
                try db.execute(sql: "DELETE FROM event WHERE id <= ?", arguments: [id - Int64(eventLimit)])
            }
            return id
        }
    }

    /// The newest `limit` events of this base, the oldest of them first.
    public func recentEvents(limit: Int) throws(RegistryError) -> [DeckEvent] {
        try read { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT * FROM event WHERE base_id = ? ORDER BY id DESC LIMIT ?",
                arguments: [baseID, max(0, limit)])
            return try rows.reversed().map(event)
        }
    }

    private func event(_ row: Row) throws -> DeckEvent {
        let id: Int64 = row["id"]
        guard let kind = DeckEvent.Kind(rawValue: row["kind"]), let level = DeckEvent.Level(rawValue: row["level"])
        else {
            throw RegistryError.corrupt(path: path, reason: "event \(id) is of an unknown kind")
        }
        return DeckEvent(
            id: id, time: Date(timeIntervalSince1970: row["time"]), kind: kind, level: level, actor: row["actor"],
            subject: row["subject"], message: row["message"], command: row["command"])
    }
}

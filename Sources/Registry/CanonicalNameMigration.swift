import DeckCore
import Foundation
import GRDB

/// Names of adapters from before they were kept in one form: each becomes its canonical form. Where that is another row's
/// name already, the two become one, which points at what was registered last, and the audit log says so.
enum CanonicalNameMigration {
    static func run(_ db: Database) throws {
        for row in try Row.fetchAll(db, sql: "SELECT id, base_id, name FROM adapter ORDER BY id") {
            let (id, base, name): (Int64, Int64, String) = (row["id"], row["base_id"], row["name"])
            let canonical = CanonicalName.of(name)
            guard !canonical.utf8.elementsEqual(name.utf8) else { continue }
            let other = try Int64.fetchOne(
                db, sql: "SELECT id FROM adapter WHERE base_id = ? AND name = ?", arguments: [base, canonical])
            if let other {
                try merge(id, into: other, db)
                try tell(canonical, base, other, db)
            } else {
                try db.execute(sql: "UPDATE adapter SET name = ? WHERE id = ?", arguments: [canonical, id])
            }
        }
        try mergeUsage(db)
    }

    /// Versions, pin and prompts of one row become another's.
    private static func merge(_ id: Int64, into other: Int64, _ db: Database) throws {
        let points = try Int64.fetchAll(
            db,
            sql: """
                SELECT version.id FROM version JOIN adapter ON adapter.version_id = version.id
                WHERE adapter.id IN (?, ?) ORDER BY version.registered DESC, version.id DESC
                """, arguments: [id, other])
        let latest = try points.first.flatMap {
            try String.fetchOne(db, sql: "SELECT digest FROM version WHERE id = ?", arguments: [$0])
        }
        // Of content that both rows have, the row that was registered last is kept.
        try db.execute(
            sql: """
                DELETE FROM version WHERE adapter_id = ?1 AND EXISTS (
                    SELECT 1 FROM version AS twin WHERE twin.adapter_id = ?2 AND twin.digest = version.digest
                        AND twin.registered > version.registered)
                """, arguments: [other, id])
        try db.execute(sql: "UPDATE OR IGNORE version SET adapter_id = ? WHERE adapter_id = ?", arguments: [other, id])
        try db.execute(
            sql: """
                UPDATE adapter SET version_id = (SELECT id FROM version WHERE adapter_id = ?1 AND digest = ?2),
                    pinned = max(pinned, (SELECT pinned FROM adapter WHERE id = ?3))
                WHERE id = ?1
                """, arguments: [other, latest, id])
        try db.execute(
            sql: """
                UPDATE demo_prompt SET adapter_id = ?1 WHERE adapter_id = ?2
                    AND NOT EXISTS (SELECT 1 FROM demo_prompt WHERE adapter_id = ?1)
                """, arguments: [other, id])
        // Nothing cascades while tables are migrated.
        for table in ["version", "demo_prompt"] {
            try db.execute(sql: "DELETE FROM \(table) WHERE adapter_id = ?", arguments: [id])
        }
        try db.execute(sql: "DELETE FROM adapter WHERE id = ?", arguments: [id])
    }

    private static func tell(_ name: String, _ base: Int64, _ adapter: Int64, _ db: Database) throws {
        let digest = try String.fetchOne(
            db, sql: "SELECT digest FROM version JOIN adapter ON version_id = version.id WHERE adapter.id = ?",
            arguments: [adapter])
        let content = digest.flatMap { Digest(hex: $0) }.map { "points at \($0.short), which was registered last" }
        let message =
            "\(name) was registered in two forms of Unicode, which are one name: it \(content ?? "has no version"); "
            + "the other is an earlier version of it"
        try db.execute(
            sql: """
                INSERT INTO event (base_id, time, kind, level, actor, subject, message) VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                base, Date().timeIntervalSince1970, DeckEvent.Kind.warning.rawValue, DeckEvent.Level.warning.rawValue,
                "engine", name, message,
            ])
    }

    /// One account a name.
    private static func mergeUsage(_ db: Database) throws {
        for name in try String.fetchAll(db, sql: "SELECT DISTINCT adapter FROM usage") {
            let canonical = CanonicalName.of(name)
            guard !canonical.utf8.elementsEqual(name.utf8) else { continue }
            try db.execute(
                sql: """
                    INSERT INTO usage
                    SELECT base, day, tenant, ?, requests, prompt_tokens, cached_tokens, generated_tokens,
                        compute_seconds, kv_page_seconds, weight_page_seconds FROM usage WHERE adapter = ?
                    ON CONFLICT DO UPDATE SET requests = requests + excluded.requests,
                        prompt_tokens = prompt_tokens + excluded.prompt_tokens,
                        cached_tokens = cached_tokens + excluded.cached_tokens,
                        generated_tokens = generated_tokens + excluded.generated_tokens,
                        compute_seconds = compute_seconds + excluded.compute_seconds,
                        kv_page_seconds = kv_page_seconds + excluded.kv_page_seconds,
                        weight_page_seconds = weight_page_seconds + excluded.weight_page_seconds
                    """, arguments: [canonical, name])
            try db.execute(sql: "DELETE FROM usage WHERE adapter = ?", arguments: [name])
        }
    }
}

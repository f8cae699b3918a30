import DeckCore
import Foundation
import GRDB

/// What a tenant had of an adapter on one day.
public struct DailyUsage: Hashable, Sendable, Codable {
    /// In UTC, such as `2026-11-25`.
    public let day: String
    public let usage: UsageRecord

    public init(day: String, usage: UsageRecord) {
        self.day = day
        self.usage = usage
    }

    /// The day of a moment.
    public static func day(of date: Date) -> String { String(date.ISO8601Format().prefix(10)) }
}

extension TenantBook {
    /// Adds to what tenants had of adapters of one base on one day.
    public func add(_ usages: [UsageRecord], base: Digest, day: String) throws(RegistryError) {
        try write { db in
            for usage in usages {
                try db.execute(
                    sql: """
                        INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                        ON CONFLICT DO UPDATE SET requests = requests + excluded.requests,
                            prompt_tokens = prompt_tokens + excluded.prompt_tokens,
                            cached_tokens = cached_tokens + excluded.cached_tokens,
                            generated_tokens = generated_tokens + excluded.generated_tokens,
                            compute_seconds = compute_seconds + excluded.compute_seconds,
                            kv_page_seconds = kv_page_seconds + excluded.kv_page_seconds,
                            weight_page_seconds = weight_page_seconds + excluded.weight_page_seconds
                        """,
                    arguments: [
                        base.hex, day, usage.tenant, usage.adapter ?? "", usage.requests, usage.promptTokens,
                        usage.cachedTokens, usage.generatedTokens, usage.computeSeconds, usage.kvPageSeconds,
                        usage.weightPageSeconds,
                    ])
            }
        }
    }

    /// Every day from `since` on (nil is all), over all bases; of one tenant, or of all.
    public func usage(since: String? = nil, tenant: String? = nil) throws(RegistryError) -> [DailyUsage] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT day, tenant, adapter, sum(requests) AS requests, sum(prompt_tokens) AS prompt_tokens,
                        sum(cached_tokens) AS cached_tokens, sum(generated_tokens) AS generated_tokens,
                        sum(compute_seconds) AS compute_seconds, sum(kv_page_seconds) AS kv_page_seconds,
                        sum(weight_page_seconds) AS weight_page_seconds
                    FROM usage WHERE day >= ? AND (? IS NULL OR tenant = ?)
                    GROUP BY day, tenant, adapter ORDER BY day, tenant, adapter
                    """, arguments: [since ?? "", tenant, tenant]
            ).map { row in
                let adapter: String = row["adapter"]
                return DailyUsage(
                    day: row["day"],
                    usage: UsageRecord(
                        tenant: row["tenant"], adapter: adapter.isEmpty ? nil : adapter, requests: row["requests"],
                        promptTokens: row["prompt_tokens"], cachedTokens: row["cached_tokens"],
                        generatedTokens: row["generated_tokens"], computeSeconds: row["compute_seconds"],
                        kvPageSeconds: row["kv_page_seconds"], weightPageSeconds: row["weight_page_seconds"]))
            }
        }
    }
}

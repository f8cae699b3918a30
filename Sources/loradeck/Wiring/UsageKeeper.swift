import DeckCore
import Foundation
import Logging
import Registry
import ServingEngine

/// Writes what tenants have had into the registry: every few seconds, and when the API ends.
struct UsageKeeper: Sendable {
    private static let seconds = 10.0

    let engine: Engine
    let book: TenantBook
    let base: Digest
    let log: Logger

    /// Until it is cancelled.
    func run() async {
        var kept: [UsageRecord.Key: UsageRecord] = [:]
        while true {
            let isOver = (try? await Task.sleep(for: .seconds(Self.seconds))) == nil
            await keep(&kept)
            if isOver { return }
        }
    }

    private func keep(_ kept: inout [UsageRecord.Key: UsageRecord]) async {
        let usages = await engine.usage()
        let news = usages.compactMap { usage in usage.since(kept[usage.id]) }
        guard !news.isEmpty else { return }
        do throws(RegistryError) {
            try book.add(news, base: base, day: DailyUsage.day(of: Date()))
            for usage in usages { kept[usage.id] = usage }
        } catch {
            // What was not kept now is kept with the next.
            log.error("usage was not kept: \(error)")
        }
    }
}

extension UsageRecord {
    /// What came since an earlier record; nil when nothing did.
    func since(_ earlier: UsageRecord?) -> UsageRecord? {
        guard let earlier else { return self }
        guard earlier != self else { return nil }
        return UsageRecord(
            tenant: tenant, adapter: adapter, requests: requests - earlier.requests,
            promptTokens: promptTokens - earlier.promptTokens, cachedTokens: cachedTokens - earlier.cachedTokens,
            generatedTokens: generatedTokens - earlier.generatedTokens,
            computeSeconds: computeSeconds - earlier.computeSeconds,
            kvPageSeconds: kvPageSeconds - earlier.kvPageSeconds,
            weightPageSeconds: weightPageSeconds - earlier.weightPageSeconds)
    }
}

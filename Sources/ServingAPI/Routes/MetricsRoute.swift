import DeckCore
import Hummingbird

/// `/metrics`: everything for an administrator, a tenant's own adapters for its key.
extension APIService {
    func metrics(_ access: Access) async -> Response {
        guard let snapshot = await keeper.current() else { return APIError.deckStopped.response }
        let isWhole = access.isAdministrator
        let shown = isWhole ? snapshot : snapshot.seen(by: access)
        // The base is everybody's: what others ask it is none of a tenant's business.
        let meters = meters.all.filter { isWhole || $0.key != RequestMeters.base && access.mayUse($0.key) }
        var work: [String: Int] = [:]
        for adapter in shown.adapters { work[adapter.name] = 0 }
        for (name, meter) in meters where name != RequestMeters.base && name != RequestMeters.others {
            work[name] = meter.promptTokenCount + meter.generatedTokenCount
        }
        let chosen =
            isWhole
            ? series.choose(work) : SeriesChoice(limit: options.metricsAdapters).choose(work)
        let text = MetricsText(snapshot: shown, meters: meters, chosen: chosen, isWhole: isWhole)
        return .text(text.render(), type: "text/plain; version=0.0.4; charset=utf-8")
    }
}

extension DeckSnapshot {
    /// The same moment with the adapters that somebody may use, and a base without traffic.
    fileprivate func seen(by access: Access) -> DeckSnapshot {
        let quiet = AdapterSnapshot(
            name: base.name, digest: base.digest, tenant: nil, state: base.state, isPinned: false, facts: nil,
            proof: nil, pages: 0, pagesNeeded: nil, overheadBytes: 0, kvPages: 0, running: 0, waiting: 0,
            tokensPerSecond: 0, timeToFirstToken: nil, interTokenLatency: nil, hits: 0, loads: 0, evictions: 0,
            requestsFinished: 0, tokensGenerated: 0, lastUsed: nil, lastLoadSeconds: nil)
        return DeckSnapshot(
            index: index, time: time, uptime: uptime, deck: deck, disabled: disabled,
            adapters: adapters.filter { access.mayUse($0.name) }, base: quiet, pool: pool, requests: [], step: nil,
            recentSteps: [], events: [], tokensPerSecond: 0, promptTokensPerSecond: 0, process: process)
    }
}

import DeckCore
import Hummingbird

/// `/metrics`: everything for an administrator; for a tenant's key its own requests, and nothing of what others ask or of
/// what the pool holds (invariant 15).
extension APIService {
    func metrics(_ access: Access) async -> Response {
        guard let snapshot = await keeper.current() else { return APIError.deckStopped.response }
        let isWhole = access.isAdministrator
        let shown = isWhole ? snapshot : snapshot.seen(by: access)
        let meters = meters.byAdapter(of: isWhole ? nil : access.tenant.name).filter {
            isWhole || $0.key == RequestMeters.base || access.mayUse($0.key)
        }
        var work: [String: Int] = [:]
        for adapter in shown.adapters { work[adapter.name] = 0 }
        for (name, meter) in meters where name != RequestMeters.base && name != RequestMeters.others {
            work[name] = meter.promptTokenCount + meter.generatedTokenCount
        }
        let chosen =
            isWhole
            ? series.choose(work) : SeriesChoice(limit: options.metricsAdapters).choose(work)
        let server = ServerCondition(
            isDraining: drain.refusal != nil, registryIsSound: serving.directory.current.trouble == nil)
        let text = MetricsText(
            snapshot: shown, meters: meters, chosen: chosen, isWhole: isWhole, server: server)
        return .text(text.render(), type: "text/plain; version=0.0.4; charset=utf-8")
    }
}

extension DeckSnapshot {
    /// The same moment as a tenant may see it: the adapters that it may use and the base, with its own requests alone.
    fileprivate func seen(by access: Access) -> DeckSnapshot {
        let own = requests.filter { $0.origin == access.tenant.name && $0.phase.isLive }
        let mine = Dictionary(grouping: own) { $0.adapter ?? base.name }
        return DeckSnapshot(
            index: index, time: time, uptime: uptime, deck: deck, disabled: disabled,
            adapters: adapters.filter { access.mayUse($0.name) }.map { $0.with(mine[$0.name] ?? []) },
            base: base.with(mine[base.name] ?? []), pool: pool, requests: [], step: nil,
            recentSteps: [], events: [], tokensPerSecond: 0, promptTokensPerSecond: 0, process: process)
    }
}

extension AdapterSnapshot {
    /// The adapter with these requests, and nothing of its own state.
    fileprivate func with(_ requests: [RequestSnapshot]) -> AdapterSnapshot {
        let waiting = requests.count { if case .waiting = $0.phase { true } else { false } }
        return AdapterSnapshot(
            name: name, digest: digest, tenant: nil, state: .registered, isPinned: false, facts: nil, proof: nil,
            pages: 0, pagesNeeded: nil, overheadBytes: 0, kvPages: 0, running: requests.count - waiting,
            waiting: waiting, tokensPerSecond: 0, timeToFirstToken: nil, interTokenLatency: nil, hits: 0, loads: 0,
            evictions: 0, requestsFinished: 0, tokensGenerated: 0, lastUsed: nil, lastLoadSeconds: nil)
    }
}

import DeckCore
import Foundation
import TerminalKit

@testable import Console

/// Minutes of a busy deck, a snapshot a second: the same every time.
enum SampleTraffic {
    static let names = ["pirate-games", "harbor-bank", "boutique-fr", "ticket-json", "clinic-notes"]
    static let tenants = ["games", "bank", "boutique", "support", "clinic"]

    static func time(_ second: Int) -> Date { SampleDeck.start.addingTimeInterval(Double(second)) }

    /// The request with a number; two end in each second.
    static func ended(_ number: Int) -> RequestSnapshot {
        let place = number % names.count
        let isCold = number % 23 == 7
        let isQueued = number % 11 == 3
        let isPreempted = number % 31 == 19
        let ready = isCold ? 0.412 : 0
        let scheduled = ready + (isQueued ? 0.65 : 0.01)
        let first = scheduled + 0.08 + Double(number % 7) * 0.012
        let tokens = 24 + number * 7 % 40
        let finished = first + Double(tokens - 1) * (0.02 + Double(place) * 0.002) + (isPreempted ? 0.3 : 0)
        return RequestSnapshot(
            id: RequestID(UInt64(number + 1)), adapter: number % 13 == 12 ? nil : names[place],
            digest: SampleDeck.digest(UInt8(place)), origin: number % 13 == 12 ? "visitor" : tenants[place],
            submitted: time(0).addingTimeInterval(Double(number) / 2 + 0.25 - finished),
            phase: number % 47 == 5 ? .finished(.aborted) : number % 5 == 0 ? .finished(.stop) : .finished(.length),
            promptTokens: 40 + number % 30, cachedTokens: number % 3 == 0 ? 32 : 0, generatedTokens: tokens,
            timeline: RequestTimeline(
                adapterReady: ready, firstScheduled: scheduled, firstToken: first, finished: finished,
                preemptions: isPreempted ? 1 : 0, preemptedSeconds: isPreempted ? 0.3 : 0,
                coldCause: isCold ? .evicted(secondsBefore: 3, actor: "bank") : nil,
                waits: (isCold ? [WaitPart(.adapterLoading, seconds: 0.412)] : [])
                    + [WaitPart(isQueued ? .batchFull(limit: 16) : .stepUnderWay, seconds: isQueued ? 0.65 : 0.01)]))
    }

    /// Live ones of a moment.
    static func live(_ second: Int) -> [RequestSnapshot] {
        (0..<6).map { place in
            let isWaiting = place == 4
            let phase: RequestPhase =
                switch place {
                case 4: .waiting(.noPages(needed: 12, free: 4, evictable: 0))
                case 5: .waiting(.adapterLoading)
                case 3: .prefill(done: 32, total: 48)
                default: .decode
                }
            return RequestSnapshot(
                id: RequestID(UInt64(10_000 + second * 6 + place)), adapter: place == 5 ? "haiku-hotel" : names[place],
                digest: nil, origin: place == 5 ? "hotel" : tenants[place],
                submitted: time(second).addingTimeInterval(-Double(place + 1) * 0.31), phase: phase,
                promptTokens: 48, generatedTokens: place < 3 ? 20 - place * 6 : 0,
                timeline: RequestTimeline(
                    adapterReady: place == 5 ? nil : 0, firstScheduled: isWaiting || place == 5 ? nil : 0.02,
                    firstToken: place < 3 ? 0.11 : nil,
                    coldCause: place == 5 ? .neverLoaded : nil))
        }
    }

    static func events(_ second: Int) -> [DeckEvent] {
        let all: [(Int, DeckEvent.Kind, DeckEvent.Level, String?, String)] = [
            (0, .started, .info, nil, "engine started: 512 pages of 32.0 KiB, 2 threads"),
            (40, .load, .info, "clinic-notes", "loaded in 142ms: 72 pages, 120/210 modules"),
            (95, .evict, .info, "kids-garden", "evicted for haiku-hotel (least recently used), 40 pages freed"),
            (130, .warning, .warning, "haiku-hotel", "thrash: loaded again 8s after its eviction"),
            (200, .refusal, .error, "big-one", "needs 688 pages, 412 free, 300 evictable (clinic-notes 120)"),
            (270, .pin, .info, "harbor-bank", "pinned"),
        ]
        return all.enumerated().filter { $0.element.0 <= second }.map { index, event in
            DeckEvent(
                id: Int64(index + 1), time: time(event.0), kind: event.1, level: event.2, actor: "engine",
                subject: event.3, message: event.4, command: nil)
        }
    }

    private static func summary(_ p50: Double, _ second: Int) -> LatencySummary {
        LatencySummary(count: 60, p50: p50, p95: p50 * (2 + Double(second % 17) / 8), max: p50 * 5)
    }

    static func snapshot(_ second: Int, unknown: [DeckFigure: String] = [:], requests: [RequestSnapshot]? = nil)
        -> DeckSnapshot
    {
        let wave = sin(Double(second) / 25)
        let adapters = SampleDeck.adapters.map { adapter -> AdapterSnapshot in
            guard let place = names.firstIndex(of: adapter.name) else { return adapter }
            return AdapterSnapshot(
                name: adapter.name, digest: adapter.digest, tenant: adapter.tenant, state: adapter.state,
                isPinned: adapter.isPinned && second >= 270, facts: adapter.facts, proof: adapter.proof,
                pages: adapter.pages, pagesNeeded: adapter.pagesNeeded, overheadBytes: adapter.overheadBytes,
                kvPages: adapter.kvPages, running: adapter.running, waiting: adapter.waiting,
                tokensPerSecond: 10 + 6 * wave + Double(place),
                timeToFirstToken: summary(0.11 + 0.03 * wave, second + place),
                interTokenLatency: summary(0.02 + 0.004 * wave, second), hits: adapter.hits, loads: adapter.loads,
                evictions: adapter.evictions, requestsFinished: second * 2 / 5, tokensGenerated: second * 20,
                lastUsed: time(second), lastLoadSeconds: adapter.lastLoadSeconds)
        }
        let sample = SampleDeck.snapshot(index: second + 1, adapters: adapters)
        let latest = (max(0, second * 2 - 20)...second * 2).map(ended)
        return DeckSnapshot(
            index: second + 1, time: time(second), uptime: Double(second) + 5, deck: sample.deck, disabled: [:],
            adapters: adapters, base: sample.base, pool: sample.pool, requests: requests ?? live(second) + latest,
            step: sample.step, recentSteps: sample.recentSteps, events: events(second),
            tokensPerSecond: 90 + 40 * wave, promptTokensPerSecond: 200 - 60 * wave, process: sample.process,
            tenants: zip(tenants, names).map { tenant, _ in
                TenantSnapshot(
                    name: tenant, weight: 1, running: 1, waiting: 0, promptTokens: 0, generatedTokens: 0,
                    serviceAhead: 0,
                    targetSeconds: tenant == "games" ? 0.2 : tenant == "bank" ? 0.5 : nil, timeToFirstToken: nil,
                    refused: 0)
            },
            totals: DeckTotals(
                running: 4, waiting: 2, timeToFirstToken: summary(0.12 + 0.03 * wave, second),
                interTokenLatency: summary(0.022 + 0.004 * wave, second)),
            unknown: unknown)
    }

    /// A console that has seen so many seconds.
    static func script(
        width: Int = 120, height: Int = 40, glyphs: GlyphSet = .unicode, seconds: Int = 300,
        unknown: [DeckFigure: String] = [:]
    ) -> Script {
        var script = Script(width: width, height: height, glyphs: glyphs, snapshot: nil)
        for second in 0...seconds {
            script.send(.tick(100 + Double(second)))
            script.send(.snapshot(snapshot(second, unknown: unknown)))
        }
        return script
    }
}

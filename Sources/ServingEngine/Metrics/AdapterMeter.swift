import DeckCore
import Foundation

/// What one adapter name, or the base, has done since the engine started, and lately.
struct AdapterMeter: Sendable {
    var hits = 0
    var loads = 0
    var evictions = 0
    var requestsFinished = 0
    var tokensGenerated = 0
    var lastUsed: Date?
    var lastLoadSeconds: Double?
    /// On the engine's clock; nil when it was never evicted.
    var lastEviction: Double?
    private var tokens: RateWindow
    private var timeToFirstToken: LatencyWindow
    private var interTokenLatency: LatencyWindow
    /// Percentiles as last computed, and when: they are read more often than they change visibly.
    private var summaries: (time: Double, first: LatencySummary?, inter: LatencySummary?)?

    init(windowSeconds: Double) {
        tokens = RateWindow(seconds: min(windowSeconds, 10))
        timeToFirstToken = LatencyWindow(seconds: windowSeconds)
        interTokenLatency = LatencyWindow(seconds: windowSeconds)
    }

    mutating func generated(now: Double) {
        tokensGenerated += 1
        tokens.add(1, now: now)
    }

    mutating func firstToken(after seconds: Double, now: Double) {
        timeToFirstToken.record(seconds, now: now)
    }
    mutating func nextToken(after seconds: Double, now: Double) {
        interTokenLatency.record(seconds, now: now)
    }

    mutating func tokensPerSecond(now: Double) -> Double { tokens.rate(now: now) }

    /// Percentiles that are at most `interval` seconds old, or older ones while `budget`, the percentiles that may be
    /// computed now, is used up.
    mutating func latencies(
        now: Double, interval: Double, budget: inout Int
    ) -> (first: LatencySummary?, inter: LatencySummary?) {
        if let summaries, now - summaries.time < interval || budget <= 0 { return (summaries.first, summaries.inter) }
        guard budget > 0 else { return (nil, nil) }
        budget -= 1
        let first = timeToFirstToken.summary(now: now)
        let inter = interTokenLatency.summary(now: now)
        summaries = (now, first, inter)
        return (first, inter)
    }
}

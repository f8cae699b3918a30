import DeckCore

/// First tokens and those after them over the metrics window, with percentiles that are computed no more often than they
/// visibly change.
struct LatencyMeter: Sendable {
    private var timeToFirstToken: LatencyWindow
    private var interTokenLatency: LatencyWindow
    /// Percentiles as last computed, and when.
    private var summaries: (time: Double, first: LatencySummary?, inter: LatencySummary?)?

    init(windowSeconds: Double) {
        timeToFirstToken = LatencyWindow(seconds: windowSeconds)
        interTokenLatency = LatencyWindow(seconds: windowSeconds)
    }

    mutating func firstToken(after seconds: Double, now: Double) { timeToFirstToken.record(seconds, now: now) }
    mutating func nextToken(after seconds: Double, now: Double) { interTokenLatency.record(seconds, now: now) }

    /// Nothing was recorded within the window: lets go of what is older.
    mutating func rest(now: Double) {
        timeToFirstToken.turn(now)
        interTokenLatency.turn(now)
        summaries = nil
    }

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

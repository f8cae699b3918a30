import DeckCore
import Histogram

/// Latencies of the last one to two half windows, as two HDR histograms that take turns. An idle one holds no memory.
struct LatencyWindow: Sendable {
    private let halfSeconds: Double
    private var half = 0
    private var older: Histogram<UInt32>?
    private var newer: Histogram<UInt32>?

    init(seconds: Double) { halfSeconds = max(seconds, 0.2) / 2 }

    /// Records a latency in seconds.
    mutating func record(_ seconds: Double, now: Double) {
        turn(now)
        var histogram = newer ?? Histogram<UInt32>(numberOfSignificantValueDigits: .two)
        newer = nil
        histogram.record(UInt64(max(0, seconds) * 1e6))
        newer = histogram
    }

    /// Nil when nothing was recorded in the window.
    mutating func summary(now: Double) -> LatencySummary? {
        turn(now)
        var all: Histogram<UInt32>
        switch (older, newer) {
        case (nil, nil): return nil
        case (let only?, nil), (nil, let only?): all = only
        case (let first?, let second?):
            all = first
            all.add(second)
        }
        guard all.totalCount > 0 else { return nil }
        return LatencySummary(
            count: Int(all.totalCount), p50: Double(all.valueAtPercentile(50)) * 1e-6,
            p95: Double(all.valueAtPercentile(95)) * 1e-6, max: Double(all.max) * 1e-6)
    }

    private mutating func turn(_ now: Double) {
        let current = Int(now / halfSeconds)
        guard current > half else { return }
        older = current == half + 1 ? newer : nil
        newer = nil
        half = current
    }
}

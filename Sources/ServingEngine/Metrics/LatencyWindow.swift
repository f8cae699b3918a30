import DeckCore
import Histogram

/// Latencies of the last half to whole window, as HDR histograms. Each value goes into two that overlap by half a window,
/// so that reading never merges: merging was three quarters of a snapshot's cost. An idle one holds no memory.
struct LatencyWindow: Sendable {
    private typealias Counts = Histogram<UInt32>

    /// Two digits, but no finer than 64 microseconds: a finer unit would double what a percentile has to walk through.
    private static let empty = {
        var counts = Counts(
            lowestDiscernibleValue: 64, highestTrackableValue: 4_000_000, numberOfSignificantValueDigits: .two)
        counts.autoResize = true
        return counts
    }()

    private let halfSeconds: Double
    private var half = 0
    /// Began with the half window before this one.
    private var reading: Counts?
    /// Began with this half window.
    private var next: Counts?

    init(seconds: Double) { halfSeconds = max(seconds, 0.2) / 2 }

    /// Records a latency in seconds.
    mutating func record(_ seconds: Double, now: Double) {
        turn(now)
        let microseconds = UInt64(max(0, seconds) * 1e6)
        if reading == nil { reading = Self.empty }
        if next == nil { next = Self.empty }
        reading?.record(microseconds)
        next?.record(microseconds)
    }

    /// Nil when nothing was recorded in the window.
    mutating func summary(now: Double) -> LatencySummary? {
        turn(now)
        guard let reading, reading.totalCount > 0 else { return nil }
        return LatencySummary(
            count: Int(reading.totalCount), p50: Double(reading.valueAtPercentile(50)) * 1e-6,
            p95: Double(reading.valueAtPercentile(95)) * 1e-6, max: Double(reading.max) * 1e-6)
    }

    /// Lets go of what left the window.
    mutating func turn(_ now: Double) {
        let current = Int(now / halfSeconds)
        guard current > half else { return }
        reading = current == half + 1 ? next : nil
        next = nil
        half = current
    }
}

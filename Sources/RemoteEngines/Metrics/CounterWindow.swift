/// What an engine counts.
enum Counter: Hashable, Sendable, CaseIterable {
    case promptTokens, generatedTokens, finished, prefixLookups, prefixHits, preemptions
}

/// What an engine keeps histograms of, in seconds.
enum Latency: Hashable, Sendable, CaseIterable {
    case timeToFirstToken, interToken, queue, prefill, decode
}

/// An engine's counters at one moment, as it gives them: since its start.
struct CounterReading: Hashable, Sendable {
    var counters: [Counter: Double] = [:]
    var histograms: [Latency: BucketCounts] = [:]
    /// What is under way and comes into the counter when it ends.
    var live: [Counter: Double] = [:]
}

/// Counters over time: how much they grew, whatever they stood at, through restarts of the engine.
struct CounterWindow: Sendable {
    private struct Moment {
        let time: Double
        /// Grown since the first reading.
        var counters: [Counter: Double] = [:]
        var histograms: [Latency: BucketCounts] = [:]
        var live: [Counter: Double] = [:]
    }

    /// Rates look back so far, in seconds, as the embedded engine's do.
    static let rateSeconds = 10.0
    /// Percentiles look back so far.
    static let latencySeconds = 60.0

    private var last: CounterReading?
    private var moments: [Moment] = []

    /// Takes a reading in and says whether the engine began anew since the one before.
    @discardableResult
    mutating func take(_ reading: CounterReading, at time: Double) -> Bool {
        var grown = moments.last ?? Moment(time: time)
        var hasRestarted = false
        for (counter, value) in reading.counters where value.isFinite {
            // A counter that came only now grew since an unknown moment.
            guard let before = last?.counters[counter] else {
                grown.counters[counter] = grown.counters[counter] ?? 0
                continue
            }
            if value < before { hasRestarted = true }
            grown.counters[counter, default: 0] += value < before ? value : value - before
        }
        for (latency, counts) in reading.histograms {
            guard let before = last?.histograms[latency] else { continue }
            let growth = counts.since(before)
            if growth == nil { hasRestarted = true }
            let more = growth ?? counts
            grown.histograms[latency] = grown.histograms[latency].map { $0.merged(with: more) } ?? more
        }
        last = reading
        moments.append(
            Moment(time: time, counters: grown.counters, histograms: grown.histograms, live: reading.live))
        // One moment from before the window stays: differences go back to it.
        while moments.count > 2, moments[1].time <= time - Self.latencySeconds || moments.count > 512 {
            moments.removeFirst()
        }
        return hasRestarted
    }

    /// The latest moment at least so many seconds before the last one, else the earliest.
    private func moment(before seconds: Double) -> Moment? {
        guard let newest = moments.last, moments.count > 1 else { return nil }
        return moments.dropLast().last { $0.time <= newest.time - seconds } ?? moments.first
    }

    /// Growth a second; nil until it was read twice.
    func rate(_ counter: Counter) -> Double? {
        guard let newest = moments.last, let oldest = moment(before: Self.rateSeconds),
            let now = newest.counters[counter], let then = oldest.counters[counter], newest.time > oldest.time
        else { return nil }
        // What was under way may have been read a moment before or after the counter, or have been aborted.
        let growth = now + (newest.live[counter] ?? 0) - then - (oldest.live[counter] ?? 0)
        return max(0, growth) / (newest.time - oldest.time)
    }

    /// The values of the window; nil until it was read twice.
    func latencies(_ latency: Latency) -> BucketCounts? {
        guard let newest = moments.last, let oldest = moment(before: Self.latencySeconds),
            let now = newest.histograms[latency]
        else { return nil }
        return oldest.histograms[latency].map { now.since($0) } ?? now
    }

    var isWarm: Bool { moments.count > 1 }

    /// As the engine gave it last.
    func count(_ counter: Counter) -> Double? { last?.counters[counter] }
}

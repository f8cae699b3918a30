import DeckCore

/// One figure over time, at several resolutions: minutes in seconds, hours in halves of a minute. Memory is bounded, and
/// what was not measured stays a gap.
///
/// Times are seconds on the deck's own clock, so that a recorded moment finds the history that led to it.
public struct Series: Hashable, Sendable {
    /// How fine and how far back one of the tracks goes.
    struct Resolution: Hashable, Sendable {
        let seconds: Double
        let buckets: Int

        var span: Double { seconds * Double(buckets) }
    }

    /// Five minutes, half an hour and two hours.
    static let resolutions = [
        Resolution(seconds: 1, buckets: 300), Resolution(seconds: 5, buckets: 360),
        Resolution(seconds: 30, buckets: 240),
    ]
    /// Times further from the start of the clock than this are no times.
    static let farthest = 1e12
    /// A value holds for so long: a deck at rest publishes once a second, and now and then a little later.
    static let patience = 3.0

    private var tracks = resolutions.map(Track.init)
    private var last: (time: Double, value: Double)? {
        get { lastTime.isNaN ? nil : (lastTime, lastValue) }
        set { (lastTime, lastValue) = newValue ?? (.nan, .nan) }
    }
    private var lastTime = Double.nan
    private var lastValue = Double.nan

    public init() {}

    public var isEmpty: Bool { last == nil }

    /// The newest value, known or held; nil before the first.
    public var newest: Double? { last?.value }

    /// Takes a value in; nil, and what is no number, is a gap. A clock that was set back starts the history anew.
    public mutating func add(_ value: Double?, at time: Double) {
        guard abs(time) < Self.farthest else { return }
        if let last, time < last.time - Self.patience { self = Series() }
        guard let value, value.isFinite else {
            last = nil
            return
        }
        // From one sample to the next the earlier value holds, unless they are too far apart.
        let held = last.flatMap { time - $0.time <= Self.patience ? $0.value : nil }
        for index in tracks.indices { tracks[index].add(value, held: held, at: time) }
        last = (time, value)
    }

    /// `count` samples of the last `span` seconds up to `end`, oldest first: means, or nil where nothing was measured.
    ///
    /// Samples keep their places on the clock, so that a graph moves by whole samples.
    public func samples(_ count: Int, span: Double, until end: Double) -> [Double?] {
        guard count > 0, span > 0, let track = tracks.first(where: { $0.resolution.span >= span }) ?? tracks.last else {
            return []
        }
        let step = span / Double(count)
        let newest = (end / step).rounded(.down)
        return (0..<count).map { index in
            let from = (newest - Double(count - 1 - index)) * step
            return track.mean(from: from, to: from + step)
        }
    }

    /// A ring of means, one a bucket of time.
    private struct Track: Hashable, Sendable {
        let resolution: Resolution
        /// NaN is a gap. Grows up to its limit, then turns around.
        private var means: [Float] = []
        /// The bucket that stands at `means[head]` is the newest one.
        private var head = 0
        private var newest = 0
        /// Values in the newest bucket so far.
        private var count = 0

        init(_ resolution: Resolution) { self.resolution = resolution }

        mutating func add(_ value: Double, held: Double?, at time: Double) {
            let bucket = Int(bounding: (time / resolution.seconds).rounded(.down))
            if means.isEmpty {
                append(value)
                newest = bucket
                count = 1
            } else if bucket > newest {
                // Further apart than the whole ring is all gap.
                let missed = min(bucket - newest - 1, resolution.buckets)
                for _ in 0..<missed { append(held) }
                append(value)
                newest = bucket
                count = 1
            } else if bucket == newest {
                let mean = means[head].isNaN ? 0 : Double(means[head])
                count += 1
                means[head] = Float(mean + (value - mean) / Double(count))
            }
        }

        private mutating func append(_ value: Double?) {
            let mean = value.map(Float.init) ?? .nan
            if means.count < resolution.buckets {
                means.append(mean)
                head = means.count - 1
            } else {
                head = (head + 1) % means.count
                means[head] = mean
            }
        }

        private subscript(bucket: Int) -> Double? {
            let back = newest - bucket
            guard back >= 0, back < means.count else { return nil }
            let mean = means[(head - back + means.count) % means.count]
            return mean.isNaN ? nil : Double(mean)
        }

        /// Over the buckets that begin in the stretch; over the one that it lies in, where it is shorter than a bucket.
        func mean(from: Double, to: Double) -> Double? {
            // What lies before and after the ring is not looked at one by one.
            let first = max((from / resolution.seconds).rounded(.down), Double(newest - means.count + 1))
            let last = min((to / resolution.seconds).rounded(.up) - 1, Double(newest))
            guard !means.isEmpty, first <= last else { return nil }
            var sum = 0.0
            var known = 0
            for bucket in Int(first)...Int(last) {
                guard let mean = self[bucket] else { continue }
                sum += mean
                known += 1
            }
            return known > 0 ? sum / Double(known) : nil
        }
    }
}

import Glibc

/// Where a forward pass's time went, in seconds of wall time. Callbacks for logits are not in it.
public struct StepTimes: Hashable, Sendable {
    /// Products with the base's weights.
    public var base = 0.0
    /// Adapters' shrinks and expands.
    public var adapters = 0.0
    /// Attention over keys and values.
    public var attention = 0.0
    /// What is between: embeddings, norms, rotations, activations.
    public var other = 0.0

    public init() {}

    public var total: Double { base + adapters + attention + other }
}

/// Splits the time of a step as its calling thread sees it: the team shares every loop, so what one thread does at a time
/// stands for what the step does.
struct StepClock {
    enum Part {
        case base, adapters, attention, other
    }

    private(set) var times = StepTimes()
    private var last = 0.0

    mutating func start() {
        times = StepTimes()
        last = Self.now()
    }

    /// Counts the time since the last call as `part`'s.
    mutating func end(_ part: Part) {
        let now = Self.now()
        let passed = now - last
        last = now
        switch part {
        case .base: times.base += passed
        case .adapters: times.adapters += passed
        case .attention: times.attention += passed
        case .other: times.other += passed
        }
    }

    /// Leaves the time since the last call out.
    mutating func skip() { last = Self.now() }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}

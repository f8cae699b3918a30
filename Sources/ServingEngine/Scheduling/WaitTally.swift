import DeckCore

/// What holds for every waiting request of a tenant that no plan wrote a reason of its own down for, and for how long each
/// cause has. A request notes the sums when it comes under it, so that a long queue costs nothing while it waits.
struct CommonWait: Sendable {
    /// Seconds by the place of the cause, up to `since`.
    private(set) var sums = Array(repeating: 0.0, count: WaitCause.allCases.count)
    /// Each cause's last reason, and when it bound last.
    private var last: [(reason: WaitReason, until: Double)?] = Array(repeating: nil, count: WaitCause.allCases.count)
    private var reason: WaitReason?
    /// On the engine's clock.
    private var since = 0.0

    /// From `time` on this is what holds.
    mutating func turn(to next: WaitReason, at time: Double) {
        if let reason {
            sums[reason.cause.rawValue] += max(0, time - since)
            last[reason.cause.rawValue] = (reason, time)
        }
        reason = next
        since = time
    }

    /// What held since the sums were `entry`; what holds now counts up to `time`, and not at all for nil.
    func parts(since entry: [Double], until time: Double?) -> [WaitTally.Part] {
        sums.indices.compactMap { index in
            var seconds = sums[index] - entry[index]
            var found = last[index]
            if let time, let reason, reason.cause.rawValue == index {
                seconds += max(0, time - since)
                found = (reason, time)
            }
            guard seconds > 0, let found else { return nil }
            return WaitTally.Part(reason: found.reason, seconds: seconds, until: found.until)
        }
    }
}

/// What held one request back until it first began, by cause. At every moment exactly one cause binds it.
struct WaitTally: Sendable {
    struct Part: Sendable {
        var reason: WaitReason
        var seconds: Double
        /// When it bound last, on the engine's clock.
        var until: Double
    }

    private enum Binding: Sendable {
        /// What a plan wrote down for it alone.
        case own(WaitReason, since: Double)
        /// What holds for all of its tenant's; the sums are those at which it came under it.
        case common(entry: [Double])
    }

    private var parts: [Part] = []
    private var binding: Binding

    init(arrival: Double) { binding = .own(.stepUnderWay, since: arrival) }

    /// Whether what binds it was written down for it alone.
    var isOwn: Bool { if case .own = binding { true } else { false } }

    /// From `time` on it waits for a reason of its own.
    mutating func bind(_ reason: WaitReason, at time: Double, _ common: CommonWait) {
        if case .own(let before, let since) = binding, before.cause == reason.cause {
            binding = .own(reason, since: since)
        } else {
            close(at: time, common)
            binding = .own(reason, since: time)
        }
    }

    /// From `time` on, to which `common` was turned, it waits for what holds for all of its tenant's.
    mutating func join(at time: Double, _ common: CommonWait) {
        close(at: time, common)
        binding = .common(entry: common.sums)
    }

    private mutating func close(at time: Double, _ common: CommonWait) {
        for part in open(until: time, common) { add(part) }
    }

    private func open(until time: Double?, _ common: CommonWait) -> [Part] {
        switch binding {
        case .own(let reason, let since):
            time.flatMap { $0 > since ? [Part(reason: reason, seconds: $0 - since, until: $0)] : nil } ?? []
        case .common(let entry): common.parts(since: entry, until: time)
        }
    }

    private mutating func add(_ part: Part) {
        guard let index = parts.firstIndex(where: { $0.reason.cause == part.reason.cause }) else {
            return parts.append(part)
        }
        parts[index].reason = part.reason
        parts[index].seconds += part.seconds
        parts[index].until = part.until
    }

    /// All parts in the order in which each bound last; what binds it now counts up to `time`, and not at all for nil.
    func waits(until time: Double?, _ common: CommonWait) -> [WaitPart] {
        var whole = self
        for part in open(until: time, common) { whole.add(part) }
        return whole.parts.sorted { $0.until < $1.until }.map { WaitPart($0.reason, seconds: $0.seconds) }
    }
}

/// A server's way to its end. It serves; told to end it drains: new work is refused, and the answers that run get time; then it
/// closes: what still runs is told to end; then it stops. Times are seconds on a clock that only goes on.
struct DrainState: Sendable {
    enum Phase: Hashable, Sendable {
        case serving
        case draining(until: Double)
        case closing(until: Double)
        case stopped
    }

    enum Action: Hashable, Sendable {
        /// Call `passed` then.
        case wake(at: Double)
        /// Tell everything that runs to end.
        case endAll
        /// Close every connection.
        case stop
    }

    /// Seconds in which what is told to end may say its last word.
    private let lastWordSeconds: Double
    private(set) var phase = Phase.serving
    /// Requests whose answers are waited for, and the others, such as streams of consoles, which have no end.
    private(set) var work = 0
    private var others = 0

    var isStopped: Bool { phase == .stopped }

    init(lastWordSeconds: Double) { self.lastWordSeconds = lastWordSeconds }

    /// A request's head came, whether it will be refused or not.
    mutating func began(isWork: Bool) {
        if isWork { work += 1 } else { others += 1 }
    }

    /// The last byte of its answer went out, or its connection is gone.
    mutating func ended(isWork: Bool, at now: Double) -> [Action] {
        if isWork { work -= 1 } else { others -= 1 }
        switch phase {
        case .draining where work == 0: return close(at: now)
        case .closing where work + others == 0: return stop()
        case .serving, .draining, .closing, .stopped: return []
        }
    }

    /// The server is told to end, with so many seconds for the answers that run. Told again, it stops at once.
    mutating func end(within seconds: Double, at now: Double) -> [Action] {
        switch phase {
        case .serving:
            guard work > 0, seconds > 0 else { return close(at: now) }
            phase = .draining(until: now + seconds)
            return [.wake(at: now + seconds)]
        case .draining, .closing: return stop()
        case .stopped: return []
        }
    }

    /// A time has come, or nearly: a timer can be early.
    mutating func passed(at now: Double) -> [Action] {
        switch phase {
        case .draining(let end) where now >= end: close(at: now)
        case .closing(let end) where now >= end: stop()
        case .draining(let end), .closing(let end): [.wake(at: end)]
        case .serving, .stopped: []
        }
    }

    private mutating func close(at now: Double) -> [Action] {
        let end = now + lastWordSeconds
        phase = .closing(until: end)
        return work + others == 0 ? [.endAll] + stop() : [.endAll, .wake(at: end)]
    }

    private mutating func stop() -> [Action] {
        phase = .stopped
        return [.stop]
    }
}

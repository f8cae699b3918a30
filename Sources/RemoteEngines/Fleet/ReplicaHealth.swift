import DeckCore

/// Whether an engine answers, and when it is asked again. Times are seconds on a clock that only goes forward.
struct ReplicaHealth: Sendable {
    /// Seconds between two looks at an engine that answers.
    static let interval = 1.0
    /// Without an answer for so long, its figures count as old.
    static let staleSeconds = 3.0
    /// Without an answer for so long, its figures count no more.
    static let downSeconds = 10.0
    static let longestDelay = 30.0

    private var failures = 0
    private var lastAnswer: Double?
    private var reason = "it has not answered yet"
    private var nextLook: Double

    init(at now: Double) { nextLook = now }

    /// Returns the seconds until the next look.
    mutating func answered(at now: Double) -> Double {
        failures = 0
        lastAnswer = now
        nextLook = now + Self.interval
        return Self.interval
    }

    /// Returns the seconds until the next look: twice as many after each failure.
    mutating func failed(_ reason: String, at now: Double) -> Double {
        failures += 1
        self.reason = reason
        var delay = Self.interval
        for _ in 1..<max(1, min(failures, 6)) { delay = min(delay * 2, Self.longestDelay) }
        nextLook = now + delay
        return delay
    }

    func state(at now: Double) -> ReplicaSnapshot.State {
        guard let lastAnswer, now - lastAnswer < Self.downSeconds else {
            return .down(reason: reason, retryIn: max(0, nextLook - now))
        }
        let age = now - lastAnswer
        return failures > 0 || age > Self.staleSeconds
            ? .stale(seconds: age, reason: failures > 0 ? reason : nil) : .up
    }
}

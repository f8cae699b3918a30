/// When a stream that says nothing must give a sign of life: proxies cut a connection that is silent for a minute.
public struct KeepAlive: Sendable {
    /// Seconds of silence.
    let seconds: Double
    /// Seconds on a clock that only goes on.
    let now: @Sendable () -> Double
    /// Waits; throws when its task is cancelled.
    let sleep: @Sendable (_ seconds: Double) async throws -> Void

    /// `now` and `sleep` are the machine's where they are not said.
    public init(
        seconds: Double,
        now: @escaping @Sendable () -> Double = { ContinuousClock.now.secondsSinceStart },
        sleep: @escaping @Sendable (Double) async throws -> Void = { try await Task.sleep(for: .seconds($0)) }
    ) {
        self.seconds = seconds
        self.now = now
        self.sleep = sleep
    }
}

extension ContinuousClock.Instant {
    /// Since the first question.
    fileprivate var secondsSinceStart: Double { Self.start.duration(to: self) / .seconds(1) }
    private static let start = ContinuousClock.now
}

/// When a stream that says nothing must give a sign of life: proxies cut a connection that is silent for a minute.
public struct KeepAlive: Sendable {
    /// Seconds of silence.
    let seconds: Double
    /// Seconds on a clock that only goes on.
    let now: @Sendable () -> Double
    /// Waits so many seconds; throws when its task is cancelled.
    let sleep: @Sendable (_ seconds: Double) async throws -> Void

    public init<C: Clock<Duration>>(seconds: Double, clock: C = ContinuousClock()) {
        let start = clock.now
        self.seconds = seconds
        now = { start.duration(to: clock.now) / .seconds(1) }
        sleep = { try await clock.sleep(for: .seconds($0)) }
    }
}

/// Seconds since it was made, on a clock that only goes forward.
struct Stopwatch: Sendable {
    private let start = ContinuousClock.now

    var seconds: Double {
        let (whole, atto) = (ContinuousClock.now - start).components
        return Double(whole) + Double(atto) * 1e-18
    }
}

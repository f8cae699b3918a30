import DeckCore
import Synchronization

/// Ends a server when it is told to, and what runs on it with it.
final class Drain: Sendable {
    /// Leaves when everything that runs must end.
    let everything = Departure()
    private let seconds: Double
    private let state: Mutex<DrainState>
    private let start = ContinuousClock.now
    private let stopped: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    /// With so many seconds for the answers that run, and for the last words of those that are told to end.
    init(seconds: Double, lastWordSeconds: Double) {
        self.seconds = seconds
        state = Mutex(DrainState(lastWordSeconds: lastWordSeconds))
        (stopped, continuation) = AsyncStream.makeStream()
    }

    /// Why new work is refused; nil while it is taken in.
    var refusal: APIError? {
        switch state.withLock({ $0.phase }) {
        case .serving: nil
        case .draining(let end): .ending(retryAfter: end - now)
        case .closing, .stopped: .ending(retryAfter: 1)
        }
    }

    /// Returns how many answers are waited for. Told again, the server stops at once.
    func end() -> Int {
        let (actions, count) = state.withLock { state in
            (state.end(within: seconds, at: now), state.isStopped ? 0 : state.work)
        }
        carryOut(actions)
        return count
    }

    func began(isWork: Bool) { state.withLock { $0.began(isWork: isWork) } }

    func ended(isWork: Bool) { carryOut(state.withLock { $0.ended(isWork: isWork, at: now) }) }

    /// Returns when the server has stopped, or the task is cancelled.
    func untilStopped() async { for await _ in stopped {} }

    private var now: Double { start.duration(to: .now) / .seconds(1) }

    private func wake() { carryOut(state.withLock { $0.passed(at: now) }) }

    private func carryOut(_ actions: [DrainState.Action]) {
        for action in actions {
            switch action {
            case .wake(let time):
                Task { [weak self, wait = time - now] in
                    try? await Task.sleep(for: .seconds(wait))
                    self?.wake()
                }
            case .endAll: everything.leave(telling: .cutShort(after: seconds))
            case .stop: continuation.finish()
            }
        }
    }
}

extension APIError {
    fileprivate static func ending(retryAfter seconds: Double) -> APIError {
        APIError(
            status: 503, message: "the server is about to end and takes nothing new: ask again later, or elsewhere",
            retryAfter: max(1, seconds))
    }

    fileprivate static func cutShort(after seconds: Double) -> APIError {
        let time = Int(seconds.rounded(.up)).counted("second")
        return APIError(
            status: 503, message: "the server ended before the answer did, which had \(time) to end: ask again",
            retryAfter: 1)
    }
}

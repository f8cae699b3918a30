import DeckCore
import Synchronization

/// Hands each new snapshot to every reader. A slow reader finds the newest one, and holds nobody up.
final class Broadcast: Sendable {
    private struct State {
        var latest: DeckSnapshot?
        var readers: [Int: AsyncStream<DeckSnapshot>.Continuation] = [:]
        var nextReader = 0
    }

    private let state = Mutex(State())

    var latest: DeckSnapshot? { state.withLock { $0.latest } }

    func stream() -> AsyncStream<DeckSnapshot> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let reader = state.withLock { state in
                if let latest = state.latest { continuation.yield(latest) }
                defer { state.nextReader += 1 }
                state.readers[state.nextReader] = continuation
                return state.nextReader
            }
            continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.readers[reader] = nil } }
        }
    }

    func publish(_ snapshot: DeckSnapshot) {
        let readers = state.withLock { state in
            state.latest = snapshot
            return Array(state.readers.values)
        }
        // Outside the lock: a reader's end takes the lock.
        for reader in readers { reader.yield(snapshot) }
    }
}

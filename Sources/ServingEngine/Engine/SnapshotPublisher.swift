import DeckCore
import Synchronization

/// Hands each new snapshot to every reader. A slow reader finds the newest one, and holds nobody up.
final class SnapshotPublisher: Sendable {
    private struct State {
        /// Nil while nobody reads: it would be of a moment long past when the next reader comes.
        var latest: DeckSnapshot?
        var readers: [Int: AsyncStream<DeckSnapshot>.Continuation] = [:]
        var nextReader = 0
        var isFinished = false
    }

    private let state = Mutex(State())

    var hasReaders: Bool { state.withLock { !$0.readers.isEmpty } }

    /// The newest snapshot, where others read too, then each next one.
    func stream() -> AsyncStream<DeckSnapshot> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let reader: Int? = state.withLock { state in
                if let latest = state.latest { continuation.yield(latest) }
                guard !state.isFinished else { return nil }
                defer { state.nextReader += 1 }
                state.readers[state.nextReader] = continuation
                return state.nextReader
            }
            guard let reader else { return continuation.finish() }
            continuation.onTermination = { [weak self] _ in
                self?.state.withLock { state in
                    state.readers[reader] = nil
                    if state.readers.isEmpty, !state.isFinished { state.latest = nil }
                }
            }
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

    func finish() {
        let readers = state.withLock { state in
            state.isFinished = true
            defer { state.readers = [:] }
            return Array(state.readers.values)
        }
        for reader in readers { reader.finish() }
    }
}

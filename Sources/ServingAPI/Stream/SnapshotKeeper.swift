import DeckCore
import Synchronization

/// The deck's newest snapshot, for whoever asks at some moment.
final class SnapshotKeeper: Sendable {
    private struct State {
        var latest: DeckSnapshot?
        var waiting: [CheckedContinuation<DeckSnapshot?, Never>] = []
        var isFinished = false
    }

    private let state = Mutex(State())

    /// Nil before the first came.
    var latest: DeckSnapshot? { state.withLock { $0.latest } }
    /// Whether the deck ended.
    var isFinished: Bool { state.withLock { $0.isFinished } }

    /// Reads until the deck or the task ends.
    func run(_ deck: any Deck) async {
        for await snapshot in deck.snapshots() {
            let waiting = state.withLock { state in
                state.latest = snapshot
                defer { state.waiting = [] }
                return state.waiting
            }
            for reader in waiting { reader.resume(returning: snapshot) }
        }
        let waiting = state.withLock { state in
            state.isFinished = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for reader in waiting { reader.resume(returning: nil) }
    }

    /// The newest snapshot, or the first one. Nil when the deck ended before it had any.
    func current() async -> DeckSnapshot? {
        await withCheckedContinuation { continuation in
            let known: DeckSnapshot?? = state.withLock { state in
                if let latest = state.latest { return .some(latest) }
                if state.isFinished { return .some(nil) }
                state.waiting.append(continuation)
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
    }
}

import DeckCore
import Synchronization

/// The requests of one HTTP request while they live: their updates as one stream, in the order in which they came.
///
/// What the deck makes is taken from it at once, so that a slow client holds nobody up; what the client has not read waits
/// here, up to a bound.
final class GenerationRun: Sendable {
    /// One update of one choice.
    struct Piece: Sendable {
        let choice: Int
        let update: PromptUpdate
    }

    /// Ends when every choice ended, or when the run was cancelled.
    let pieces: AsyncStream<Piece>
    private struct State {
        var pumps: [Task<Void, Never>] = []
        var live: Int
        var fellBehind = false
    }

    private let state: Mutex<State>
    private let continuation: AsyncStream<Piece>.Continuation

    init(_ requests: [PromptRequest], deck: any Deck, maxBehind: Int) {
        (pieces, continuation) = AsyncStream.makeStream(
            bufferingPolicy: .bufferingOldest(maxBehind * max(1, requests.count)))
        state = Mutex(State(live: requests.count))
        let pumps = deck.submit(requests).enumerated().map { choice, updates in
            Task { await pump(updates, choice) }
        }
        state.withLock { $0.pumps = pumps }
    }

    /// Whether the client was too slow for its answer.
    var fellBehind: Bool { state.withLock { $0.fellBehind } }

    /// Ends every request that lives; the deck frees their pages between two steps.
    func cancel() {
        let pumps = state.withLock { $0.pumps }
        for pump in pumps { pump.cancel() }
        continuation.finish()
    }

    private func pump(_ updates: AsyncStream<PromptUpdate>, _ choice: Int) async {
        for await update in updates {
            guard case .dropped = continuation.yield(Piece(choice: choice, update: update)) else { continue }
            state.withLock { $0.fellBehind = true }
            cancel()
        }
        let isLast = state.withLock { state in
            state.live -= 1
            return state.live == 0
        }
        if isLast { continuation.finish() }
    }

    deinit { cancel() }
}

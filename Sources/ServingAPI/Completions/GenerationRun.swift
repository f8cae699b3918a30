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

    enum Event: Sendable {
        case piece(Piece)
        /// Nothing came for as long as a client should wait without a sign of life.
        case silence
    }

    /// Ends when every choice ended, or when the run was cancelled.
    let events: AsyncStream<Event>
    private struct State {
        var pumps: [Task<Void, Never>] = []
        /// Looks for silence while a request lives.
        var watch: Task<Void, Never>?
        var live: Int
        var fellBehind = false
        var isCancelled = false
        /// On the clock of the one who watches for silence.
        var lastEvent = 0.0
    }

    private let state: Mutex<State>
    private let continuation: AsyncStream<Event>.Continuation
    private let keepAlive: KeepAlive?
    private let ended: @Sendable () -> Void

    /// Without `keepAlive` silence is no event. `ended` is called for each choice when it ends.
    init(
        _ requests: [PromptRequest], deck: any Deck, maxBehind: Int, keepAlive: KeepAlive? = nil,
        ended: @escaping @Sendable () -> Void = {}
    ) {
        (events, continuation) = AsyncStream.makeStream(
            bufferingPolicy: .bufferingOldest(maxBehind * max(1, requests.count)))
        self.keepAlive = keepAlive
        self.ended = ended
        state = Mutex(State(live: requests.count, lastEvent: keepAlive?.now() ?? 0))
        let pumps = deck.submit(requests).enumerated().map { choice, updates in
            Task { await pump(updates, choice) }
        }
        let isCancelled = state.withLock { state in
            state.pumps = pumps
            return state.isCancelled
        }
        // A pump may have fallen behind before it was known here.
        if isCancelled { cancel() }
        guard let keepAlive else { return }
        let watch = Task { [weak self] in await Self.watch(keepAlive) { [weak self] in self?.silence(keepAlive) } }
        let isOver = state.withLock { state in
            state.watch = watch
            return state.live == 0 || state.isCancelled
        }
        if isOver { watch.cancel() }
    }

    /// Whether the client was too slow for its answer.
    var fellBehind: Bool { state.withLock { $0.fellBehind } }

    /// The updates alone.
    var pieces: some AsyncSequence<Piece, Never> & Sendable {
        events.compactMap { event -> Piece? in if case .piece(let piece) = event { piece } else { nil } }
    }

    /// Ends every request that lives; the deck frees their pages between two steps.
    func cancel() {
        let (pumps, watch) = state.withLock { state in
            state.isCancelled = true
            return (state.pumps, state.watch)
        }
        for pump in pumps { pump.cancel() }
        watch?.cancel()
        continuation.finish()
    }

    private func pump(_ updates: AsyncStream<PromptUpdate>, _ choice: Int) async {
        for await update in updates {
            if let keepAlive { state.withLock { $0.lastEvent = keepAlive.now() } }
            guard case .dropped = continuation.yield(.piece(Piece(choice: choice, update: update))) else { continue }
            state.withLock { $0.fellBehind = true }
            cancel()
        }
        ended()
        let (isLast, watch) = state.withLock { state in
            state.live -= 1
            return (state.live == 0, state.watch)
        }
        guard isLast else { return }
        watch?.cancel()
        continuation.finish()
    }

    // MARK: Silence

    /// Asks again and again, each time after the seconds that the answer says; ends with nil.
    private static func watch(_ keepAlive: KeepAlive, _ ask: @Sendable () -> Double?) async {
        var wait: Double? = keepAlive.seconds
        while let seconds = wait, (try? await keepAlive.sleep(seconds)) != nil { wait = ask() }
    }

    /// Says that nothing came for long, if so. Returns in how many seconds that may be so next.
    private func silence(_ keepAlive: KeepAlive) -> Double {
        let now = keepAlive.now()
        let left = state.withLock { state in
            let left = state.lastEvent + keepAlive.seconds - now
            if left <= 0 { state.lastEvent = now }
            return left
        }
        guard left <= 0 else { return left }
        // A client that has not read what waits for it needs no sign of life.
        continuation.yield(.silence)
        return keepAlive.seconds
    }

    deinit { cancel() }
}

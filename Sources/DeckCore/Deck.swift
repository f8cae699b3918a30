/// The waist of the house: immutable snapshots out, commands and prompts in.
///
/// The embedded engine, a loradeck elsewhere and a fleet of engines are decks. A console draws any of them from its snapshots
/// alone; what a deck cannot do or tell stands in these, with the reason.
public protocol Deck: Sendable {
    /// The newest snapshot, then each next one as it is published. A slow reader misses some, and never holds up the deck.
    func snapshots() -> AsyncStream<DeckSnapshot>

    /// Carries out one command and returns when its outcome is known (for a load: when its proof of effect is).
    ///
    /// What it did holds from then on: requests, commands and questions that come after it find it, and every snapshot that
    /// is made after it shows it. A snapshot that was made before may still be the newest that was published, so nobody
    /// decides by a snapshot whether an adapter exists.
    func perform(_ command: DeckCommand, by actor: String) async -> CommandOutcome

    /// Submits prompts together, so that they can share a batch from their first step.
    /// Returns a stream for each, in order. A stream that is dropped aborts its request.
    func submit(_ requests: [PromptRequest]) -> [AsyncStream<PromptUpdate>]
}

/// The command gate of a deck that must not be changed: every command is refused, prompts too. Enforced here and nowhere else.
public struct ReadOnlyDeck: Deck {
    public static let reason = "read-only mode"
    private let deck: any Deck

    public init(_ deck: any Deck) { self.deck = deck }

    public func snapshots() -> AsyncStream<DeckSnapshot> {
        let upstream = deck.snapshots()
        return AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let pump = Task {
                for await snapshot in upstream { continuation.yield(snapshot.disablingAll(Self.reason)) }
                continuation.finish()
            }
            continuation.onTermination = { _ in pump.cancel() }
        }
    }

    public func perform(_ command: DeckCommand, by actor: String) async -> CommandOutcome {
        .refused("\(command.commandLine): \(Self.reason)")
    }

    public func submit(_ requests: [PromptRequest]) -> [AsyncStream<PromptUpdate>] {
        requests.map { _ in
            AsyncStream { continuation in
                continuation.yield(.failed(.unavailable, Self.reason))
                continuation.finish()
            }
        }
    }
}

extension DeckSnapshot {
    /// The same moment with every action disabled for one reason.
    public func disablingAll(_ reason: String) -> DeckSnapshot {
        DeckSnapshot(
            index: index, time: time, uptime: uptime, deck: deck,
            disabled: Dictionary(uniqueKeysWithValues: DeckAction.allCases.map { ($0, reason) }), adapters: adapters,
            base: base, pool: pool, requests: requests, step: step, recentSteps: recentSteps, events: events,
            tokensPerSecond: tokensPerSecond, promptTokensPerSecond: promptTokensPerSecond, process: process,
            tenants: tenants, waits: waits, thrash: thrash, totals: totals, unknown: unknown, replicas: replicas,
            admissionPaused: admissionPaused, baseFault: baseFault)
    }
}

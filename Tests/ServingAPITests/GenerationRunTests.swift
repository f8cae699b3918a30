import DeckCore
import Synchronization
import Testing

@testable import ServingAPI

/// A deck whose answers are there before anybody reads, and never end.
private final class FloodDeck: Deck {
    let aborted = Atomic(0)

    func snapshots() -> AsyncStream<DeckSnapshot> { AsyncStream { $0.finish() } }
    func perform(_ command: DeckCommand, by actor: String) async -> CommandOutcome { .done("done") }

    func submit(_ requests: [PromptRequest]) -> [AsyncStream<PromptUpdate>] {
        requests.map { _ in
            let (stream, continuation) = AsyncStream.makeStream(of: PromptUpdate.self)
            for token in 0..<20 { continuation.yield(.token(id: token, text: "x", logprob: nil, top: [])) }
            continuation.onTermination = { _ in self.aborted.add(1, ordering: .relaxed) }
            return stream
        }
    }
}

/// The requests of one HTTP request.
@Suite("Runs of requests") struct GenerationRunTests {
    @Test("A run that falls behind while it is made is aborted like any other", arguments: [true, false])
    func behindAtOnce(watches: Bool) async {
        let deck = FloodDeck()
        let request = PromptRequest(adapter: nil, content: .raw("x"), maxTokens: 1, origin: "test")
        // Each is a race between the run's making and its first drops.
        let runs = (0..<500).map { _ in
            GenerationRun(
                [request], deck: deck, maxBehind: 1, keepAlive: watches ? KeepAlive(seconds: 1000) : nil)
        }
        #expect(await eventually { deck.aborted.load(ordering: .relaxed) == runs.count })
        #expect(runs.allSatisfy { $0.fellBehind })
    }
}

import DeckCore
import Foundation
import Synchronization
import TerminalKit
import Testing

@testable import Console

/// A deck that answers from a script and notes what it was asked.
private final class FakeDeck: Deck {
    struct Notes {
        var commands: [DeckCommand] = []
        var actors: [String] = []
        var submissions: [[PromptRequest]] = []
        var dropped = 0
    }

    let notes = Mutex(Notes())

    func snapshots() -> AsyncStream<DeckSnapshot> {
        AsyncStream { continuation in
            continuation.yield(SampleDeck.snapshot(index: 1))
            // It stays open, as a live deck's does.
        }
    }

    func perform(_ command: DeckCommand, by actor: String) async -> CommandOutcome {
        notes.withLock {
            $0.commands.append(command)
            $0.actors.append(actor)
        }
        return .done("did \(command.commandLine)")
    }

    func submit(_ requests: [PromptRequest]) -> [AsyncStream<PromptUpdate>] {
        notes.withLock { $0.submissions.append(requests) }
        return requests.enumerated().map { index, _ in
            AsyncStream { continuation in
                continuation.yield(.started(RequestID(UInt64(index)), promptTokens: [1]))
                continuation.yield(.token(id: 1, text: "answer \(index)", logprob: nil, top: []))
                // Live until it is dropped.
                continuation.onTermination = { [weak self] _ in self?.notes.withLock { $0.dropped += 1 } }
            }
        }
    }
}

/// What a scripted run showed.
private struct Played: Sendable {
    var end: ScreenEnd?
    var frames: [CellGrid] = []
    var redraws = 0
    var suspensions = 0
    /// Steps that never came to their turn.
    var stepsLeft = 0
}

private struct Step: Sendable {
    /// What must be visible before the keys are pressed.
    let sees: String
    let keys: [Key]
    var end: ScreenEnd?
}

/// A screen that plays a script: each step waits for something to be visible, then presses keys.
private final class ScriptedScreen: Screen {
    let size = Size(width: 100, height: 30)
    let glyphs = GlyphSet.unicode
    private let semaphore = DispatchSemaphore(value: 0)
    private var steps: [Step]
    private var waits = 0
    private var played = Played()

    init(_ steps: [Step]) { self.steps = steps }

    var result: Played {
        var result = played
        result.stepsLeft = steps.count
        return result
    }

    var waker: Waker {
        let semaphore = semaphore
        return Waker { semaphore.signal() }
    }

    func wait(milliseconds: Int) -> ScreenInput {
        waits += 1
        if let step = steps.first, played.frames.last?.lines.contains(where: { $0.contains(step.sees) }) == true {
            steps.removeFirst()
            return ScreenInput(keys: step.keys, end: step.end)
        }
        // A script that is stuck ends, so that the test fails instead of hanging.
        if waits > 15_000 { return ScreenInput(end: .terminated) }
        _ = semaphore.wait(timeout: .now() + .milliseconds(min(milliseconds, 20)))
        return ScreenInput()
    }

    func present(_ grid: CellGrid, theme: Theme) { played.frames.append(grid) }
    func redrawFully() { played.redraws += 1 }
    func suspend() { played.suspensions += 1 }
}

@Suite struct ConsoleRunnerTests {
    /// On a thread of its own: a console blocks its thread, and the tests' pool has as many threads as processors.
    /// With `tick`, every look at the clock finds it that many seconds later.
    private func run(
        _ deck: FakeDeck, _ steps: [Step], services: ConsoleServices = ConsoleServices(), tick: Double? = nil
    ) async -> Played {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let screen = ScriptedScreen(steps)
                var time = 0.0
                let clock: (() -> Double)? = tick.map { tick in
                    {
                        time += tick
                        return time
                    }
                }
                let runner = ConsoleRunner(
                    deck: deck, screen: screen, configuration: SampleDeck.configuration, themes: [.plain],
                    services: services, now: clock)
                let end = runner.run()
                var played = screen.result
                played.end = end
                continuation.resume(returning: played)
            }
        }
    }

    @Test func commandsReachTheDeckAndTheirOutcomeTheScreen() async {
        let deck = FakeDeck()
        let played = await run(
            deck,
            [
                Step(sees: "pirate-games", keys: [.character("p")]),
                Step(sees: "did pin pirate-games", keys: [.character("e")]),
                Step(sees: "evict adapter", keys: [.enter]), Step(sees: "cancelled", keys: [.character("e")]),
                Step(sees: "evict adapter", keys: [.character("y")]),
                Step(sees: "did evict pirate-games", keys: [.character("Q")]),
            ])
        #expect(played.end == nil)
        #expect(played.stepsLeft == 0)
        let notes = deck.notes.withLock { $0 }
        #expect(notes.commands.map(\.commandLine) == ["pin pirate-games", "evict pirate-games"])
        #expect(notes.actors == ["console", "console"])
    }

    @Test func promptsStreamAndStop() async throws {
        let deck = FakeDeck()
        let played = await run(
            deck,
            [
                Step(sees: "pirate-games", keys: [.character(" "), .character("c"), .paste("hello"), .enter]),
                Step(sees: "answer 1", keys: [.escape, .character("x")]),
                Step(sees: "stopped", keys: [.character("Q")]),
            ])
        #expect(played.end == nil)
        #expect(played.stepsLeft == 0)
        #expect(deck.notes.withLock { $0.submissions.map { $0.map(\.adapter) } } == [[nil, "pirate-games"]])
        #expect(played.frames.contains { $0.lines.contains { $0.contains("answer 0") && $0.contains("answer 1") } })
        // Cancelled streams are dropped, which is what aborts their requests.
        for _ in 0..<500 where deck.notes.withLock({ $0.dropped }) < 2 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(deck.notes.withLock { $0.dropped } == 2)
    }

    @Test(arguments: [ScreenEnd.hangUp, .terminated]) func screenEndsTheRun(_ end: ScreenEnd) async {
        let played = await run(FakeDeck(), [Step(sees: "pirate-games", keys: [], end: end)])
        #expect(played.end == end)
        #expect(played.stepsLeft == 0)
    }

    /// A screen without a clipboard, and a deck without files, say so.
    @Test func whatIsNotPossibleHereIsSaid() async {
        let played = await run(
            FakeDeck(),
            [
                Step(sees: "pirate-games", keys: [.character("y")]), Step(sees: "─ copy ", keys: [.character("n")]),
                Step(sees: "this screen has no clipboard", keys: [.control("s")]),
                Step(sees: "─ dump ", keys: [.character("s")]),
                Step(sees: "dump: nothing is written from here", keys: [.character("L")]),
                Step(sees: "paths are not completed on this deck", keys: [.escape]),
                Step(sees: "pirate-games", keys: [.character("Q")]),
            ])
        #expect(played.end == nil)
        #expect(played.stepsLeft == 0)
    }

    /// A picture is one, a text is one, and the command line's history goes to who keeps it.
    @Test func dumpsAndHistoryGoToTheServices() async {
        let written = Mutex<[String]>([])
        let kept = Mutex<[String]>([])
        var services = ConsoleServices()
        services.writeDump = { content, stem, suffix, _ in
            written.withLock { $0.append("\(stem).\(suffix): \(content.prefix(60))") }
            return "/state/\(stem).\(suffix)"
        }
        services.saveCommands = { lines in kept.withLock { $0 = lines } }
        let played = await run(
            FakeDeck(),
            [
                Step(sees: "pirate-games", keys: [.control("s")]), Step(sees: "─ dump ", keys: [.character("s")]),
                Step(sees: "dumped to /state/overview.svg", keys: [.control("s")]),
                Step(sees: "─ dump ", keys: [.character("t")]),
                Step(sees: "dumped to /state/overview.txt", keys: ":dump csv".map { .character($0) } + [.enter]),
                Step(sees: "dumped to /state/overview.csv", keys: [.character("Q")]),
            ], services: services)
        #expect(played.stepsLeft == 0)
        let texts = written.withLock { $0 }
        #expect(texts.count == 3)
        #expect(texts.first?.contains("<svg") == true)
        #expect(texts.dropFirst().first?.contains("loradeck") == true)
        #expect(texts.last?.contains("adapter,digest") == true)
        #expect(kept.withLock { $0 } == ["dump csv"])
    }

    @Test func redrawsSuspendsAndResizes() async {
        let played = await run(
            FakeDeck(),
            [
                Step(sees: "pirate-games", keys: [.control("l")]), Step(sees: "pirate-games", keys: [.control("z")]),
                Step(sees: "pirate-games", keys: [.resize(Size(width: 20, height: 5))]),
                Step(sees: "too small", keys: [.resize(Size(width: 100, height: 30))]),
                Step(sees: "pirate-games", keys: [.control("c")]),
            ])
        #expect(played.end == nil)
        #expect(played.stepsLeft == 0)
        #expect(played.redraws == 2)
        #expect(played.suspensions == 1)
    }

    @Test func framesComeOnlyWhenSomethingChanged() async {
        let played = await run(
            FakeDeck(),
            [
                Step(sees: "pirate-games", keys: []), Step(sees: "pirate-games", keys: [.character("Z")]),
                Step(sees: "pirate-games", keys: [.down]), Step(sees: "> harbor-bank", keys: [.character("Q")]),
            ], tick: 0.05)
        #expect(played.end == nil)
        #expect(played.stepsLeft == 0)
        // Before the first snapshot, with it, and with the cursor moved; a key without meaning paints nothing.
        #expect(played.frames.count <= 3)
        for (first, second) in zip(played.frames, played.frames.dropFirst()) { #expect(first != second) }
    }
}

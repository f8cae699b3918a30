import DeckCore
import Foundation
import Inference
import ServingEngine
import TestSupport
import Testing

/// The 62 cases of the demo model at the bars of `Tests/Goldens/README.md`, through the whole engine.
@Suite(.serialized) struct SmolLM2OracleTests {
    /// Top tokens asked for at each position: more than the ten listed, so that a listed one is still among them when
    /// ranks near the tenth swap.
    private static let asked = 40

    private static let adapters: [String: URL] = {
        var found: [String: URL] = [:]
        for root in [Fixture.demoAdapters, Fixture.goldens.appendingPathComponent("zoo")] {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? [] {
                found[name] = root.appendingPathComponent(name)
            }
        }
        return found
    }()

    private static func deck(_ precision: Precision, memoryBytes: Int, maxSequences: Int = 64) async throws
        -> OracleDeck
    {
        try await OracleDeck(
            model: Fixture.model, adapters: adapters, precision: precision, memoryBytes: memoryBytes,
            maxSequences: maxSequences)
    }

    private static func forced(_ golden: SmolLM2Golden.Case) -> PromptRequest {
        PromptRequest(
            adapter: golden.adapter, content: content(golden), maxTokens: golden.greedyIDs.count, logprobs: asked,
            promptLogprobs: true, forcedTokens: golden.greedyIDs, ignoresEnd: true, origin: "test")
    }

    private static func greedy(_ golden: SmolLM2Golden.Case) -> PromptRequest {
        PromptRequest(
            adapter: golden.adapter, content: content(golden), maxTokens: golden.greedyIDs.count, origin: "test")
    }

    private static func content(_ golden: SmolLM2Golden.Case) -> PromptRequest.Content {
        golden.prompt.hasPrefix("RAW:")
            ? .raw(String(golden.prompt.dropFirst(4))) : .chat([ChatMessage(role: "user", content: golden.prompt)])
    }

    /// Greedy tokens are equal up to the first position where the oracle is undecided.
    private static func firstFault(_ answer: Answer, _ golden: SmolLM2Golden.Case) -> Int? {
        for (position, expected) in golden.greedyIDs.enumerated() {
            if golden.isTie(at: position) { return nil }
            if position >= answer.tokens.count || answer.tokens[position] != expected { return position }
        }
        return nil
    }

    @Test func float32AloneHoldsTheFloatBars() async throws {
        let golden = try SmolLM2Golden.load()
        #expect(golden.count == 62)
        let deck = try await Self.deck(.f32, memoryBytes: 256 << 20)
        var agreement = Agreement()
        for (index, one) in golden.enumerated() {
            let answer = await deck.ask([Self.forced(one)])[0]
            #expect(answer.prompt == one.promptIDs)
            agreement.add(answer, to: one, name: "case \(index) \(one.adapter ?? "base")")
        }
        await deck.engine.stop()
        #expect(agreement.faults.isEmpty)
        #expect(agreement.worstLogprob <= 0.02)
    }

    @Test func float32TogetherHoldsTheFloatBars() async throws {
        let golden = try SmolLM2Golden.load()
        let deck = try await Self.deck(.f32, memoryBytes: 1 << 30)
        let answers = await deck.ask(golden.map(Self.forced))
        await deck.engine.stop()
        var agreement = Agreement()
        for (index, one) in golden.enumerated() {
            agreement.add(answers[index], to: one, name: "case \(index) \(one.adapter ?? "base")")
        }
        #expect(agreement.faults.isEmpty)
        #expect(agreement.worstLogprob <= 0.02)
    }

    @Test func fastPathHoldsTheFastBars() async throws {
        let golden = try SmolLM2Golden.load()
        let deck = try await Self.deck(.fast, memoryBytes: 512 << 20)
        let answers = await deck.ask(golden.map(Self.forced))
        await deck.engine.stop()
        var agreement = Agreement()
        for (index, one) in golden.enumerated() { agreement.add(answers[index], to: one, name: "case \(index)") }
        #expect(agreement.positions > 1000)
        #expect(agreement.topShare >= 0.98)
        #expect(agreement.meanDivergence <= 0.005)
    }

    @Test func greedyTokensAreTheSameTogether() async throws {
        let golden = try SmolLM2Golden.load()
        let deck = try await Self.deck(.f32, memoryBytes: 1 << 30)
        let answers = await deck.ask(golden.map(Self.greedy))
        await deck.engine.stop()
        for (answer, one) in zip(answers, golden) {
            #expect(answer.failure == nil)
            #expect(Self.firstFault(answer, one) == nil)
        }
    }

    @Test func greedyTokensAreTheSameAfterPreemptionAndReload() async throws {
        let golden = try SmolLM2Golden.load()
        // Too small for 62 sequences and 14 adapters: adapters come and go, and running sequences lose their pages.
        let deck = try await Self.deck(.f32, memoryBytes: 48 << 20)
        let answers = await deck.ask(golden.map(Self.greedy))
        await deck.engine.stop()
        for (answer, one) in zip(answers, golden) {
            #expect(answer.failure == nil)
            #expect(Self.firstFault(answer, one) == nil)
        }
        #expect(answers.contains { $0.preemptions > 0 })
    }

    @Test func ggufAdapterAnswersAsItsPEFTFolder() async throws {
        let golden = try SmolLM2Golden.load().filter { $0.adapter == "sql-helper" }
        #expect(!golden.isEmpty)
        let deck = try await OracleDeck(
            model: Fixture.model, adapters: ["sql-helper": Fixture.goldens.appendingPathComponent("sql-helper.gguf")],
            precision: .f32, memoryBytes: 128 << 20)
        let answers = await deck.ask(golden.map(Self.forced))
        await deck.engine.stop()
        var agreement = Agreement()
        for (answer, one) in zip(answers, golden) { agreement.add(answer, to: one, name: "gguf") }
        #expect(agreement.faults.isEmpty)
        #expect(agreement.worstLogprob <= 0.02)
    }
}

import DeckCore
import Foundation
import Inference
import ServingEngine
import TestSupport
import Testing

/// Small random models of every architecture, in Hugging Face's layout, served by token ids.
@Suite(.serialized) struct TinyOracleTests {
    @Test(arguments: ["tiny-llama3", "tiny-mistral", "tiny-qwen2", "tiny-qwen3"])
    func holdsTheBars(_ name: String) async throws {
        let golden = try SmolLM2Golden.load("tiny/\(name)/golden.json")
        let folder = Fixture.goldens.appendingPathComponent("tiny/\(name)")
        #expect(golden.contains { $0.adapter != nil })
        for precision in [Precision.f32, .fast] {
            let deck = try await OracleDeck(
                model: folder, adapters: ["adapter": folder.appendingPathComponent("adapter")], precision: precision,
                memoryBytes: 64 << 20)
            let requests = golden.map { one in
                PromptRequest(
                    adapter: one.adapter.map { _ in "adapter" }, content: .tokens(one.promptIDs),
                    maxTokens: one.greedyIDs.count, logprobs: 12, forcedTokens: one.greedyIDs, ignoresEnd: true,
                    origin: "test")
            }
            let together = await deck.ask(requests)
            var alone: [Answer] = []
            for request in requests { alone += await deck.ask([request]) }
            await deck.engine.stop()
            for answers in [together, alone] {
                var agreement = Agreement()
                for (answer, one) in zip(answers, golden) { agreement.add(answer, to: one, name: name) }
                switch precision {
                case .f32:
                    #expect(agreement.faults.isEmpty)
                    #expect(agreement.worstLogprob <= 0.02)
                case .fast:
                    #expect(agreement.topShare >= 0.98)
                    #expect(agreement.meanDivergence <= 0.005)
                }
            }
        }
    }
}

import DeckCore
import Foundation
import Synchronization
import Testing

@testable import ServingEngine

@Suite("Batches")
struct BatchTests {
    @Test("Invariant 1: the base and adapters of several sizes answer in one step, each as alone")
    func heterogeneous() async throws {
        let rig = try Rig(
            pages: 200, files: ["a": .init(pages: 1, seed: 1), "b": .init(pages: 5, seed: 2)])
        // Resident before, so that all three are admitted together.
        for name in ["a", "b"] { _ = rig.order(.load(adapter: name)) }
        await rig.settle()
        let names = [nil, "a", "b", "a", nil]
        let streams = rig.engine.submit(
            names.enumerated().map {
                PromptRequest(adapter: $1, content: .tokens([5, 6, $0]), maxTokens: 6, origin: "test")
            })
        rig.turn()
        let step = try #require(rig.loop.steps.last)
        #expect(step.segments.map(\.adapter) == [nil, "a", "b"])
        #expect(step.segments.map(\.rows) == [6, 6, 3])
        await rig.settle()
        for (index, stream) in streams.enumerated() {
            let answer = await Answer(stream)
            #expect(answer.tokens == rig.reference(names[index], [5, 6, index], 6))
            #expect(answer.finish == .length)
        }
        #expect(rig.faults.isEmpty)
        #expect(rig.loop.integrityFault() == nil)
    }

    @Test("A long prompt is computed in chunks while others decode in every step")
    func chunkedPrefill() async throws {
        let rig = try Rig(
            pages: 200,
            options: {
                $0.stepRows = 16
                $0.maxSequences = 8
            })
        let short = rig.submit(nil, [1, 2], max: 30)
        rig.turn()
        let prompt = (0..<100).map { $0 % 97 }
        let long = rig.submit(nil, prompt, max: 3)
        rig.turn()
        for _ in 0..<3 {
            let step = try #require(rig.loop.steps.last)
            #expect(step.decodeRows == 1)
            #expect(step.prefillRows == rig.loop.scheduler.rowBudget - 1)
            rig.turn()
        }
        await rig.settle()
        #expect(await Answer(short).tokens == rig.reference(nil, [1, 2], 30))
        #expect(await Answer(long).tokens == rig.reference(nil, prompt, 3))
    }

    @Test("A preempted sequence is computed again and answers the same")
    func preemption() async throws {
        // Four sequences of 3 + 40 tokens need 44 pages; 30 make some of them give way.
        let rig = try Rig(pages: 30)
        let streams = (0..<4).map { rig.submit(nil, [$0, 9, 9], max: 40) }
        await rig.settle()
        var preemptions = 0
        for (index, stream) in streams.enumerated() {
            let answer = await Answer(stream)
            #expect(answer.tokens == rig.reference(nil, [index, 9, 9], 40))
            preemptions += answer.timeline?.preemptions ?? 0
        }
        #expect(preemptions > 0)
        #expect(rig.journal.entries.withLock { $0.contains { $0.kind == .preemption } })
        #expect(rig.loop.pool.kvCount == 0)
        #expect(rig.loop.integrityFault() == nil)
        #expect(rig.faults.isEmpty)
    }

    @Test("Prompt log-probabilities and forced tokens score the model's own distribution")
    func scoring() async throws {
        let rig = try Rig(
            pages: 60,
            options: {
                $0.stepRows = 4
                $0.maxSequences = 2
            })
        let free = rig.submit(nil, [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5], max: 5) { $0.logprobs = 2 }
        let scored = rig.submit(nil, [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5], max: 1) {
            $0.forcedTokens = [7, 8, 9]
            $0.logprobs = 3
            $0.promptLogprobs = true
        }
        await rig.settle()
        let first = await Answer(free)
        for (index, top) in first.tops.enumerated() {
            #expect(top.count == 2)
            #expect(top[0].token == first.tokens[index])
            #expect(top[0].logprob == first.logprobs[index])
            #expect(top[0].logprob >= top[1].logprob)
        }
        let second = await Answer(scored)
        #expect(second.tokens == [7, 8, 9])
        #expect(second.finish == .length)
        // The first forced position sees the same context as the first free one.
        #expect(second.tops[0].prefix(2).elementsEqual(first.tops[0]))
        #expect(second.promptLogprobs.count == 11)
        #expect(second.promptLogprobs[0] == nil)
        #expect(second.promptLogprobs.dropFirst().allSatisfy { ($0 ?? 1) < 0 })
        // Position by position against prompts that end there.
        for length in [1, 5, 10] {
            let prompt = Array([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5].prefix(length))
            let one = rig.submit(nil, prompt, max: 1) {
                $0.forcedTokens = [[3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5][length]]
                $0.logprobs = 0
            }
            await rig.settle()
            #expect(await Answer(one).logprobs == [second.promptLogprobs[length]])
        }
    }

    @Test("Prompt log-probabilities survive a preemption")
    func scoringPreempted() async throws {
        let prompt = (0..<20).map { $0 }
        let roomy = try Rig(pages: 100)
        let alone = roomy.submit(nil, prompt, max: 30) { $0.promptLogprobs = true }
        await roomy.settle()
        let tight = try Rig(pages: 18)
        let older = tight.submit(nil, [1, 2, 3], max: 30)
        let younger = tight.submit(nil, prompt, max: 30) { $0.promptLogprobs = true }
        await tight.settle()
        let answer = await Answer(younger)
        #expect(await Answer(older).tokens.count == 30)
        #expect((answer.timeline?.preemptions ?? 0) > 0)
        #expect(await answer.promptLogprobs == Answer(alone).promptLogprobs)
    }

    @Test("Stop strings end the text before them; end tokens end it unless ignored")
    func endings() async throws {
        let tokenizer = ToyTokenizer()
        let rig = try Rig(pages: 100, tokenizer: tokenizer)
        let whole = await settled(rig, rig.submit(nil, [1, 2, 3], max: 20))
        let stop = String(whole.text.dropFirst(7).prefix(3))
        let cut = await settled(
            rig, rig.submit(nil, [1, 2, 3], max: 20) { $0.stop = ["never", stop] })
        let range = try #require(whole.text.range(of: stop))
        #expect(cut.text == whole.text[..<range.lowerBound])
        #expect(cut.finish == .stop)
        #expect(whole.finish == .length)
        #expect(whole.text.utf8.count == 20)

        let ending = try Rig(pages: 100, tokenizer: tokenizer, endTokens: [whole.tokens[4]])
        let ended = await settled(ending, ending.submit(nil, [1, 2, 3], max: 20))
        let first = try #require(whole.tokens.firstIndex(of: whole.tokens[4]))
        #expect(ended.tokens == Array(whole.tokens[...first]))
        #expect(ended.finish == .stop)
        #expect(ended.text.utf8.count == first)
        let ignoring = await settled(
            ending, ending.submit(nil, [1, 2, 3], max: 20) { $0.ignoresEnd = true })
        #expect(ignoring.tokens == whole.tokens)
    }

    private func settled(_ rig: Rig, _ stream: AsyncStream<PromptUpdate>) async -> Answer {
        await rig.settle()
        return await Answer(stream)
    }

    @Test("A seed gives the same tokens alone and in company")
    func seeds() async throws {
        func sample(_ company: Int) async throws -> [Int] {
            let rig = try Rig(pages: 300)
            let others = (0..<company).map {
                rig.submit(nil, [$0], max: 25) { $0.sampling.temperature = 1 }
            }
            let stream = rig.submit(nil, [4, 5], max: 25) {
                $0.sampling.temperature = 1.3
                $0.sampling.topP = 0.9
                $0.sampling.seed = 11
            }
            await rig.settle()
            for other in others { #expect(await Answer(other).tokens.count == 25) }
            return await Answer(stream).tokens
        }
        let alone = try await sample(0)
        #expect(try await sample(5) == alone)
        #expect(alone.count == 25)
    }

    @Test("Requests that nobody could serve fail with a reason that says what would do")
    func refusals() async throws {
        let rig = try Rig(pages: 20, files: ["x": .init()], context: 64)
        let cases: [(String?, [Int], (inout PromptRequest) -> Void, String)] = [
            (nil, [], { _ in }, "prompt is empty"),
            (nil, [1, 97], { _ in }, "contain 97; the vocabulary has 0..<97"),
            (nil, [-1], { _ in }, "contain -1"),
            (nil, Array(repeating: 1, count: 64), { _ in }, "64 tokens; the context of 64"),
            (nil, [1], { $0.maxTokens = 0 }, "max_tokens must be at least 1, not 0"),
            (nil, [1], { $0.sampling.logitBias = [3: 5] }, "no logit bias"),
            (nil, [1], { $0.format = .jsonObject }, "does not constrain answers to json_object"),
            (nil, [1], { $0.sampling.topP = 0 }, "top_p"),
            (nil, [1], { $0.sampling.temperature = -.infinity }, "finite"),
            (nil, [1], { $0.forcedTokens = [] }, "force_ids is empty"),
            (nil, [1], { $0.forcedTokens = [200] }, "force_ids contain 200"),
            (nil, [1], { $0.stop = ["x"] }, "no tokenizer"),
            (nil, [1], { $0.content = .raw("hi") }, "no tokenizer"),
            (nil, [1], { $0.content = .chat([.init(role: "user", content: "hi")]) }, "no chat template"),
            ("pirate", [1], { _ in }, "there is no adapter pirate; there is base (toy-base), x"),
        ]
        for (adapter, prompt, change, reason) in cases {
            let stream = rig.submit(adapter, prompt, change)
            await rig.settle()
            let failure = try #require(await Answer(stream).failure)
            #expect(failure.contains(reason), "\(failure)")
        }
        // The base answers to its names.
        for name in ["base", "toy-base", "toy/Toy-Base"] {
            let stream = rig.submit(name, [1, 2])
            await rig.settle()
            #expect(await Answer(stream).tokens == rig.reference(nil, [1, 2], 8))
        }
        #expect(rig.loop.integrityFault() == nil)
    }

    @Test("Invariant 8: a sequence that outgrows the pool fails with the arithmetic, others live on")
    func tooLargeForPool() async throws {
        let rig = try Rig(pages: 20)
        let large = rig.submit(nil, [1], max: 150)
        let small = rig.submit(nil, [2], max: 10)
        await rig.settle()
        let failure = try #require(await Answer(large).failure)
        #expect(failure.contains("81 tokens need 21 pages of KV cache, the pool has 20"), "\(failure)")
        #expect(await Answer(small).tokens == rig.reference(nil, [2], 10))
        #expect(rig.loop.pool.kvCount == 0)
        #expect(rig.loop.integrityFault() == nil)
        #expect(throws: EngineRefusal.self) { try Rig(pages: 15) }
        do {
            _ = try Rig(pages: 3)
        } catch let refusal as EngineRefusal {
            #expect(
                refusal.reason.contains(
                    "has 3 pages of 256 bytes; one sequence of 64 tokens needs 16 pages, 4096 bytes"))
        }
    }
}

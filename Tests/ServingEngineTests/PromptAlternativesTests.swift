import DeckCore
import Testing

@testable import ServingEngine

/// The most likely tokens at each place of a prompt.
@Suite("Alternatives of prompts") struct PromptAlternativesTests {
    private static let prompt = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5]

    /// Each place's alternatives, in order; places that came twice are a fault.
    private func places(_ answer: Answer) -> [[TokenLogprob]] {
        var places: [[TokenLogprob]] = []
        for piece in answer.promptTops {
            #expect(piece.first == places.count + 1, "a place came twice, or out of turn")
            places += piece.tops
        }
        return places
    }

    @Test("They are what a prompt that ends there would generate, however the prompt is cut", arguments: [2, 4, 64])
    func everyPlace(rows: Int) async throws {
        let rig = try Rig(
            pages: 60,
            options: {
                $0.stepRows = rows
                $0.maxSequences = 2
            })
        let scored = rig.submit(nil, Self.prompt, max: 1) {
            $0.promptLogprobs = true
            $0.promptAlternatives = 3
        }
        await rig.settle()
        let answer = await Answer(scored)
        let places = places(answer)
        #expect(places.count == Self.prompt.count - 1)
        for (index, place) in places.enumerated() {
            let one = rig.submit(nil, Array(Self.prompt.prefix(index + 1)), max: 1) { $0.logprobs = 3 }
            await rig.settle()
            #expect(await Answer(one).tops == [place])
            // A likely token's value is the same to the bit, wherever it stands.
            let own = Self.prompt[index + 1]
            if let listed = place.first(where: { $0.token == own }) {
                #expect(listed.logprob == answer.promptLogprobs[index + 1])
            }
        }
        #expect(rig.loop.integrityFault() == nil)
    }

    @Test("A preempted prompt sends each place once")
    func preempted() async throws {
        let prompt = Array(0..<20)
        let rig = try Rig(pages: 18)
        let older = rig.submit(nil, [1, 2, 3], max: 30)
        let younger = rig.submit(nil, prompt, max: 30) {
            $0.promptLogprobs = true
            $0.promptAlternatives = 1
        }
        await rig.settle()
        let answer = await Answer(younger)
        #expect(await Answer(older).tokens.count == 30)
        #expect((answer.timeline?.preemptions ?? 0) > 0)
        #expect(places(answer).count == 19)
    }

    @Test("None are sent to who asked for none, and none are kept")
    func none() async throws {
        let rig = try Rig(pages: 60)
        for count in [nil, 0] as [Int?] {
            let stream = rig.submit(nil, Self.prompt, max: 2) {
                $0.promptLogprobs = true
                $0.promptAlternatives = count
            }
            await rig.settle()
            #expect(await Answer(stream).promptTops.isEmpty)
        }
    }

    @Test("A prompt alone, of one token, has no place that something came before")
    func oneToken() async throws {
        let rig = try Rig(pages: 60)
        let stream = rig.submit(nil, [7], max: 1) {
            $0.promptLogprobs = true
            $0.promptAlternatives = 5
        }
        await rig.settle()
        let answer = await Answer(stream)
        #expect(answer.promptTops.isEmpty && answer.promptLogprobs == [nil] && answer.tokens.count == 1)
    }

    @Test("More than twenty are refused with the number", arguments: [-1, 21, Int.max])
    func bounds(count: Int) async throws {
        let rig = try Rig(pages: 60)
        let stream = rig.submit(nil, Self.prompt) {
            $0.promptLogprobs = true
            $0.promptAlternatives = count
        }
        let answer = await Answer(stream)
        #expect(answer.failureKind == .invalid)
        #expect(answer.failure?.contains("0 to 20") == true && answer.failure?.contains("\(count)") == true)
    }
}

import DeckCore
import Foundation
import Testing

@testable import ServingEngine

@Suite("Sampling")
struct SamplerTests {
    private func parameters(_ change: (inout SamplingParameters) -> Void) -> SamplingParameters {
        var parameters = SamplingParameters()
        parameters.temperature = 1
        parameters.seed = 1
        change(&parameters)
        return parameters
    }

    private func kept(_ logits: [Float], _ change: (inout SamplingParameters) -> Void) -> Set<Int32> {
        var logits = logits
        let sampler = Sampler(parameters(change), prompt: [])
        return logits.withUnsafeMutableBufferPointer { buffer in
            Set(sampler.nucleus(buffer, peak: Sampler.argmax(buffer)!.logit).map(\.token))
        }
    }

    private func logs(_ probabilities: [Double]) -> [Float] { probabilities.map { Float(log($0)) } }

    @Test("Greedy takes the largest logit, the smaller id of equals, and no NaN")
    func greedy() {
        var sampler = Sampler(SamplingParameters(), prompt: [])
        var logits: [Float] = [1, 5, 5, -2]
        #expect(logits.withUnsafeMutableBufferPointer { sampler.choose($0) } == 1)
        logits = [.nan, 1]
        #expect(logits.withUnsafeMutableBufferPointer { sampler.choose($0) } == nil)
        logits = [-.infinity, -.infinity]
        #expect(logits.withUnsafeMutableBufferPointer { sampler.choose($0) } == nil)
    }

    @Test("Top-k, top-p and min-p keep the sets that their definitions name")
    func sets() {
        let logits = logs([0.1, 0.4, 0.05, 0.3, 0.15])
        #expect(kept(logits) { $0.topK = 2 } == [1, 3])
        #expect(kept(logits) { $0.topK = 99 } == [0, 1, 2, 3, 4])
        #expect(kept(logits) { $0.topP = 0.69 } == [1, 3])
        #expect(kept(logits) { $0.topP = 0.71 } == [1, 3, 4])
        #expect(kept(logits) { $0.topP = 0.01 } == [1])
        #expect(kept(logits) { $0.minP = 0.3 } == [1, 3, 4])
        // Of the two that top-k leaves, 0.4/0.7 is enough for top-p 0.5.
        #expect(
            kept(logits) {
                $0.topK = 2
                $0.topP = 0.5
            } == [1])
        // At a high temperature the same top-p keeps more.
        #expect(
            kept(logits) {
                $0.topP = 0.71
                $0.temperature = 10
            }.count == 4)
    }

    @Test("Top-p over a large vocabulary is the set that a full sort finds")
    func nucleusIsExact() {
        var random = SplitMix64(seed: 5)
        let logits = (0..<5_000).map { _ in Float(random.unit() * 12) }
        for topP in [0.1, 0.5, 0.9, 0.99] as [Float] {
            let weights = logits.map { exp(Double($0 - logits.max()!)) }
            let order = weights.indices.sorted { (weights[$1], $0) < (weights[$0], $1) }
            var sum = 0.0
            var expected: Set<Int32> = []
            for index in order {
                expected.insert(Int32(index))
                sum += weights[index]
                if sum >= Double(topP) * weights.reduce(0, +) { break }
            }
            #expect(kept(logits) { $0.topP = topP } == expected)
        }
    }

    @Test("Frequencies follow the distribution, tempered")
    func distribution() {
        let probabilities = [0.5, 0.25, 0.15, 0.1]
        for temperature in [1, 0.5] as [Float] {
            var sampler = Sampler(
                parameters {
                    $0.temperature = temperature
                    $0.seed = 42
                }, prompt: [])
            var counts = [0, 0, 0, 0]
            for _ in 0..<20_000 {
                var logits = logs(probabilities)
                counts[Int(logits.withUnsafeMutableBufferPointer { sampler.choose($0) }!)] += 1
            }
            let powers = probabilities.map { pow($0, 1 / Double(temperature)) }
            for (index, power) in powers.enumerated() {
                let expected = power / powers.reduce(0, +)
                // Five standard deviations.
                let tolerance = 5 * (expected * (1 - expected) / 20_000).squareRoot()
                #expect(abs(Double(counts[index]) / 20_000 - expected) < tolerance)
            }
        }
    }

    @Test("Penalties: repetition over prompt and answer, presence once, frequency per occurrence")
    func penalties() {
        var sampler = Sampler(
            parameters {
                $0.repetitionPenalty = 2
                $0.presencePenalty = 0.5
                $0.frequencyPenalty = 0.25
            }, prompt: [0, 1])
        sampler.accept(2)
        sampler.accept(2)
        var logits: [Float] = [4, -4, 4, 4]
        logits.withUnsafeMutableBufferPointer { sampler.penalise($0) }
        #expect(logits == [2, -8, 2 - 0.5 - 0.5, 4])
    }

    @Test(
        "Penalties that would take logits out of the range of numbers are refused, with the range",
        arguments: [1e-45, 0.009, 0, -1, 100.5, 1e30, .infinity, .nan] as [Float])
    func penaltiesOutOfRange(_ value: Float) {
        let repetition = Sampler.refusal(parameters { $0.repetitionPenalty = value })
        #expect(repetition?.contains(value.isFinite ? "between 0.01 and 100" : "finite") == true)
        guard !SamplingParameters.penalties.contains(value) else { return }
        #expect(Sampler.refusal(parameters { $0.presencePenalty = value }) != nil)
        #expect(Sampler.refusal(parameters { $0.frequencyPenalty = value }) != nil)
    }

    @Test("Penalties at their bounds leave logits that are numbers", arguments: [0.01, 1, 100] as [Float])
    func penaltiesAtBounds(_ value: Float) {
        let chosen = parameters {
            $0.repetitionPenalty = value
            $0.presencePenalty = -100
            $0.frequencyPenalty = 100
        }
        #expect(Sampler.refusal(chosen) == nil)
        var sampler = Sampler(chosen, prompt: [0, 1])
        for _ in 0..<100_000 { sampler.accept(2) }
        var logits: [Float] = [1e4, -1e4, 1e4, 4]
        logits.withUnsafeMutableBufferPointer { sampler.penalise($0) }
        #expect(logits.allSatisfy { $0.isFinite })
    }

    @Test("Log-probabilities are those of a softmax, and survive huge logits")
    func logProbabilities() {
        var logits: [Float] = [1000, 999, -1000, 1000]
        logits.withUnsafeMutableBufferPointer { buffer in
            let values = LogProbabilities(buffer)
            let sum = 2 + exp(-1.0)
            #expect(abs(Double(values[0]) + log(sum)) < 1e-5)
            #expect(abs(Double(values[1]) + 1 + log(sum)) < 1e-4)
            #expect(values.top(3).map(\.token) == [0, 3, 1])
            #expect(values.divergence(to: values) == 0)
        }
        var first = logs([0.5, 0.5])
        var second = logs([0.9, 0.1])
        let divergence = first.withUnsafeMutableBufferPointer { first in
            second.withUnsafeMutableBufferPointer { second in
                LogProbabilities(first).divergence(to: LogProbabilities(second))
            }
        }
        #expect(abs(divergence - (0.5 * log(0.5 / 0.9) + 0.5 * log(0.5 / 0.1))) < 1e-6)
    }

    @Test("The best few of many are those of a full sort")
    func best() {
        var random = SplitMix64(seed: 9)
        var logits = (0..<3_000).map { _ in Float(Int(random.unit() * 50)) }
        let sorted = logits.indices.sorted { (logits[$1], $0) < (logits[$0], $1) }
        for count in [0, 1, 7, 100, 3_000, 4_000] {
            let best = logits.withUnsafeMutableBufferPointer { Candidates.best(count, of: $0) }
            #expect(best.map { Int($0.token) } == Array(sorted.prefix(count)))
        }
    }
}

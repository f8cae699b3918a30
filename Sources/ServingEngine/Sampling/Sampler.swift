import CKernels
import DeckCore
import Foundation

/// Chooses one sequence's next tokens. Its random stream and its counts are its own: the result depends on the logits and
/// the seed, never on the batch.
struct Sampler: Sendable {
    let parameters: SamplingParameters
    private var random: SplitMix64
    /// How often each token was generated.
    private var generated: [Int32: Int] = [:]
    /// Tokens of the prompt and generated ones, for the repetition penalty; empty while that is off.
    private var seen: Set<Int32> = []

    init(_ parameters: SamplingParameters, prompt: [Int32]) {
        self.parameters = parameters
        random = SplitMix64(seed: parameters.seed ?? UInt64.random(in: .min ... .max))
        if parameters.repetitionPenalty != 1 { seen = Set(prompt) }
    }

    /// What is wrong with the parameters, in words; nil when nothing is.
    static func refusal(_ parameters: SamplingParameters) -> String? {
        let finite = [
            parameters.temperature, parameters.topP, parameters.minP, parameters.repetitionPenalty,
            parameters.presencePenalty, parameters.frequencyPenalty,
        ].allSatisfy(\.isFinite)
        guard finite else { return "sampling parameters must be finite numbers" }
        if parameters.temperature < 0 {
            return "temperature must be at least 0, not \(parameters.temperature)"
        }
        if parameters.topK < 0 { return "top_k must be at least 0, not \(parameters.topK)" }
        if !(parameters.topP > 0 && parameters.topP <= 1) {
            return "top_p must be above 0 and at most 1, not \(parameters.topP)"
        }
        if !(0...1).contains(parameters.minP) {
            return "min_p must be between 0 and 1, not \(parameters.minP)"
        }
        if !SamplingParameters.repetitionPenalties.contains(parameters.repetitionPenalty) {
            return "repetition_penalty must be between 0.01 and 100, not \(parameters.repetitionPenalty)"
        }
        for (name, penalty) in [
            ("presence_penalty", parameters.presencePenalty), ("frequency_penalty", parameters.frequencyPenalty),
        ] where !SamplingParameters.penalties.contains(penalty) {
            return "\(name) must be between -100 and 100, not \(penalty)"
        }
        if let (token, bias) = parameters.logitBias.first(where: { !(-100...100).contains($0.value) }) {
            return "logit_bias must be between -100 and 100, not \(bias) for token \(token)"
        }
        return nil
    }

    /// Counts a token as generated.
    mutating func accept(_ token: Int32) {
        generated[token, default: 0] += 1
        if parameters.repetitionPenalty != 1 { seen.insert(token) }
    }

    /// Chooses the next token; may change the logits. Nil when no logit is a finite number.
    /// The order is vLLM's: penalties, temperature, min-p, top-k, top-p.
    mutating func choose(_ logits: UnsafeMutableBufferPointer<Float>) -> Int32? {
        penalise(logits)
        guard let best = Self.argmax(logits) else { return nil }
        if parameters.temperature == 0 { return best.token }
        let keepsAll = (parameters.topK <= 0 || parameters.topK >= logits.count) && parameters.topP >= 1
        if keepsAll, parameters.minP == 0 { return draw(from: logits, best) }
        return draw(nucleus(logits, peak: best.logit))
    }

    /// Adds, subtracts and divides what the request's bias and penalties say.
    func penalise(_ logits: UnsafeMutableBufferPointer<Float>) {
        for (token, bias) in parameters.logitBias where logits.indices.contains(token) { logits[token] += bias }
        for token in seen {
            let value = logits[Int(token)]
            logits[Int(token)] =
                value > 0 ? value / parameters.repetitionPenalty : value * parameters.repetitionPenalty
        }
        guard parameters.presencePenalty != 0 || parameters.frequencyPenalty != 0 else { return }
        for (token, count) in generated {
            logits[Int(token)] -= parameters.presencePenalty + parameters.frequencyPenalty * Float(count)
        }
    }

    /// The most likely token; the smallest id of equals. Nil when a logit is not a number or none is finite.
    static func argmax(_ logits: UnsafeMutableBufferPointer<Float>) -> Candidate? {
        guard let start = logits.baseAddress else { return nil }
        let index = deck_largest(start, logits.count)
        return index >= 0 ? Candidate(token: Int32(index), logit: start[index]) : nil
    }

    /// The tokens that min-p, top-k and top-p leave, with weights exp((logit - peak) / temperature).
    func nucleus(_ logits: UnsafeMutableBufferPointer<Float>, peak: Float) -> [(
        token: Int32, weight: Double
    )] {
        let scale = 1 / Double(parameters.temperature)
        func weight(_ logit: Float) -> Double { exp(Double(logit - peak) * scale) }
        let minP = Double(parameters.minP)
        let total: Double
        var kept: [(token: Int32, weight: Double)]
        if parameters.topK > 0, parameters.topK < logits.count {
            kept = Candidates.best(parameters.topK, of: logits).map { ($0.token, weight($0.logit)) }
            // The peak's weight is 1, so min-p's share of it is the weight itself.
            kept.removeAll { $0.weight < minP }
            guard parameters.topP < 1 else { return kept }
            total = kept.reduce(0) { $0 + $1.weight }
        } else {
            guard let start = logits.baseAddress else { return [] }
            total = deck_exponentials(
                start, logits.count, peak, min(Float(scale), .greatestFiniteMagnitude), parameters.minP, nil
            )
            // Tokens below this together weigh less than what top-p leaves out, so the nucleus is among the others: only
            // those are kept and sorted.
            let floor = max(minP, (1 - Double(parameters.topP)) * total / Double(logits.count))
            // A little lower, because the comparison that counts is that of the weights.
            let lowest = Float(Double(peak) + log(floor) / scale - 1e-3)
            kept = []
            for token in 0..<logits.count where logits[token] >= lowest {
                let weight = weight(logits[token])
                if weight >= floor { kept.append((Int32(token), weight)) }
            }
            guard parameters.topP < 1 else { return kept }
        }
        let target = Double(parameters.topP) * total
        kept.sort { $0.weight != $1.weight ? $0.weight > $1.weight : $0.token < $1.token }
        var sum = 0.0
        for (index, candidate) in kept.enumerated() {
            sum += candidate.weight
            if sum >= target { return Array(kept[...index]) }
        }
        return kept
    }

    /// Draws from the whole vocabulary, whose logits become weights where they stand: nothing is allocated.
    private mutating func draw(from logits: UnsafeMutableBufferPointer<Float>, _ best: Candidate)
        -> Int32
    {
        guard let start = logits.baseAddress else { return best.token }
        // Finite, because the peak is multiplied by it too.
        let factor = min(1 / parameters.temperature, .greatestFiniteMagnitude)
        var point =
            random.unit()
            * deck_exponentials(start, logits.count, best.logit, factor, 0, start)
        for token in 0..<logits.count {
            point -= Double(start[token])
            if point < 0 { return Int32(token) }
        }
        // Rounding left the point past the last weight.
        return best.token
    }

    private mutating func draw(_ kept: [(token: Int32, weight: Double)]) -> Int32 {
        let total = kept.reduce(0) { $0 + $1.weight }
        var point = random.unit() * total
        for candidate in kept {
            point -= candidate.weight
            if point < 0 { return candidate.token }
        }
        // Rounding left the point past the last weight.
        return kept.last { $0.weight > 0 }?.token ?? kept[0].token
    }
}

import DeckCore
import Foundation

/// How close answers are to the oracle's, over all positions of all cases.
struct Agreement {
    private(set) var positions = 0
    private(set) var topEqual = 0
    private(set) var divergence = 0.0
    private(set) var worstLogprob: Float = 0
    /// Where the most likely token differs although the oracle is sure.
    private(set) var faults: [String] = []

    /// Adds one teacher-forced answer: at each position the model's own distribution given the oracle's tokens before.
    mutating func add(_ answer: Answer, to golden: SmolLM2Golden.Case, name: String) {
        guard answer.failure == nil, answer.top.count == golden.greedyIDs.count else {
            faults.append("\(name): \(answer.failure ?? "only \(answer.top.count) positions")")
            return
        }
        for (position, listed) in golden.top.enumerated() {
            let ours = Dictionary(
                answer.top[position].map { ($0.token, $0.logprob) }, uniquingKeysWith: { first, _ in first })
            positions += 1
            if answer.top[position].first?.token == golden.greedyIDs[position] {
                topEqual += 1
            } else if !golden.isTie(at: position) {
                faults.append("\(name) position \(position): \(answer.top[position].first?.token ?? -1)")
            }
            for (id, logprob) in listed {
                guard let mine = ours[id] else {
                    worstLogprob = .infinity
                    continue
                }
                worstLogprob = max(worstLogprob, abs(mine - logprob))
                divergence += Double(exp(logprob) * (logprob - mine))
            }
        }
        for (index, expected) in golden.promptLogprobs.enumerated() where !answer.promptLogprobs.isEmpty {
            guard let expected else { continue }
            guard index < answer.promptLogprobs.count, let mine = answer.promptLogprobs[index] else {
                faults.append("\(name): no log-probability for prompt token \(index)")
                return
            }
            worstLogprob = max(worstLogprob, abs(mine - expected))
        }
    }

    var topShare: Double { Double(topEqual) / Double(max(1, positions)) }
    /// Mean KL(oracle, ours) over the listed tokens, a position.
    var meanDivergence: Double { divergence / Double(max(1, positions)) }
}

import Foundation
import Testing

/// A golden file's cases.
struct OracleFile: Decodable {
    struct Case: Decodable {
        let adapter: String?
        let promptIDs: [Int]
        let greedyIDs: [Int]
        /// Of each greedy token's position: [id, natural-log probability], most likely first
        let topLogprobs: [[[Float]]]

        enum CodingKeys: String, CodingKey {
            case adapter
            case promptIDs = "prompt_ids"
            case greedyIDs = "greedy_ids"
            case topLogprobs = "top_logprobs"
        }
    }

    let cases: [Case]
}

/// Holds distributions to the bars of `Goldens/README.md`.
struct Comparison {
    private(set) var positions = 0
    private(set) var sameTop = 0
    private var divergence = 0.0
    /// Largest distance of a listed log-probability.
    private(set) var worst: Float = 0
    /// Positions whose most likely token differs although the oracle's two best are not closer than 0.01 nat.
    private(set) var wrongTokens = 0

    var meanDivergence: Double { divergence / Double(max(1, positions)) }
    var sameTopShare: Double { Double(sameTop) / Double(max(1, positions)) }

    mutating func add(_ ours: [[Float]], _ oracle: OracleFile.Case) {
        #expect(ours.count == oracle.greedyIDs.count)
        for (index, distribution) in ours.enumerated() {
            let listed = oracle.topLogprobs[index]
            let top = distribution.indices.max { distribution[$0] < distribution[$1] }
            positions += 1
            if top == oracle.greedyIDs[index] {
                sameTop += 1
            } else if listed[0][1] - listed[1][1] >= 0.01 {
                wrongTokens += 1
            }
            for pair in listed {
                let mine = distribution[Int(pair[0])]
                // NaN must count as far.
                if !(abs(mine - pair[1]) <= worst) { worst = mine.isNaN ? .infinity : abs(mine - pair[1]) }
                divergence += Double(exp(pair[1]) * (pair[1] - mine))
            }
        }
    }

    func expectExact(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(positions > 0, sourceLocation: sourceLocation)
        #expect(wrongTokens == 0, sourceLocation: sourceLocation)
        #expect(worst <= 0.02, sourceLocation: sourceLocation)
    }

    func expectClose(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(positions > 0, sourceLocation: sourceLocation)
        #expect(sameTopShare >= 0.98, sourceLocation: sourceLocation)
        #expect(meanDivergence <= 0.005, sourceLocation: sourceLocation)
    }
}

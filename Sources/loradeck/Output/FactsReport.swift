import DeckCore

/// What an adapter's file says of itself, as JSON and tables show it.
struct FactsReport: Encodable {
    let format: String
    let declaredBase: String?
    let verdict: String
    /// Why the verdict is not `verified`.
    let reason: String?
    let smallestRank: Int
    let largestRank: Int
    let alpha: Double
    let smallestScale: Double
    let largestScale: Double
    let targets: [String]
    let modules: Int
    let fileBytes: Int

    init(_ facts: AdapterFacts) {
        format = facts.format
        declaredBase = facts.declaredBase
        verdict = facts.verdict.word
        reason =
            switch facts.verdict {
            case .verified: nil
            case .unverified(let reason), .overridden(let reason): reason
            }
        smallestRank = facts.ranks.lowerBound
        largestRank = facts.ranks.upperBound
        alpha = facts.alpha
        smallestScale = facts.scales.lowerBound
        largestScale = facts.scales.upperBound
        targets = facts.targets
        modules = facts.moduleCount
        fileBytes = facts.fileBytes
    }

    var rankText: String { smallestRank == largestRank ? "\(smallestRank)" : "\(smallestRank)-\(largestRank)" }

    private enum CodingKeys: String, CodingKey {
        case format, verdict, reason, alpha, targets, modules
        case declaredBase = "declared_base"
        case smallestRank = "rank_min"
        case largestRank = "rank_max"
        case smallestScale = "scale_min"
        case largestScale = "scale_max"
        case fileBytes = "file_bytes"
    }
}

/// GreedyDual-Size-Frequency (Cherkasova 1998): one price for everything that eviction could take, adapters and cached
/// prefixes alike. What is worth the fewest seconds a page leaves first, and the clock, which is the worth of what left
/// last, ages what nobody asks for any more.
struct EvictionPolicy: Sendable {
    /// The largest priority that anything evicted had.
    private(set) var clock = 0.0
    /// Measured seconds that one prompt token takes to compute; nil before the first step.
    private(set) var secondsPerToken: Double?
    private var uses: UInt64 = 0

    /// What content is worth, in seconds a page: `frequency` uses, each of which would cost `seconds` without it.
    func priority(frequency: Int, seconds: Double, pages: Int) -> Double {
        clock + Double(frequency) * seconds / Double(max(1, pages))
    }

    /// The rank of content that is used now.
    mutating func rank(frequency: Int, seconds: Double, pages: Int) -> EvictionRank {
        uses += 1
        return EvictionRank(
            priority: priority(frequency: frequency, seconds: seconds, pages: pages), order: uses)
    }

    /// Something left.
    mutating func evicted(_ rank: EvictionRank) { clock = max(clock, rank.priority) }

    /// A step computed `promptRows` of its `rows` for prompts. Steps that mostly decode say little about prompts.
    mutating func measured(promptRows: Int, rows: Int, seconds: Double) {
        guard promptRows > 0, promptRows * 2 >= rows || secondsPerToken == nil else { return }
        let sample = seconds / Double(rows)
        secondsPerToken = secondsPerToken.map { $0 + (sample - $0) / 8 } ?? sample
    }
}

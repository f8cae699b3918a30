import DeckCore

/// What the steps of a run computed and read, and how fast that was: the run's place under the machine's roof
/// (Williams, Waterman and Patterson, 2009).
public struct StepFigures: Hashable, Sendable, Codable {
    public let steps: Int
    /// Time inside steps.
    public let seconds: Double
    public let rowsPerStep: Double
    /// 2 x weights x rows, of base and adapters; attention is left out.
    public let gigaflopsPerSecond: Double
    /// Weights of the base (as its file stores them) and of the step's adapters, once a step, and KV, once a row.
    public let gigabytesPerSecond: Double
    /// Summed over all steps, in seconds; nil where a step does not say.
    public let parts: StepParts?

    /// Nil when no step ran. `records` tell how long the sequences were, which steps do not.
    init?(_ sums: StepSums, records: [RequestRecord], cost: ModelCost) {
        guard sums.seconds > 0 else { return nil }
        // A generated token reads the KV of all before it; blocks of prompt rows read theirs about once.
        let keys = records.reduce(0.0) { sum, record in
            let generated = Double(record.outputTokens)
            return sum + generated * (Double(record.promptTokens) + generated / 2)
        }
        steps = sums.steps
        seconds = sums.seconds
        rowsPerStep = Double(sums.rows) / Double(sums.steps)
        gigaflopsPerSecond = 2 * sums.products / sums.seconds * 1e-9
        gigabytesPerSecond = (sums.bytes + keys * Double(cost.kvBytesPerToken)) / sums.seconds * 1e-9
        parts = sums.parts
    }

    /// One part of the steps' time, in 0...1.
    public func share(_ part: KeyPath<StepParts, Double>) -> Double? { parts.map { $0[keyPath: part] / seconds } }

    private enum CodingKeys: String, CodingKey {
        case steps, seconds, parts
        case rowsPerStep = "rows_per_step"
        case gigaflopsPerSecond = "gflops"
        case gigabytesPerSecond = "gigabytes_per_second"
    }
}

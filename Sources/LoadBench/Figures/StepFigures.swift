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
    public init?(_ steps: [StepSnapshot], records: [RequestRecord], cost: ModelCost) {
        let seconds = steps.reduce(0) { $0 + $1.seconds }
        guard seconds > 0 else { return nil }
        var products = 0.0
        var bytes = 0.0
        var rows = 0
        for step in steps {
            rows += step.rows
            // Each decode row is sampled from; of a prompt one row is, which is little.
            products += Double(step.rows * cost.layerWeights + step.decodeRows * cost.headWeights)
            bytes += Double(cost.layerBytes + (step.decodeRows > 0 ? cost.headBytes : 0))
            for segment in step.segments {
                guard let name = segment.adapter, let values = cost.adapterValues[name] else { continue }
                products += Double(values * segment.rows)
                bytes += Double(values * cost.elementBytes)
            }
        }
        // A generated token reads the KV of all before it; blocks of prompt rows read theirs about once.
        let keys = records.reduce(0.0) { sum, record in
            let generated = Double(record.outputTokens)
            return sum + generated * (Double(record.promptTokens) + generated / 2)
        }
        bytes += keys * Double(cost.kvBytesPerToken)
        self.steps = steps.count
        self.seconds = seconds
        rowsPerStep = Double(rows) / Double(steps.count)
        gigaflopsPerSecond = 2 * products / seconds * 1e-9
        gigabytesPerSecond = bytes / seconds * 1e-9
        parts = Self.sum(steps.map(\.parts))
    }

    /// One part of the steps' time, in 0...1.
    public func share(_ part: KeyPath<StepParts, Double>) -> Double? { parts.map { $0[keyPath: part] / seconds } }

    private static func sum(_ parts: [StepParts?]) -> StepParts? {
        let known = parts.compactMap { $0 }
        guard known.count == parts.count else { return nil }
        func total(_ part: KeyPath<StepParts, Double>) -> Double { known.reduce(0) { $0 + $1[keyPath: part] } }
        return StepParts(
            base: total(\.base), adapters: total(\.adapters), attention: total(\.attention),
            sampling: total(\.sampling), other: total(\.other))
    }

    private enum CodingKeys: String, CodingKey {
        case steps, seconds, parts
        case rowsPerStep = "rows_per_step"
        case gigaflopsPerSecond = "gflops"
        case gigabytesPerSecond = "gigabytes_per_second"
    }
}

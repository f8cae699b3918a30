import DeckCore

/// Steps added up one by one: an hour's run keeps no more of them than a second's.
struct StepSums: Sendable {
    private let cost: ModelCost
    private(set) var steps = 0
    private(set) var seconds = 0.0
    private(set) var rows = 0
    /// Multiplications with weights, of base and adapters.
    private(set) var products = 0.0
    /// Bytes of weights that were read.
    private(set) var bytes = 0.0
    /// Nil once a step did not say.
    private(set) var parts: StepParts? = .zero

    init(_ cost: ModelCost) { self.cost = cost }

    mutating func add(_ step: StepSnapshot) {
        steps += 1
        seconds += step.seconds
        rows += step.rows
        // Each decode row is sampled from; of a prompt one row is, which is little.
        products += Double(step.rows * cost.layerWeights + step.decodeRows * cost.headWeights)
        bytes += Double(cost.layerBytes + (step.decodeRows > 0 ? cost.headBytes : 0))
        for segment in step.segments {
            guard let name = segment.adapter, let values = cost.adapterValues[name] else { continue }
            products += Double(values * segment.rows)
            bytes += Double(values * cost.elementBytes)
        }
        parts = parts.flatMap { sum in step.parts.map { sum + $0 } }
    }
}

import DeckCore

/// Everything that can be told of an adapter without running it: what `loradeck adapters inspect` and `verify` print.
public struct AdapterInspection: Hashable, Sendable {
    /// One adapted module.
    public struct Module: Hashable, Sendable {
        /// The module's path, such as `model.layers.3.self_attn.q_proj`.
        public let path: String
        public let rank: Int
        /// Width of A's rows.
        public let inputSize: Int
        /// Height of B.
        public let outputSize: Int
        public let scale: Float
        /// ‖scale·B·A‖, Frobenius.
        public let norm: Double
    }

    public let facts: AdapterFacts
    /// Identity of the content.
    public let digest: Digest
    /// In layer order, then module order.
    public let modules: [Module]
    /// The same as the engine places them.
    public let shapes: [LoRAShape]
    /// Linear modules of the base that an adapter could change.
    public let modulesTotal: Int
    /// Values in A and B together.
    public let parameterCount: Int
    /// Remarks that are no refusals.
    public let notes: [String]

    /// The largest norm over all modules.
    public var largestNorm: Double { modules.map(\.norm).max() ?? 0 }

    init(_ adapter: StoredAdapter, modulesTotal: Int) throws(AdapterRefusal) {
        var norms: [Double] = []
        do {
            digest = try adapter.read { index, a, b in
                let shape = adapter.shapes[index]
                norms.append(
                    updateNorm(
                        a: a, b: b, rank: shape.rank, in: shape.inputSize, out: shape.outputSize, scale: shape.scale))
            }
        } catch let refusal as AdapterRefusal {
            throw refusal
        } catch {
            throw AdapterRefusal("\(error)")
        }
        facts = adapter.facts
        modules = zip(adapter.shapes, norms).map { shape, norm in
            Module(
                path: shape.module.path(layer: shape.layer), rank: shape.rank, inputSize: shape.inputSize,
                outputSize: shape.outputSize, scale: shape.scale, norm: norm)
        }
        shapes = adapter.shapes
        self.modulesTotal = modulesTotal
        parameterCount = adapter.shapes.reduce(0) { $0 + $1.rank * ($1.inputSize + $1.outputSize) }
        notes =
            adapter.notes
            + (norms.allSatisfy { $0 == 0 }
                ? ["every update is zero: the adapter changes nothing (was it trained?)"] : [])
    }
}

/// One linear layer of the base.
struct ModuleKey: Hashable, Comparable, Sendable {
    let layer: Int
    let module: LinearModule

    var path: String { module.path(layer: layer) }

    static func < (left: ModuleKey, right: ModuleKey) -> Bool {
        (left.layer, left.module) < (right.layer, right.module)
    }
}

/// The tensors of one module as they were found; either may be missing until the plan is made.
struct FoundPair {
    var a: TensorView?
    var b: TensorView?
}

/// A tensor's place in the weights file. Quantised types are decoded when they are read.
struct StoredTensor: Hashable, Sendable {
    let name: String
    let type: TensorType
    /// From the start of the file, in bytes.
    let offset: Int
    let byteCount: Int

    init(_ view: TensorView, in file: MappedFile) {
        name = view.name
        type = view.type
        byteCount = view.bytes.count
        // An empty tensor has no address; the plan refuses those.
        offset = view.bytes.baseAddress.flatMap { start in file.bytes.baseAddress.map { start - $0 } } ?? 0
    }
}

extension StoredTensor {
    /// What `count` values take once they are decoded; 0 for a type that is handed on as it is stored.
    func decodedBytes(of count: Int) -> Int { type.blockValues == 1 ? 0 : count * MemoryLayout<Float>.stride }
}

/// One adapted module: its shape, and where its A [rank, input] and B [output, rank] stand.
struct StoredModule: Sendable {
    let shape: LoRAShape
    /// Before rounding to the shape's Float.
    let scale: Double
    let a: StoredTensor
    let b: StoredTensor
    let rows: RowOrder
}

/// Something in the file that this base has no place for. The reader adds whose base it is.
struct BaseMisfit: Error {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Turns the tensors that were found into checked modules (invariants 4 and 5).
struct AdapterPlanner {
    let config: ModelConfig
    let file: MappedFile
    /// How the file pairs the dimensions of a head.
    let stored: RotaryConfig.Pairing

    /// Checks every pair in model order. `rank` is what the configuration wants, or nil where the file itself decides;
    /// `scale` is computed from the rank.
    func modules(
        _ pairs: [ModuleKey: FoundPair], rank: (ModuleKey) throws -> Int?, scale: (ModuleKey, Int) throws -> Double
    ) throws -> [StoredModule] {
        var modules: [StoredModule] = []
        for key in pairs.keys.sorted() {
            guard let pair = pairs[key] else { continue }
            guard let a = pair.a else { throw missing("A", besides: pair.b, key) }
            guard let b = pair.b else { throw missing("B", besides: pair.a, key) }
            let input = key.module.inputSize(config)
            let output = key.module.outputSize(config)
            let wanted = try rank(key)
            let rank = wanted ?? b.columns
            guard a.shape.count == 2, a.columns == input else { throw misfit(a, [rank, input]) }
            guard b.shape.count == 2, b.rows == output else { throw misfit(b, [output, rank]) }
            for (tensor, found) in [(a, a.rows), (b, b.columns)] where found != rank {
                throw AdapterRefusal(
                    wanted == nil
                        ? "\(a.name) has rank \(a.rows), but \(b.name) has rank \(b.columns)"
                        : "\(tensor.name) is \(tensor.shape), rank \(found), but the configuration says rank \(rank)")
            }
            guard (1...PEFTConfig.largestRank).contains(rank) else {
                throw AdapterRefusal("\(b.name) has rank \(rank); a rank is from 1 to \(PEFTConfig.largestRank)")
            }
            let scale = try scale(key, rank)
            guard Float(scale).isFinite, Float(scale) != 0 else {
                throw AdapterRefusal("the scale of \(key.path) is \(scale), which cannot be applied")
            }
            modules.append(
                StoredModule(
                    shape: LoRAShape(
                        layer: key.layer, module: key.module, rank: rank, inputSize: input, outputSize: output,
                        scale: Float(scale)),
                    scale: scale, a: StoredTensor(a, in: file), b: StoredTensor(b, in: file),
                    rows: RowOrder(
                        key.module, stored: stored, wanted: config.rotary.pairing, headSize: config.headSize)))
        }
        return modules
    }

    private func missing(_ half: String, besides other: TensorView?, _ key: ModuleKey) -> AdapterRefusal {
        AdapterRefusal("half of a pair is missing: there is \(other?.name ?? key.path), but no \(half) for \(key.path)")
    }

    private func misfit(_ tensor: TensorView, _ expected: [Int]) -> BaseMisfit {
        BaseMisfit("\(tensor.name) is \(tensor.shape), expected \(expected)")
    }
}

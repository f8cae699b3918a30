import CKernels
import ModelFiles

/// Why a model cannot be run. The text is for a person.
public struct UnfitModel: Error, Hashable, Sendable, CustomStringConvertible {
    public let reason: String

    public init(_ reason: String) { self.reason = reason }

    public var description: String { reason }
}

/// One transformer block's weights.
struct LayerWeights: Sendable {
    /// By `LinearModule.rawValue`
    var matrices: [WeightMatrix]
    /// By `LinearModule.rawValue`: where the bias stands among the small vectors, or nil
    let biases: [Int?]
    let attentionNorm: Int
    let feedForwardNorm: Int
    let queryNorm: Int?
    let keyNorm: Int?
}

/// A base model, ready to be multiplied with: matrices where they stand in the file or repacked, and the small vectors
/// (norms and biases) decoded to f32.
final class ModelWeights: Sendable {
    let config: ModelConfig
    let embedding: WeightMatrix
    let outputHead: WeightMatrix
    let outputNorm: Int
    let layers: [LayerWeights]
    private let vectors: [Float]
    /// Keeps the mapped file alive, which the matrices name.
    private let views: [TensorView]
    /// Keeps repacked matrices alive.
    private let arena: PackedArena?

    /// With `instructions`, quantised matrices are repacked for integer products on those, by the team.
    init(_ source: any WeightSource, packedFor instructions: deck_instructions?, by team: WorkerTeam) throws(UnfitModel)
    {
        let config = source.config
        try Self.check(config)
        var collector = Collector(source: source)
        embedding = try collector.matrix(.embedding, rows: config.vocabularySize, columns: config.hiddenSize)
        var outputHead = try collector.matrix(.outputHead, rows: config.vocabularySize, columns: config.hiddenSize)
        outputNorm = try collector.vector(.outputNorm, count: config.hiddenSize)
        var layers: [LayerWeights] = []
        for layer in 0..<config.layerCount { layers.append(try collector.layer(layer, config)) }
        arena = instructions.flatMap { Self.pack(&layers, &outputHead, for: $0, on: team) }
        self.layers = layers
        self.outputHead = outputHead
        self.config = config
        vectors = collector.vectors
        views = collector.views
    }

    /// Calls `body` with the small vectors' memory; norms and biases are offsets into it.
    func withVectors<Result>(_ body: (UnsafePointer<Float>) -> Result) -> Result {
        vectors.withUnsafeBufferPointer { body($0.baseAddress!) }
    }

    /// Whether any matrix takes quantised activations.
    var isPacked: Bool { arena != nil }

    /// The embedding stays in the file: one of its rows is read a token.
    private static func pack(
        _ layers: inout [LayerWeights], _ outputHead: inout WeightMatrix, for instructions: deck_instructions,
        on team: WorkerTeam
    ) -> PackedArena? {
        var matrices = layers.flatMap(\.matrices) + [outputHead]
        let arena = PackedArena.pack(&matrices, for: instructions, on: team)
        let perLayer = LinearModule.allCases.count
        for layer in layers.indices {
            layers[layer].matrices = Array(matrices[layer * perLayer..<(layer + 1) * perLayer])
        }
        outputHead = matrices[matrices.count - 1]
        return arena
    }

    private static func check(_ config: ModelConfig) throws(UnfitModel) {
        let sizes = [
            config.layerCount, config.hiddenSize, config.headCount, config.kvHeadCount, config.headSize,
            config.feedForwardSize, config.vocabularySize, config.contextLength,
        ]
        guard sizes.allSatisfy({ $0 > 0 }) else { throw UnfitModel("the model's configuration has a size of zero") }
        guard config.headCount % config.kvHeadCount == 0 else {
            throw UnfitModel("\(config.headCount) heads cannot share \(config.kvHeadCount) key-value heads evenly")
        }
        guard config.headSize % 2 == 0 else {
            throw UnfitModel("a head has \(config.headSize) dimensions; rotary positions need an even number")
        }
        if case .divisors(let divisors) = config.rotary.scaling, divisors.count != config.headSize / 2 {
            throw UnfitModel("\(divisors.count) rotary divisors for \(config.headSize / 2) pairs of dimensions")
        }
    }

    /// Looks tensors up and remembers what must be kept.
    private struct Collector {
        let source: any WeightSource
        var vectors: [Float] = []
        var views: [TensorView] = []

        mutating func layer(_ layer: Int, _ config: ModelConfig) throws(UnfitModel) -> LayerWeights {
            var matrices: [WeightMatrix] = []
            var biases: [Int?] = []
            for module in LinearModule.allCases {
                let rows = module.outputSize(config)
                matrices.append(
                    try matrix(.weight(module, layer: layer), rows: rows, columns: module.inputSize(config)))
                biases.append(try optionalVector(.bias(module, layer: layer), count: rows))
            }
            return LayerWeights(
                matrices: matrices, biases: biases,
                attentionNorm: try vector(.attentionNorm(layer: layer), count: config.hiddenSize),
                feedForwardNorm: try vector(.feedForwardNorm(layer: layer), count: config.hiddenSize),
                queryNorm: try optionalVector(.queryNorm(layer: layer), count: config.headSize),
                keyNorm: try optionalVector(.keyNorm(layer: layer), count: config.headSize))
        }

        mutating func matrix(_ role: TensorRole, rows: Int, columns: Int) throws(UnfitModel) -> WeightMatrix {
            guard let view = source.tensor(role) else { throw UnfitModel("the model has no \(Self.name(role))") }
            guard view.shape == [rows, columns] else {
                throw UnfitModel("\(view.name) is \(view.shape), the model's configuration wants [\(rows), \(columns)]")
            }
            guard columns % view.type.blockValues == 0 else {
                throw UnfitModel("\(view.name): rows of \(columns) values do not fill blocks of \(view.type)")
            }
            guard let matrix = WeightMatrix(view), view.bytes.count >= rows * view.rowBytes else {
                throw UnfitModel("\(view.name) is cut short")
            }
            views.append(view)
            return matrix
        }

        private static func name(_ role: TensorRole) -> String {
            switch role {
            case .embedding: "token embedding"
            case .outputHead: "output head"
            case .outputNorm: "output norm"
            case .attentionNorm(let layer): "attention norm in layer \(layer)"
            case .feedForwardNorm(let layer): "feed-forward norm in layer \(layer)"
            case .queryNorm(let layer): "query norm in layer \(layer)"
            case .keyNorm(let layer): "key norm in layer \(layer)"
            case .weight(let module, let layer): "\(module.path(layer: layer)).weight"
            case .bias(let module, let layer): "\(module.path(layer: layer)).bias"
            }
        }

        mutating func vector(_ role: TensorRole, count: Int) throws(UnfitModel) -> Int {
            guard let offset = try optionalVector(role, count: count) else {
                throw UnfitModel("the model has no \(Self.name(role))")
            }
            return offset
        }

        mutating func optionalVector(_ role: TensorRole, count: Int) throws(UnfitModel) -> Int? {
            guard let view = source.tensor(role) else { return nil }
            guard view.shape.reduce(1, *) == count, let address = view.bytes.baseAddress,
                count % view.type.blockValues == 0,
                view.bytes.count >= count / view.type.blockValues * view.type.blockBytes
            else { throw UnfitModel("\(view.name) is \(view.shape), the model's configuration wants [\(count)]") }
            let offset = vectors.count
            vectors.append(contentsOf: repeatElement(0, count: count))
            vectors.withUnsafeMutableBufferPointer { buffer in
                _ = deck_decode(view.type.rawValue, address, count, buffer.baseAddress! + offset)
            }
            return offset
        }
    }
}

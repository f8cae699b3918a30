import ModelFiles

/// What one row, and one step, of a base model cost: multiplications and bytes.
public struct ModelCost: Sendable {
    /// Weights in the linear layers of all blocks; each is multiplied once a row.
    public let layerWeights: Int
    /// Weights of the output head; multiplied for rows that a token is sampled from.
    public let headWeights: Int
    /// Their bytes as the model's file stores them.
    public let layerBytes: Int
    public let headBytes: Int
    /// Keys and values of one token over all layers.
    public let kvBytesPerToken: Int
    /// Values of each adapter, by name.
    let adapterValues: [String: Int]
    /// Bytes of one of them in the pool.
    let elementBytes: Int

    /// `elementBytes` is the size of one value in the pool (2 or 4).
    public init(_ model: BaseModel, elementBytes: Int, adapters: BenchAdapters) {
        let config = model.config
        var values = 0
        var bytes = 0
        for layer in 0..<config.layerCount {
            for module in LinearModule.allCases {
                values += module.inputSize(config) * module.outputSize(config)
                bytes += model.tensor(.weight(module, layer: layer))?.bytes.count ?? 0
            }
        }
        layerWeights = values
        layerBytes = bytes
        headWeights = config.vocabularySize * config.hiddenSize
        headBytes = model.tensor(.outputHead)?.bytes.count ?? 0
        kvBytesPerToken = config.layerCount * 2 * config.kvSize * elementBytes
        self.elementBytes = elementBytes
        adapterValues = Dictionary(
            uniqueKeysWithValues: (0..<adapters.count).map {
                (BenchAdapters.name($0), adapters.values($0, config: config))
            })
    }
}

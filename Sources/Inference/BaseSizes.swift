import DeckCore
import ModelFiles

extension BaseGeometry {
    /// The sizes of a base as a `Transformer` of it keeps adapters and KV cache in pages.
    public init(_ config: ModelConfig, precision: Precision) {
        let element = precision.pageElement
        self.init(
            layers: config.layerCount,
            modules: LinearModule.allCases.map {
                Module(kind: $0.name, inputs: $0.inputSize(config), outputs: $0.outputSize(config))
            }, elementBytes: element.bytes,
            kvBytesPerToken: config.layerCount * 2 * config.kvHeadCount * config.headSize * element.bytes)
    }
}

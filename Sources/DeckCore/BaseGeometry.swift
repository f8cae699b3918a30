/// The sizes of a base model that decide what an adapter and a token of KV cache take.
public struct BaseGeometry: Hashable, Sendable, Codable {
    /// One kind of linear layer that an adapter can change.
    public struct Module: Hashable, Sendable, Codable {
        /// Such as `q_proj`.
        public let kind: String
        public let inputs: Int
        public let outputs: Int

        public init(kind: String, inputs: Int, outputs: Int) {
            self.kind = kind
            self.inputs = inputs
            self.outputs = outputs
        }
    }

    /// More than any model has; layers beyond these are not looked at.
    public static let mostLayers = 1024

    public let layers: Int
    /// In the order in which a layer uses them.
    public let modules: [Module]
    /// Bytes of one adapter weight in a page.
    public let elementBytes: Int
    /// Bytes of keys and values of one token over all layers.
    public let kvBytesPerToken: Int

    public init(layers: Int, modules: [Module], elementBytes: Int, kvBytesPerToken: Int) {
        self.layers = layers
        self.modules = modules
        self.elementBytes = elementBytes
        self.kvBytesPerToken = kvBytesPerToken
    }

    /// Which rows a module reads, as `AdapterPages.Module.reader` has it: one number for query, key and value of a layer,
    /// one for gate and up, and one of its own for every other module; `index` is its place in the layer.
    public static func reader(of kind: String, at index: Int, layer: Int) -> Int {
        let shared =
            switch kind {
            case "q_proj", "k_proj", "v_proj": 0
            case "gate_proj", "up_proj": 1
            default: index + 2
            }
        return layer.times(1_000).plus(shared)
    }

    /// The modules of an adapter of one rank on all layers' modules of these kinds, in the order of `AdapterPages`.
    public func adapter(rank: Int, targets: Set<String>) -> [AdapterPages.Module] {
        (0..<max(0, min(layers, Self.mostLayers))).flatMap { layer in
            modules.enumerated().filter { targets.contains($0.element.kind) }.map { index, module in
                AdapterPages.Module(
                    rank: rank, inputs: module.inputs, outputs: module.outputs,
                    reader: Self.reader(of: module.kind, at: index, layer: layer))
            }
        }
    }

    /// Bytes that a page of so many tokens takes: whole cache lines.
    public func pageBytes(tokensPerPage: Int) -> Int { kvBytesPerToken.times(tokensPerPage).plus(63) & ~63 }
}

/// Which deck a snapshot is of.
public struct DeckIdentity: Hashable, Sendable, Codable {
    /// What serves behind the deck.
    public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// The engine inside this process.
        case embedded
        /// Another loradeck.
        case loradeck
        case vllm, sglang
        case llamaCpp = "llama.cpp"
    }

    public let kind: Kind
    /// The base model's own name.
    public let baseName: String
    /// Nil where the engine does not say.
    public let baseDigest: Digest?
    /// Such as `llama, 30 layers, 135M, Q4_1`.
    public let summary: String
    /// Longest sequence that the base can hold, in tokens; nil where the engine does not say.
    public let contextLength: Int?
    /// Nil where the engine does not say.
    public let threads: Int?
    /// Where the engine answers, such as `http://127.0.0.1:8000`; nil for the embedded one.
    public let address: String?
    /// What capacity plans reckon with; nil where the engine does not say.
    public let geometry: BaseGeometry?

    public init(
        kind: Kind, baseName: String, baseDigest: Digest?, summary: String, contextLength: Int?, threads: Int?,
        address: String? = nil, geometry: BaseGeometry? = nil
    ) {
        self.kind = kind
        self.baseName = baseName
        self.baseDigest = baseDigest
        self.summary = summary
        self.contextLength = contextLength
        self.threads = threads
        self.address = address
        self.geometry = geometry
    }
}

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
}

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
    /// Requests that may wait; more are refused. Nil where there is no limit, or the engine does not say.
    public let queueLimit: Int?

    public init(
        kind: Kind, baseName: String, baseDigest: Digest?, summary: String, contextLength: Int?, threads: Int?,
        address: String? = nil, geometry: BaseGeometry? = nil, queueLimit: Int? = nil
    ) {
        self.kind = kind
        self.baseName = baseName
        self.baseDigest = baseDigest
        self.summary = summary
        self.contextLength = contextLength
        self.threads = threads
        self.address = address
        self.geometry = geometry
        self.queueLimit = queueLimit
    }
}

/// The architectures that the forward pass knows.
public enum Architecture: String, Hashable, Sendable, Codable, CaseIterable {
    case llama, mistral, qwen2, qwen3
}

/// Rotary position embedding: base frequency, scaling and how a head's dimensions are paired.
public struct RotaryConfig: Hashable, Sendable {
    public enum Scaling: Hashable, Sendable {
        case none
        /// Positions divided by a factor (position interpolation).
        case linear(factor: Float)
        /// Llama 3.1's frequency-dependent scaling.
        case llama3(factor: Float, lowFrequencyFactor: Float, highFrequencyFactor: Float, originalContext: Int)
        /// One divisor per pair of dimensions, as GGUF's `rope_freqs.weight` has them.
        case divisors([Float])
    }

    /// Which two dimensions rotate together.
    public enum Pairing: Hashable, Sendable {
        /// (0, 1), (2, 3), …: GGUF files of the llama architecture, whose q and k rows are permuted for it.
        case interleaved
        /// (0, d/2), (1, d/2+1), …: Hugging Face's order, and GGUF's for qwen2 and qwen3.
        case halves
    }

    public var theta: Float
    public var scaling: Scaling
    public var pairing: Pairing

    public init(theta: Float, scaling: Scaling, pairing: Pairing) {
        self.theta = theta
        self.scaling = scaling
        self.pairing = pairing
    }
}

/// The blueprint of a base model: every size that the forward pass needs.
public struct ModelConfig: Hashable, Sendable {
    public var architecture: Architecture
    public var layerCount: Int
    public var hiddenSize: Int
    public var headCount: Int
    public var kvHeadCount: Int
    /// Dimensions of one head; not always `hiddenSize / headCount` (Qwen3).
    public var headSize: Int
    public var feedForwardSize: Int
    public var vocabularySize: Int
    /// Longest sequence that the model was made for, in tokens.
    public var contextLength: Int
    public var normEpsilon: Float
    public var rotary: RotaryConfig
    /// Tokens that a row may look back, itself included; nil is unlimited.
    public var slidingWindow: Int?

    public init(
        architecture: Architecture, layerCount: Int, hiddenSize: Int, headCount: Int, kvHeadCount: Int, headSize: Int,
        feedForwardSize: Int, vocabularySize: Int, contextLength: Int, normEpsilon: Float, rotary: RotaryConfig,
        slidingWindow: Int?
    ) {
        self.architecture = architecture
        self.layerCount = layerCount
        self.hiddenSize = hiddenSize
        self.headCount = headCount
        self.kvHeadCount = kvHeadCount
        self.headSize = headSize
        self.feedForwardSize = feedForwardSize
        self.vocabularySize = vocabularySize
        self.contextLength = contextLength
        self.normEpsilon = normEpsilon
        self.rotary = rotary
        self.slidingWindow = slidingWindow
    }

    public var querySize: Int { headCount * headSize }
    public var kvSize: Int { kvHeadCount * headSize }
}

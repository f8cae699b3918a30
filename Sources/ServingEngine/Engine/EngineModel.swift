import DeckCore
import Inference
import ModelFiles

/// The base model as the engine needs it.
public struct EngineModel: Sendable {
    public let forward: any ForwardPass
    /// Nil for a model that serves token ids only.
    public let tokenizer: (any Tokenizer)?
    /// Nil for a model that has none: it serves raw prompts and token ids.
    public let template: ChatTemplate?
    /// Any of these ends a generation.
    public let endTokens: Set<Int>
    /// The base's own name.
    public let name: String
    /// Every other name that requests may call the base by.
    public let names: [String]
    public let digest: Digest
    /// Such as `llama, 30 layers, 135M, Q4_1`.
    public let summary: String
    /// Linear modules that an adapter could change: the m of "modules matched n/m".
    public let moduleCount: Int

    public init(
        forward: any ForwardPass, tokenizer: (any Tokenizer)?, template: ChatTemplate?,
        endTokens: Set<Int>, name: String, names: [String], digest: Digest, summary: String,
        moduleCount: Int
    ) {
        self.forward = forward
        self.tokenizer = tokenizer
        self.template = template
        self.endTokens = endTokens
        self.name = name
        self.names = names
        self.digest = digest
        self.summary = summary
        self.moduleCount = moduleCount
    }

    /// Whether a request's adapter name means the base itself.
    func isBase(_ name: String?) -> Bool {
        guard let name else { return true }
        return name == "base" || name == self.name || names.contains(name)
    }
}

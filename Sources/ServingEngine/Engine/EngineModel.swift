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
    /// The kinds of linear module of one layer, in the order in which it uses them; empty where that is not told.
    public let modules: [BaseGeometry.Module]
    /// What was done to the model's files since they were opened; nil when nothing was. Asked before and after each step.
    public let fault: @Sendable () -> String?

    public init(
        forward: any ForwardPass, tokenizer: (any Tokenizer)?, template: ChatTemplate?,
        endTokens: Set<Int>, name: String, names: [String], digest: Digest, summary: String,
        moduleCount: Int, modules: [BaseGeometry.Module] = [], fault: @escaping @Sendable () -> String? = { nil }
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
        self.modules = modules
        self.fault = fault
    }

    /// What capacity plans reckon with; nil where the modules are not told.
    var geometry: BaseGeometry? {
        guard !modules.isEmpty else { return nil }
        return BaseGeometry(
            layers: moduleCount / modules.count, modules: modules, elementBytes: forward.adapterElement.bytes,
            kvBytesPerToken: forward.pageBytes(tokensPerPage: Self.wholePage) / Self.wholePage)
    }

    /// Tokens of a page that no rounding makes larger: its bytes are a multiple of 64 whatever one token takes.
    private static let wholePage = 64

    /// What adapters beside this base may be called.
    public var naming: AdapterNaming { AdapterNaming(baseNames: [name] + names) }

    /// Whether a request's adapter name means the base itself.
    func isBase(_ name: String?) -> Bool {
        guard let name else { return true }
        return name == "base" || name == self.name || names.contains(name)
    }
}

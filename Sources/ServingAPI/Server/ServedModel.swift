import DeckCore
import ModelFiles

/// What the API must know of the base and its adapters beyond the deck, and asks of its surroundings.
public protocol Serving: Sendable {
    var deck: any Deck { get }
    var model: ServedModel { get }
    /// Tenants and keys as they are now. Cheap: called for every request.
    var directory: TenantDirectory { get }
    /// What a tenant used beyond its tokens a minute, and in how many seconds it may begin a request again; nil when it may
    /// now, or has no such limit. Asked before any work is done for it.
    func tokenDebt(of tenant: TenantRecord) -> (tokens: Int, seconds: Double)?
    /// What stands in the adapter root under that name; nil when there is nothing. A name that could lead out of the root
    /// names nothing. Opens no file.
    func unregisteredAdapter(named name: String) -> UnregisteredAdapter?
    /// Whether an adapter that is not served for it has a name of the base's: then a request by that name may mean either.
    func claimsBaseName(_ name: String) -> Bool
}

extension Serving {
    public func tokenDebt(of tenant: TenantRecord) -> (tokens: Int, seconds: Double)? { nil }

    public func claimsBaseName(_ name: String) -> Bool { unregisteredAdapter(named: name) != nil }
}

/// A folder or file in the adapter root that is no adapter of the deck, or not yet.
public struct UnregisteredAdapter: Hashable, Sendable {
    public let path: String
    /// Equal as long as nobody writes into its files.
    public let trace: AdapterTrace
    /// Why it was refused when its files were as they are now.
    public let refusal: String?

    public init(path: String, trace: AdapterTrace, refusal: String?) {
        self.path = path
        self.trace = trace
        self.refusal = refusal
    }
}

/// The base model as the API shows it.
public struct ServedModel: Sendable {
    public let name: String
    /// Every other name that requests may call it by.
    public let names: Set<String>
    /// Where it came from: its file or folder.
    public let root: String
    public let contextLength: Int
    public let vocabularySize: Int
    /// Nil for a model that serves token ids only.
    public let tokenizer: (any Tokenizer)?
    public let template: ChatTemplate?

    public init(
        name: String, names: Set<String>, root: String, contextLength: Int, vocabularySize: Int,
        tokenizer: (any Tokenizer)?, template: ChatTemplate?
    ) {
        self.name = name
        self.names = names
        self.root = root
        self.contextLength = contextLength
        self.vocabularySize = vocabularySize
        self.tokenizer = tokenizer
        self.template = template
    }

    /// The context that a tenant may use.
    func contextLength(for tenant: TenantRecord) -> Int { min(contextLength, tenant.maxContext ?? .max) }

    /// What a request's `model` names: nil is the base.
    func adapter(_ model: String?) -> String? {
        guard let model, model != "base", model != name, !names.contains(model) else { return nil }
        return model
    }
}

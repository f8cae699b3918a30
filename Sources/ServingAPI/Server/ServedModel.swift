import DeckCore
import ModelFiles

/// What the API must know of the base and its adapters beyond the deck, and asks of its surroundings.
public protocol Serving: Sendable {
    var deck: any Deck { get }
    var model: ServedModel { get }
    /// Tenants and keys as they are now.
    var directory: LiveDirectory { get }
    /// What a tenant used beyond its tokens a minute, and in how many seconds it may begin a request again; nil when it may
    /// now, or has no such limit. Asked before any work is done for it.
    func tokenDebt(of tenant: TenantRecord) -> (tokens: Int, seconds: Double)?
    /// What a name stands for now: after a command was answered, what it did, whatever snapshot was published last. Nil for
    /// a name that nobody registered. Cheap.
    func standing(of name: String) -> AdapterStanding?
    /// What every name stands for now, by name.
    var standings: [AdapterStanding] { get }
    /// The deck at a moment after this was called; nil when it stopped.
    func snapshot() async -> DeckSnapshot?
    /// What stands in the adapter root under that name and may be registered; nil when there is nothing. A name that could
    /// lead out of the root names nothing, and what was unregistered by order is not there. Opens no file.
    func unregisteredAdapter(named name: String) -> UnregisteredAdapter?
    /// Registers what was found so. Nothing is registered that orders turned the name away from.
    func register(_ found: UnregisteredAdapter, named name: String, by actor: String) async -> CommandOutcome
    /// Whether an adapter that is not served for it has a name of the base's: then a request by that name may mean either.
    func claimsBaseName(_ name: String) -> Bool
}

extension Serving {
    public func tokenDebt(of tenant: TenantRecord) -> (tokens: Int, seconds: Double)? { nil }

    public func claimsBaseName(_ name: String) -> Bool { unregisteredAdapter(named: name) != nil }

    public func register(_ found: UnregisteredAdapter, named name: String, by actor: String) async -> CommandOutcome {
        await deck.perform(.register(name: name, path: found.path, overrideBase: false), by: actor)
    }
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
        return CanonicalName.of(model)
    }
}

import DeckCore
import ModelFiles

/// What the API must know of the base and its adapters beyond the deck, and asks of its surroundings.
public protocol Serving: Sendable {
    var deck: any Deck { get }
    var model: ServedModel { get }
    /// Tenants and keys as they are now. Cheap: called for every request.
    var directory: TenantDirectory { get }
    /// The folder or file of that name in the adapter root, relative to it; nil when there is none. Names that are no plain
    /// file names have none.
    func unregisteredAdapter(named name: String) -> String?
    /// Whether an adapter that is not served for it has a name of the base's: then a request by that name may mean either.
    func claimsBaseName(_ name: String) -> Bool
}

extension Serving {
    public func claimsBaseName(_ name: String) -> Bool { unregisteredAdapter(named: name) != nil }
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

    /// What a request's `model` names: nil is the base.
    func adapter(_ model: String?) -> String? {
        guard let model, model != "base", model != name, !names.contains(model) else { return nil }
        return model
    }
}

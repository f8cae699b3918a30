import Foundation

/// A tenant as its operator set it up: what it may use, and how much.
public struct TenantRecord: Hashable, Sendable, Codable, Identifiable {
    public var id: String { name }
    public let name: String
    /// Names of the adapters that it may use, besides the base; nil is every adapter.
    public var adapters: Set<String>?
    /// Its share of the machine while others want it too, in proportion to theirs.
    public var weight: Double
    /// Most requests at once; nil sets no limit.
    public var maxConcurrent: Int?
    /// Prompt and generated tokens a minute; nil sets no limit.
    public var tokensPerMinute: Int?
    /// Longest prompt and answer together, in tokens; nil leaves it to the base.
    public var maxContext: Int?

    public init(
        name: String, adapters: Set<String>? = [], weight: Double = 1, maxConcurrent: Int? = nil,
        tokensPerMinute: Int? = nil, maxContext: Int? = nil
    ) {
        self.name = name
        self.adapters = adapters
        self.weight = weight
        self.maxConcurrent = maxConcurrent
        self.tokensPerMinute = tokensPerMinute
        self.maxContext = maxContext
    }

    /// Names under which loradeck itself asks, where there are no keys and in its own commands. A tenant of such a name would
    /// share what is kept apart by tenant: cached prefixes and accounts.
    public static let reservedNames: Set<String> = ["api", "bench", "console", "engine", "generate"]

    /// Whether it may use an adapter; nil is the base, which is everybody's.
    public func mayUse(_ adapter: String?) -> Bool {
        guard let adapter, let adapters else { return true }
        return adapters.contains(adapter)
    }
}

/// An API key as it is stored: never the key itself.
public struct KeyRecord: Hashable, Sendable, Codable, Identifiable {
    /// The part of the key that is shown.
    public let id: String
    /// SHA-256 of the whole key.
    public let hash: Digest
    public let tenant: String
    /// Whether it opens load, unload, pin and the deck's own routes, and every adapter.
    public let isAdministrator: Bool
    public let created: Date

    public init(id: String, hash: Digest, tenant: String, isAdministrator: Bool, created: Date) {
        self.id = id
        self.hash = hash
        self.tenant = tenant
        self.isAdministrator = isAdministrator
        self.created = created
    }
}

/// What one tenant has had of one adapter, or of the base, since the deck started. Every figure only grows.
public struct UsageRecord: Hashable, Sendable, Codable, Identifiable {
    /// Who and what the figures are of.
    public struct Key: Hashable, Sendable, Codable {
        public let tenant: String
        /// Nil is the base.
        public let adapter: String?

        public init(tenant: String, adapter: String?) {
            self.tenant = tenant
            self.adapter = adapter
        }
    }

    public var id: Key { Key(tenant: tenant, adapter: adapter) }
    public let tenant: String
    /// Nil is the base.
    public let adapter: String?
    /// Requests that began to run.
    public var requests: Int
    /// Tokens of their prompts.
    public var promptTokens: Int
    /// Those of them that were computed for an earlier request and not again.
    public var cachedTokens: Int
    public var generatedTokens: Int
    /// Time of steps, in seconds, by its share of their rows.
    public var computeSeconds: Double
    /// Pages of KV cache that its sequences held, each alone, times the seconds.
    public var kvPageSeconds: Double
    /// Pages that the adapter's weights held, times the seconds; counted for who owns the adapter.
    public var weightPageSeconds: Double

    public init(
        tenant: String, adapter: String?, requests: Int = 0, promptTokens: Int = 0, cachedTokens: Int = 0,
        generatedTokens: Int = 0, computeSeconds: Double = 0, kvPageSeconds: Double = 0, weightPageSeconds: Double = 0
    ) {
        self.tenant = tenant
        self.adapter = adapter
        self.requests = requests
        self.promptTokens = promptTokens
        self.cachedTokens = cachedTokens
        self.generatedTokens = generatedTokens
        self.computeSeconds = computeSeconds
        self.kvPageSeconds = kvPageSeconds
        self.weightPageSeconds = weightPageSeconds
    }
}

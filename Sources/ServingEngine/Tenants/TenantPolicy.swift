/// What one tenant may ask of the machine, and what it is promised. A tenant is a request's `origin`.
public struct TenantPolicy: Hashable, Sendable {
    /// Its share of the machine while others want it too, in proportion to theirs; more than 0.
    public var weight: Double
    /// The objective for the time to first token, in seconds. A request that cannot meet it is refused or given up; nil
    /// promises nothing and gives nothing up.
    public var targetSeconds: Double?
    /// Most requests that hold KV cache at once; nil leaves it to the batch.
    public var maxRunning: Int?
    /// Most requests that wait at once; nil leaves it to the queue of all.
    public var maxWaiting: Int?
    /// Tokens a minute, of prompts and generated ones together; a request for which there are none left is refused and
    /// told when there are. Nil does not bound them.
    public var tokensPerMinute: Int?
    /// Longest sequence, prompt and answer together, in tokens; nil leaves it to the base.
    public var maxContext: Int?

    /// A weight that is no positive number counts as 1.
    public init(
        weight: Double = 1, targetSeconds: Double? = nil, maxRunning: Int? = nil, maxWaiting: Int? = nil,
        tokensPerMinute: Int? = nil, maxContext: Int? = nil
    ) {
        self.weight = weight > 0 && weight.isFinite ? weight : 1
        self.targetSeconds = targetSeconds
        self.maxRunning = maxRunning.map { max(1, $0) }
        self.maxWaiting = maxWaiting.map { max(0, $0) }
        self.tokensPerMinute = tokensPerMinute.map { max(1, $0) }
        self.maxContext = maxContext.map { max(2, $0) }
    }
}

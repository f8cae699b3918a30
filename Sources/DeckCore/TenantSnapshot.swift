/// Everything a screen shows of one tenant at one moment. A tenant is a request's `origin`.
public struct TenantSnapshot: Hashable, Sendable, Codable, Identifiable {
    public var id: String { name }
    public let name: String
    /// Its share of the machine while others want it too, in proportion to theirs.
    public let weight: Double
    public let running: Int
    public let waiting: Int
    /// Prompt tokens computed for it, those of preempted sequences again.
    public let promptTokens: Int
    public let generatedTokens: Int
    /// Weighted service that it got beyond the tenant that got least, of those with live requests (the virtual counter of
    /// Sheng et al., "Fairness in Serving Large Language Models", OSDI 2024); 0 for one that got least.
    public let serviceAhead: Double
    /// The objective for the time to first token, in seconds; nil when it has none.
    public let targetSeconds: Double?
    /// Over the metrics window; nil when nothing was measured.
    public let timeToFirstToken: LatencySummary?
    /// Requests refused or given up for want of room or time, since the deck started.
    public let refused: Int

    public init(
        name: String, weight: Double, running: Int, waiting: Int, promptTokens: Int, generatedTokens: Int,
        serviceAhead: Double, targetSeconds: Double?, timeToFirstToken: LatencySummary?, refused: Int
    ) {
        self.name = name
        self.weight = weight
        self.running = running
        self.waiting = waiting
        self.promptTokens = promptTokens
        self.generatedTokens = generatedTokens
        self.serviceAhead = serviceAhead
        self.targetSeconds = targetSeconds
        self.timeToFirstToken = timeToFirstToken
        self.refused = refused
    }
}

/// One engine of a fleet at one moment. A figure is nil where that engine does not say it.
public struct ReplicaSnapshot: Hashable, Sendable, Codable, Identifiable {
    public enum State: Hashable, Sendable, Codable {
        case up
        /// It does not answer now; its figures are so many seconds old. The reason is nil where only time has passed.
        case stale(seconds: Double, reason: String? = nil)
        /// It was given up for now, and is asked again after some seconds.
        case down(reason: String, retryIn: Double)

        /// Why it does not answer; nil where it does, or nobody knows.
        public var trouble: String? {
            switch self {
            case .up: nil
            case .stale(_, let reason): reason
            case .down(let reason, _): reason
            }
        }
    }

    public var id: String { address }
    /// Short, unique in the deck, such as `localhost:8000`.
    public let name: String
    /// Where it answers.
    public let address: String
    /// Nil while it has not answered yet.
    public let engine: DeckIdentity.Kind?
    public let version: String?
    public let state: State
    public let running: Int?
    public let waiting: Int?
    /// Generated tokens a second over the metrics window.
    public let tokensPerSecond: Double?
    /// Share of its room for KV cache that is in use, in 0...1.
    public let kvUsage: Double?
    public let timeToFirstToken: LatencySummary?
    public let interTokenLatency: LatencySummary?
    /// Names that it serves, adapters only.
    public let adapters: [String]
    /// What sets it apart from the others, in words; nil when nothing does.
    public let note: String?

    public init(
        name: String, address: String, engine: DeckIdentity.Kind?, version: String?, state: State, running: Int?,
        waiting: Int?, tokensPerSecond: Double?, kvUsage: Double?, timeToFirstToken: LatencySummary?,
        interTokenLatency: LatencySummary?, adapters: [String], note: String?
    ) {
        self.name = name
        self.address = address
        self.engine = engine
        self.version = version
        self.state = state
        self.running = running
        self.waiting = waiting
        self.tokensPerSecond = tokensPerSecond
        self.kvUsage = kvUsage
        self.timeToFirstToken = timeToFirstToken
        self.interTokenLatency = interTokenLatency
        self.adapters = adapters
        self.note = note
    }
}

/// Requests and latencies over the whole deck.
public struct DeckTotals: Hashable, Sendable, Codable {
    public let running: Int
    public let waiting: Int
    /// Over the metrics window; nil when nothing was measured.
    public let timeToFirstToken: LatencySummary?
    public let interTokenLatency: LatencySummary?
    /// Share of the room for KV cache that is in use, in 0...1; nil where the pool's pages say it better.
    public let kvUsage: Double?

    public init(
        running: Int, waiting: Int, timeToFirstToken: LatencySummary? = nil, interTokenLatency: LatencySummary? = nil,
        kvUsage: Double? = nil
    ) {
        self.running = running
        self.waiting = waiting
        self.timeToFirstToken = timeToFirstToken
        self.interTokenLatency = interTokenLatency
        self.kvUsage = kvUsage
    }

    /// Counts requests by their phase.
    public init(
        _ requests: [RequestSnapshot], timeToFirstToken: LatencySummary? = nil,
        interTokenLatency: LatencySummary? = nil
    ) {
        var running = 0
        var waiting = 0
        for request in requests {
            switch request.phase {
            case .prefill, .decode: running += 1
            case .waiting: waiting += 1
            case .finished, .failed: break
            }
        }
        self.init(
            running: running, waiting: waiting, timeToFirstToken: timeToFirstToken,
            interTokenLatency: interTokenLatency)
    }
}

/// A kind of figure that a deck may be unable to tell (nvtop's `valid` bits, by group).
public enum DeckFigure: String, Hashable, Sendable, Codable, CaseIterable, CodingKeyRepresentable {
    /// The pool: its pages, their owners, free and evictable ones.
    case pages
    /// Whether an adapter is in memory, and what it holds there.
    case residency
    /// How many requests run and wait, over the whole deck.
    case load
    /// Running and waiting requests of one adapter.
    case adapterRequests
    /// Tokens a second of one adapter.
    case adapterRates
    /// Latencies of one adapter.
    case adapterLatency
    /// Hits, loads, evictions, finished requests and tokens of one adapter.
    case adapterCounts
    /// Pins.
    case pins
    /// Proof of effect.
    case proof
    /// The batch of each step.
    case steps
    /// Single requests.
    case requests
    /// Why requests wait.
    case waits
    /// Tokens a second of the deck.
    case rates
    /// Latencies of the deck.
    case latency
    /// Cached prefixes.
    case prefixes
    /// Loads that undo evictions.
    case thrash
    /// Tenants and their shares.
    case tenants
    /// What the process itself costs.
    case process
}

import Foundation

/// Which deck a snapshot is of.
public struct DeckIdentity: Hashable, Sendable, Codable {
    public enum Kind: String, Hashable, Sendable, Codable {
        case embedded
    }

    public let kind: Kind
    /// The base model's own name.
    public let baseName: String
    public let baseDigest: Digest
    /// Such as `llama, 30 layers, 135M, Q4_1`.
    public let summary: String
    /// Longest sequence that the base can hold, in tokens.
    public let contextLength: Int
    public let threads: Int

    public init(
        kind: Kind, baseName: String, baseDigest: Digest, summary: String, contextLength: Int, threads: Int
    ) {
        self.kind = kind
        self.baseName = baseName
        self.baseDigest = baseDigest
        self.summary = summary
        self.contextLength = contextLength
        self.threads = threads
    }
}

/// What the deck's process itself costs.
public struct ProcessUsage: Hashable, Sendable, Codable {
    /// Resident set, in bytes.
    public let residentBytes: Int
    /// Processor time over wall time since the last snapshot; 1 is one whole core.
    public let processorShare: Double

    public init(residentBytes: Int, processorShare: Double) {
        self.residentBytes = residentBytes
        self.processorShare = processorShare
    }
}

/// The deck at one moment: immutable, complete, and the only thing a console draws.
public struct DeckSnapshot: Hashable, Sendable, Codable {
    /// Grows by one a snapshot.
    public let index: Int
    public let time: Date
    /// Seconds since the deck started.
    public let uptime: Double
    public let deck: DeckIdentity
    /// Actions that are not possible, each with the reason. An action that is not listed is possible.
    public let disabled: [DeckAction: String]
    /// By name.
    public let adapters: [AdapterSnapshot]
    /// The base's own traffic, under the name `base`.
    public let base: AdapterSnapshot
    public let pool: PoolSnapshot
    /// Running and waiting requests, oldest first, then the latest that ended.
    public let requests: [RequestSnapshot]
    /// The last step that ran; nil before the first.
    public let step: StepSnapshot?
    /// The last few hundred steps, oldest first.
    public let recentSteps: [StepSnapshot]
    /// The latest events, oldest first.
    public let events: [DeckEvent]
    /// Generated tokens a second over the metrics window.
    public let tokensPerSecond: Double
    /// Prompt tokens computed a second over the metrics window.
    public let promptTokensPerSecond: Double
    public let process: ProcessUsage
    /// Those with live requests or latencies in the window, by name.
    public let tenants: [TenantSnapshot]
    /// Why requests wait, most frequent first.
    public let waits: [WaitSummary]
    /// Nil where the deck cannot tell.
    public let thrash: ThrashSnapshot?

    public init(
        index: Int, time: Date, uptime: Double, deck: DeckIdentity, disabled: [DeckAction: String],
        adapters: [AdapterSnapshot], base: AdapterSnapshot, pool: PoolSnapshot, requests: [RequestSnapshot],
        step: StepSnapshot?, recentSteps: [StepSnapshot], events: [DeckEvent], tokensPerSecond: Double,
        promptTokensPerSecond: Double, process: ProcessUsage, tenants: [TenantSnapshot] = [],
        waits: [WaitSummary] = [], thrash: ThrashSnapshot? = nil
    ) {
        self.index = index
        self.time = time
        self.uptime = uptime
        self.deck = deck
        self.disabled = disabled
        self.adapters = adapters
        self.base = base
        self.pool = pool
        self.requests = requests
        self.step = step
        self.recentSteps = recentSteps
        self.events = events
        self.tokensPerSecond = tokensPerSecond
        self.promptTokensPerSecond = promptTokensPerSecond
        self.process = process
        self.tenants = tenants
        self.waits = waits
        self.thrash = thrash
    }

    public var running: Int {
        requests.count { request in
            switch request.phase {
            case .prefill, .decode: true
            default: false
            }
        }
    }

    public var waiting: Int {
        requests.count { request in
            if case .waiting = request.phase { true } else { false }
        }
    }
}

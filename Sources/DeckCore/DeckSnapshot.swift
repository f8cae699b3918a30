import Foundation

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

/// That no new request is begun for now.
public struct AdmissionPause: Hashable, Sendable, Codable {
    /// Who paused it.
    public var actor: String
    /// How long ago, in whole seconds.
    public var seconds: Int

    public init(by actor: String, seconds: Int) {
        self.actor = actor
        self.seconds = seconds
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
    /// Requests and latencies over all adapters and the base.
    public let totals: DeckTotals
    /// Figures that this deck cannot tell, each with the reason. Their values here mean nothing and are shown as unknown,
    /// never as zero.
    public let unknown: [DeckFigure: String]
    /// The engines behind this deck; empty for an embedded one.
    public let replicas: [ReplicaSnapshot]
    /// Nil while requests are admitted.
    public let admissionPaused: AdmissionPause?
    /// Why nothing is computed any more: the base model's files changed on disk. Nil while they stand.
    public let baseFault: String?

    public init(
        index: Int, time: Date, uptime: Double, deck: DeckIdentity, disabled: [DeckAction: String],
        adapters: [AdapterSnapshot], base: AdapterSnapshot, pool: PoolSnapshot, requests: [RequestSnapshot],
        step: StepSnapshot?, recentSteps: [StepSnapshot], events: [DeckEvent], tokensPerSecond: Double,
        promptTokensPerSecond: Double, process: ProcessUsage, tenants: [TenantSnapshot] = [],
        waits: [WaitSummary] = [], thrash: ThrashSnapshot? = nil, totals: DeckTotals? = nil,
        unknown: [DeckFigure: String] = [:], replicas: [ReplicaSnapshot] = [], admissionPaused: AdmissionPause? = nil,
        baseFault: String? = nil
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
        self.totals = totals ?? DeckTotals(requests)
        self.unknown = unknown
        self.replicas = replicas
        self.admissionPaused = admissionPaused
        self.baseFault = baseFault
    }

    public var running: Int { totals.running }
    public var waiting: Int { totals.waiting }
}

import Foundation

/// Names one request for as long as the deck lives.
public struct RequestID: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    public let value: UInt64

    public init(_ value: UInt64) { self.value = value }

    public static func < (left: RequestID, right: RequestID) -> Bool { left.value < right.value }
    public var description: String { "#\(value)" }
}

/// Where a request is on its way.
public enum RequestPhase: Hashable, Sendable, Codable {
    case waiting(WaitReason)
    /// Its prompt is being computed; `done` of `total` prompt tokens so far.
    case prefill(done: Int, total: Int)
    case decode
    case finished(FinishReason)
    case failed(reason: String)

    public var isLive: Bool {
        switch self {
        case .waiting, .prefill, .decode: true
        case .finished, .failed: false
        }
    }
}

/// Why a request found its adapter out of the pool.
public enum ColdCause: Hashable, Sendable, Codable {
    /// The adapter had not been in the pool since the deck started.
    case neverLoaded
    /// It had been evicted so many seconds before the request came, for or by `actor`.
    case evicted(secondsBefore: Double, actor: String)

    /// Plain words for screens.
    public var sentence: String {
        switch self {
        case .neverLoaded: "not loaded before"
        case .evicted(let seconds, let actor):
            "evicted \(seconds < 10 ? String((seconds * 10).rounded() / 10) : String(Int(bounding: seconds))) s before by \(actor)"
        }
    }
}

/// The stamps of one request, each in seconds after its submission; nil where it has not come so far.
public struct RequestTimeline: Hashable, Sendable, Codable {
    /// When its adapter was resident (0 when it was already, or for the base).
    public var adapterReady: Double?
    /// When its first prompt token went into a step.
    public var firstScheduled: Double?
    public var firstToken: Double?
    public var finished: Double?
    /// How often it was preempted.
    public var preemptions: Int
    /// Seconds that it spent preempted, waiting to be computed again.
    public var preemptedSeconds: Double
    /// Why its adapter was not there; nil when it was.
    public var coldCause: ColdCause?
    /// What held it back before its first token went into a step, in the order in which each bound it last. The parts of one
    /// that began, or ended before, sum to that time; of one that waits still, what they leave is what binds it now
    /// (`RequestPhase.waiting`). Nil where the deck does not say.
    public var waits: [WaitPart]?
    /// Prompt tokens that were computed for an earlier request and not again; 0 until it is scheduled.
    public var cachedTokens: Int

    public init(
        adapterReady: Double? = nil, firstScheduled: Double? = nil, firstToken: Double? = nil, finished: Double? = nil,
        preemptions: Int = 0, preemptedSeconds: Double = 0, coldCause: ColdCause? = nil,
        waits: [WaitPart]? = nil, cachedTokens: Int = 0
    ) {
        self.adapterReady = adapterReady
        self.firstScheduled = firstScheduled
        self.firstToken = firstToken
        self.finished = finished
        self.preemptions = preemptions
        self.preemptedSeconds = preemptedSeconds
        self.coldCause = coldCause
        self.waits = waits
        self.cachedTokens = cachedTokens
    }
}

/// Everything a screen shows of one request at one moment.
public struct RequestSnapshot: Hashable, Sendable, Codable, Identifiable {
    public let id: RequestID
    /// Nil for the base.
    public let adapter: String?
    /// The adapter version that it runs on; nil for the base or before the version is known.
    public let digest: Digest?
    /// Who sent it: `console`, a tenant, `generate`.
    public let origin: String
    public let submitted: Date
    public let phase: RequestPhase
    public let promptTokens: Int
    /// Prompt tokens that were computed for an earlier request and not again.
    public let cachedTokens: Int
    public let generatedTokens: Int
    public let timeline: RequestTimeline

    public init(
        id: RequestID, adapter: String?, digest: Digest?, origin: String, submitted: Date, phase: RequestPhase,
        promptTokens: Int, cachedTokens: Int = 0, generatedTokens: Int, timeline: RequestTimeline
    ) {
        self.id = id
        self.adapter = adapter
        self.digest = digest
        self.origin = origin
        self.submitted = submitted
        self.phase = phase
        self.promptTokens = promptTokens
        self.cachedTokens = cachedTokens
        self.generatedTokens = generatedTokens
        self.timeline = timeline
    }
}

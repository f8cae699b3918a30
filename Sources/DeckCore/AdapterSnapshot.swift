import Foundation

/// A latency distribution as screens show it, in seconds. Empty distributions are nil, never zero.
public struct LatencySummary: Hashable, Sendable, Codable {
    /// Values recorded in the window.
    public let count: Int
    /// Median, in seconds.
    public let p50: Double
    /// 95th percentile, in seconds.
    public let p95: Double
    /// Largest value, in seconds.
    public let max: Double
    /// Whether these come from a histogram's buckets: percentiles lie between two of their edges, and `max` is the upper
    /// edge of the last bucket that holds a value.
    public let isBucketed: Bool

    public init(count: Int, p50: Double, p95: Double, max: Double, isBucketed: Bool = false) {
        self.count = count
        self.p50 = p50
        self.p95 = p95
        self.max = max
        self.isBucketed = isBucketed
    }
}

/// What an adapter's file says of itself, known without reading its weights.
public struct AdapterFacts: Hashable, Sendable, Codable {
    /// `peft` or `gguf`.
    public let format: String
    /// The folder or file that it was registered from, resolved.
    public let path: String
    /// The base that the adapter names; nil when it names none.
    public let declaredBase: String?
    /// Whether that base is ours.
    public let verdict: BaseVerdict
    /// Smallest and largest rank over its modules; they differ with `rank_pattern`.
    public let ranks: ClosedRange<Int>
    /// lora_alpha as configured.
    public let alpha: Double
    /// Smallest and largest effective scale over its modules.
    public let scales: ClosedRange<Double>
    /// Adapted module kinds in model order, such as `q_proj`.
    public let targets: [String]
    /// Adapted modules (layer times kind).
    public let moduleCount: Int
    /// Bytes of its weights file.
    public let fileBytes: Int

    public init(
        format: String, path: String, declaredBase: String?, verdict: BaseVerdict, ranks: ClosedRange<Int>,
        alpha: Double, scales: ClosedRange<Double>, targets: [String], moduleCount: Int, fileBytes: Int
    ) {
        self.format = format
        self.path = path
        self.declaredBase = declaredBase
        self.verdict = verdict
        self.ranks = ranks
        self.alpha = alpha
        self.scales = scales
        self.targets = targets
        self.moduleCount = moduleCount
        self.fileBytes = fileBytes
    }

    /// The same facts of an adapter whose base is verified.
    public func verified() -> AdapterFacts {
        AdapterFacts(
            format: format, path: path, declaredBase: declaredBase, verdict: .verified, ranks: ranks, alpha: alpha,
            scales: scales, targets: targets, moduleCount: moduleCount, fileBytes: fileBytes)
    }

    /// The same facts of an adapter that stands elsewhere.
    public func standing(at path: String) -> AdapterFacts {
        AdapterFacts(
            format: format, path: path, declaredBase: declaredBase, verdict: verdict, ranks: ranks, alpha: alpha,
            scales: scales, targets: targets, moduleCount: moduleCount, fileBytes: fileBytes)
    }
}

/// How an adapter left the pool.
public struct EvictionNote: Hashable, Sendable, Codable {
    public let time: Date
    /// Who took its place or ordered it: an operator, `engine`, or the tenant whose request needed the pages.
    public let actor: String
    /// In words, such as `for 12 pages of harbor-bank`.
    public let reason: String

    public init(time: Date, actor: String, reason: String) {
        self.time = time
        self.actor = actor
        self.reason = reason
    }
}

/// Everything a screen shows of one adapter at one moment.
public struct AdapterSnapshot: Hashable, Sendable, Codable, Identifiable {
    public var id: String { name }
    /// The name that requests use.
    public let name: String
    /// The version that the name points at; nil until its weights were first read.
    public let digest: Digest?
    /// Who owns the name; nil when nobody does.
    public let tenant: String?
    public let state: Residency
    public let isPinned: Bool
    /// Nil when the files could not be read (then `state` is failed, with the reason).
    public let facts: AdapterFacts?
    /// Nil until the adapter was resident once.
    public let proof: ProofOfEffect?
    /// Pages of the pool that its weights hold now.
    public let pages: Int
    /// Pages that it holds, or would hold when resident; nil when unknown.
    public let pagesNeeded: Int?
    /// Bytes of its pages that hold no weight.
    public let overheadBytes: Int
    /// Pages of KV cache that its sequences hold now, each alone.
    public let kvPages: Int
    public let running: Int
    public let waiting: Int
    /// Generated tokens a second over the metrics window.
    public let tokensPerSecond: Double
    public let timeToFirstToken: LatencySummary?
    public let interTokenLatency: LatencySummary?
    /// Requests that found it resident.
    public let hits: Int
    public let loads: Int
    public let evictions: Int
    public let requestsFinished: Int
    public let tokensGenerated: Int
    public let lastUsed: Date?
    /// How long its last load took, in seconds.
    public let lastLoadSeconds: Double?
    /// The current version first, then those before it, newest first. Empty where the deck knows the current one only.
    public let versions: [VersionSnapshot]
    /// Its last eviction; nil when there was none.
    public let lastEviction: EvictionNote?

    public init(
        name: String, digest: Digest?, tenant: String?, state: Residency, isPinned: Bool, facts: AdapterFacts?,
        proof: ProofOfEffect?, pages: Int, pagesNeeded: Int?, overheadBytes: Int, kvPages: Int, running: Int,
        waiting: Int, tokensPerSecond: Double, timeToFirstToken: LatencySummary?, interTokenLatency: LatencySummary?,
        hits: Int, loads: Int, evictions: Int, requestsFinished: Int, tokensGenerated: Int, lastUsed: Date?,
        lastLoadSeconds: Double?, versions: [VersionSnapshot] = [], lastEviction: EvictionNote? = nil
    ) {
        self.name = name
        self.digest = digest
        self.tenant = tenant
        self.state = state
        self.isPinned = isPinned
        self.facts = facts
        self.proof = proof
        self.pages = pages
        self.pagesNeeded = pagesNeeded
        self.overheadBytes = overheadBytes
        self.kvPages = kvPages
        self.running = running
        self.waiting = waiting
        self.tokensPerSecond = tokensPerSecond
        self.timeToFirstToken = timeToFirstToken
        self.interTokenLatency = interTokenLatency
        self.hits = hits
        self.loads = loads
        self.evictions = evictions
        self.requestsFinished = requestsFinished
        self.tokensGenerated = tokensGenerated
        self.lastUsed = lastUsed
        self.lastLoadSeconds = lastLoadSeconds
        self.versions = versions
        self.lastEviction = lastEviction
    }
}

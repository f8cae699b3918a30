/// Why a waiting request does not run yet.
public enum WaitReason: Hashable, Sendable, Codable {
    /// A step ran when it came, and requests begin between two steps.
    case stepUnderWay
    /// Its adapter's weights are on their way into the pool.
    case adapterLoading
    /// Its adapter's load begins when one of those under way ends.
    case adapterQueued(loads: Int)
    /// Its adapter is being evicted, and is loaded again when it is gone.
    case adapterLeaving
    /// Its adapter needs pages that cannot be freed now.
    case noPagesForAdapter(needed: Int, free: Int, evictable: Int)
    /// Its KV cache needs pages that cannot be freed now.
    case noPages(needed: Int, free: Int, evictable: Int)
    /// There are pages for it, but not for the growth of what runs already as well.
    case noRoomToGrow(needed: Int, reserve: Int, free: Int, evictable: Int)
    /// One that comes before it has waited so long that nobody after it may take pages; `what` names that one.
    case behind(what: String, needed: Int, free: Int)
    /// The running batch has its largest number of sequences.
    case batchFull(limit: Int)
    /// The batch is full, and its tenant has its share of it or more already; the others' requests come first.
    case fairShare(tenant: String, running: Int, share: Int, limit: Int)
    /// Its tenant runs as many requests as it may.
    case tenantLimit(tenant: String, running: Int, limit: Int)
    /// It has its place in line: others of its tenant or of tenants with less service behind them come first.
    case inLine(ahead: Int)
    /// It keeps its pages and stands still while a tenant that has less than its share uses its place in the batch.
    case yielded(tenant: String, running: Int, share: Int, limit: Int)
    /// It was preempted to make room and will be computed again.
    case preempted
    /// An operator paused admission.
    case admissionPaused(by: String)

    /// Plain words for screens and logs, with the arithmetic (invariant 8).
    public var sentence: String {
        switch self {
        case .stepUnderWay: "for the step under way"
        case .adapterLoading: "adapter loading"
        case .adapterQueued(let loads): "adapter's load waits for one of \(loads) others"
        case .adapterLeaving: "adapter is being evicted, then loads again"
        case .noPagesForAdapter(let needed, let free, let evictable):
            "adapter needs \(needed.counted("page")), \(free) free, \(evictable) evictable"
        case .noPages(let needed, let free, let evictable):
            "needs \(needed.counted("page")), \(free) free, \(evictable) evictable"
        case .noRoomToGrow(let needed, let reserve, let free, let evictable):
            "needs \(needed.counted("page")) and \(reserve) for the batch to grow, \(free) free, \(evictable) evictable"
        case .behind(let what, let needed, let free):
            "behind \(what), which has waited long for \(needed.counted("page")), \(free) free"
        case .batchFull(let limit): "batch full (\(limit))"
        case .fairShare(let tenant, let running, let share, let limit):
            "tenant \(tenant) \(running > share ? "is ahead of" : "has") its share: it runs \(running) of \(limit), "
                + "its share is \(share)"
        case .tenantLimit(let tenant, let running, let limit):
            "tenant \(tenant) runs \(running.counted("request")), its limit is \(limit)"
        case .inLine(...0): "others come before it"
        case .inLine(let ahead): "\(ahead.counted("request")) \(ahead.form("comes", many: "come")) before it"
        case .yielded(let tenant, let running, let share, let limit):
            "paused with its pages: tenant \(tenant) runs \(running) of \(limit), its share is \(share)"
        case .preempted: "preempted"
        case .admissionPaused(let operatorName): "admission paused by \(operatorName)"
        }
    }

    /// What kind of constraint it is.
    public var cause: WaitCause {
        switch self {
        case .stepUnderWay: .step
        case .adapterLoading, .adapterQueued, .adapterLeaving: .adapter
        case .noPagesForAdapter, .noPages, .noRoomToGrow, .behind: .pages
        case .batchFull: .batchFull
        case .inLine: .inLine
        case .fairShare, .yielded: .fairShare
        case .tenantLimit: .tenantLimit
        case .preempted: .preempted
        case .admissionPaused: .paused
        }
    }

    /// The same reason with every foreign text passed through `clean`.
    public func mapTexts(_ clean: (String) -> String) -> WaitReason {
        switch self {
        case .behind(let what, let needed, let free): .behind(what: clean(what), needed: needed, free: free)
        case .fairShare(let tenant, let running, let share, let limit):
            .fairShare(tenant: clean(tenant), running: running, share: share, limit: limit)
        case .tenantLimit(let tenant, let running, let limit):
            .tenantLimit(tenant: clean(tenant), running: running, limit: limit)
        case .yielded(let tenant, let running, let share, let limit):
            .yielded(tenant: clean(tenant), running: running, share: share, limit: limit)
        case .admissionPaused(let operatorName): .admissionPaused(by: clean(operatorName))
        case .stepUnderWay, .adapterLoading, .adapterQueued, .adapterLeaving, .noPagesForAdapter, .noPages,
            .noRoomToGrow,
            .batchFull, .inLine, .preempted:
            self
        }
    }
}

/// How many requests wait for one kind of reason.
public struct WaitSummary: Hashable, Sendable, Codable {
    /// `WaitCause.word`.
    public let reason: String
    public let count: Int

    public init(reason: String, count: Int) {
        self.reason = reason
        self.count = count
    }
}

import DeckCore

/// Names a tenant while the scheduler knows it.
struct TenantKey: Hashable, Sendable {
    let index: Int
}

/// A waiting request as its tenant's queue keeps it.
struct QueuedRequest: Sendable {
    let id: RequestID
    /// Seconds on the engine's clock.
    let arrival: Double
    /// Tokens that must be computed before the next one is generated.
    let tokens: Int
    /// Whether it ran before and was preempted: then it is no longer given up.
    let hasBegun: Bool
}

/// One tenant as the scheduler sees it: its service so far, its queue, and its part of the batch.
struct Tenant: Sendable {
    let name: String
    var policy: TenantPolicy
    /// The virtual counter: weighted tokens served over its weight. The least comes next.
    var counter: Double
    /// By age.
    var queue: [QueuedRequest] = []
    /// Sequences that hold KV pages, those that stand still included.
    var running = 0
    /// Running sequences that stand still with their pages; ascending.
    var held: [RequestID] = []
    /// Requests that wait or run.
    var live = 0
    /// What its waiting requests wait for that no plan came to.
    var common = CommonWait()
    /// Where the pass over the queue stands; meaningless between two plans.
    var cursor = 0
    /// Prompt tokens that its running sequences still have to compute, as the plan under way began.
    var pending = 0

    /// Sequences that have a place in the batch.
    var active: Int { running - held.count }
    /// Service that it got or has begun to get: what was charged, and prompts that were admitted and not yet computed.
    var claim: Double { counter + Double(pending) / policy.weight }

    func position(of id: RequestID) -> Int? {
        let index = queue.partitioningIndex { $0.id >= id }
        return index < queue.count && queue[index].id == id ? index : nil
    }

    mutating func enqueue(_ request: QueuedRequest) {
        queue.insert(request, at: queue.partitioningIndex { $0.id >= request.id })
    }

    mutating func dequeue(_ id: RequestID) {
        if let index = position(of: id) { queue.remove(at: index) }
    }

    mutating func release(_ id: RequestID) {
        let index = held.partitioningIndex { $0 >= id }
        if index < held.count, held[index] == id { held.remove(at: index) }
    }
}

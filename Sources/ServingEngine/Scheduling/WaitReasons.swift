import DeckCore

/// Why each waiting request waits. A plan looks at those that might begin and writes their reasons down; for all others the
/// reason follows from the state that the plan left, and is worked out only when somebody looks.
extension Scheduler {
    /// What holds for requests that the last plan did not come to, by tenant.
    struct WaitBook: Sendable {
        fileprivate enum Rest: Sendable {
            case reason(WaitReason)
            /// Requests of other tenants that come before this one's.
            case inLine(before: Int)
        }

        fileprivate var rests: [TenantKey: Rest] = [:]
    }

    func waitBook() -> WaitBook {
        var book = WaitBook()
        var before = 0
        for key in tenants.active.sorted(by: { tenants[$0].claim < tenants[$1].claim }) {
            let tenant = tenants[key]
            book.rests[key] = commonReason(tenant).map { .reason($0) } ?? .inLine(before: before)
            before += tenant.queue.count
        }
        return book
    }

    func waitReason(_ sequence: ScheduledSequence, in book: WaitBook) -> WaitReason {
        if case .waiting(let reason) = sequence.status, sequence.reasonPlan == planIndex { return reason }
        if sequence.wasPreempted, pausedBy != nil { return .preempted }
        guard let key = sequence.tenant else { return .batchFull(limit: limits.maxSequences) }
        switch book.rests[key] {
        case .reason(let reason): return reason
        case .inLine(let before): return .inLine(ahead: before + (tenants[key].position(of: sequence.id) ?? 0))
        case nil: return .inLine(ahead: 0)
        }
    }

    /// What held a request back before it began. One that waits still has what bound it before what binds it now, or, with
    /// an `end`, all of it. Nil for the engine's own.
    func waits(of sequence: ScheduledSequence, until end: Double? = nil) -> [WaitPart]? {
        if let begun = sequence.begun { return begun.waits }
        guard let tally = sequence.tally, let key = sequence.tenant else { return nil }
        return tally.waits(until: end, tenants[key].common)
    }

    /// A plan is made: what it wrote down binds those that it came to, and what holds for their tenants all others.
    mutating func settleWaits() {
        for key in tenants.active where !tenants[key].queue.isEmpty {
            let reason = commonReason(tenants[key]) ?? .inLine(ahead: 0)
            tenants[key].common.turn(to: reason, at: planTime)
        }
        var stillSpoken: [RequestID] = []
        for id in spoken {
            guard let sequence = sequences[id], sequence.tally != nil, let key = sequence.tenant else { continue }
            if sequence.reasonPlan == planIndex {
                stillSpoken.append(id)
            } else {
                sequences[id]!.tally!.join(at: planTime, tenants[key].common)
            }
        }
        spoken = stillSpoken
    }

    /// Why a sequence that stands still with its pages does.
    func yieldReason(_ sequence: ScheduledSequence) -> WaitReason? {
        guard sequence.isHeld, let key = sequence.tenant else { return nil }
        let tenant = tenants[key]
        return .yielded(
            tenant: tenant.name, running: tenant.active,
            share: Int(share(of: tenant, in: limits.maxSequences)), limit: limits.maxSequences)
    }

    private func commonReason(_ tenant: Tenant) -> WaitReason? {
        if let pausedBy { return .admissionPaused(by: pausedBy) }
        if let limit = tenant.policy.maxRunning, tenant.running >= limit {
            return .tenantLimit(tenant: tenant.name, running: tenant.running, limit: limit)
        }
        if activeCount >= limits.maxSequences {
            let share = Int(share(of: tenant, in: limits.maxSequences))
            return tenants.active.count > 1 && tenant.active >= share
                ? .fairShare(tenant: tenant.name, running: tenant.active, share: share, limit: limits.maxSequences)
                : .batchFull(limit: limits.maxSequences)
        }
        return blocker.map { .behind(what: $0.what, needed: $0.needed, free: $0.free) }
    }
}

import DeckCore

/// Room for tenants that have less than their share, from those that have more.
///
/// Nobody's share is kept free: alone, a tenant may fill the batch and the pool. When another comes, it gets a place in the
/// batch at once, because the youngest sequence of the one that is furthest beyond its share stands still with its pages,
/// which costs nothing to undo; and when pages are short, because the youngest ones are preempted. Either only down to the
/// share, and only for a tenant that the order puts first anyway.
extension Scheduler {
    /// Where a place in the batch comes from.
    enum PlaceSource {
        case free
        /// The sequence stands still for it.
        case yields(RequestID)
        /// The batch is full; `forOthers` says that another tenant might still get a place.
        case none(forOthers: Bool)
    }

    /// Sequences that get rows.
    var activeCount: Int { running.count - heldCount }

    /// A tenant's part of `total` while the active tenants share it by weight; at least 1.
    func share(of tenant: Tenant, in total: Int) -> Double {
        max(1, Double(total) * tenant.policy.weight / max(tenants.activeWeight, tenant.policy.weight))
    }

    func isAtLimit(_ key: TenantKey) -> Bool {
        let tenant = tenants[key]
        return tenant.policy.maxRunning.map { tenant.running >= $0 } ?? false
    }

    /// Whether a tenant has no more places in the batch than its share.
    func isWithinShare(_ key: TenantKey) -> Bool {
        Double(tenants[key].active) <= share(of: tenants[key], in: limits.maxSequences)
    }

    /// Whether the order puts `key` before `other`, give or take what one request may cost.
    func isAhead(_ key: TenantKey, of other: Tenant) -> Bool {
        tenants[key].counter <= other.counter + limits.fairnessSlack
    }

    /// Nil is the engine's own question.
    func placeInBatch(for key: TenantKey?) -> PlaceSource {
        if activeCount < limits.maxSequences { return .free }
        guard let key else { return .none(forOthers: true) }
        let own = tenants[key]
        guard Double(own.active + 1) <= share(of: own, in: limits.maxSequences) else { return .none(forOthers: true) }
        let weights = tenants.activeWeight
        var furthest: (tenant: TenantKey, excess: Double)?
        for other in tenants.active where other != key {
            let tenant = tenants[other]
            guard tenant.active > 1 else { continue }
            let share = max(1, Double(limits.maxSequences) * tenant.policy.weight / weights)
            let excess = Double(tenant.active) - share
            if excess > 0, excess > furthest?.excess ?? 0, isAhead(key, of: tenant) { furthest = (other, excess) }
        }
        let youngest = furthest.flatMap { found in
            running.last { id in sequences[id].map { $0.tenant == found.tenant && !$0.isHeld } ?? false }
        }
        return youngest.map { .yields($0) } ?? .none(forOthers: false)
    }

    /// Lets a sequence that stands still go on, if the batch has a place for its tenant.
    mutating func resume(_ id: RequestID, of key: TenantKey) -> Bool {
        switch placeInBatch(for: key) {
        case .free: break
        case .yields(let other): setHeld(other, true)
        case .none: return false
        }
        setHeld(id, false)
        return true
    }

    /// No place stays empty while a sequence stands still with its pages, wherever the pass ended.
    mutating func resumeIntoFreePlaces() {
        guard heldCount > 0 else { return }
        for id in running where activeCount < limits.maxSequences && sequences[id]?.isHeld == true {
            setHeld(id, false)
        }
    }

    /// Begins a pass: every tenant that wants something, in order.
    mutating func fairOrder() -> FairOrder {
        for key in tenants.active {
            tenants[key].cursor = 0
            tenants[key].pending = 0
            skipPaused(key)
        }
        for id in running {
            guard let sequence = sequences[id], let tenant = sequence.tenant, !sequence.decodes else { continue }
            tenants[tenant].pending += sequence.length - sequence.computed
        }
        return FairOrder(tenants.active.compactMap { place(of: $0) })
    }

    /// A tenant's place in the order; nil when it wants nothing more in this pass.
    func place(of key: TenantKey) -> FairOrder.Place? {
        let tenant = tenants[key]
        let next = tenant.cursor < tenant.queue.count ? tenant.queue[tenant.cursor].id : nil
        guard let head = tenant.held.first ?? next else { return nil }
        return FairOrder.Place(
            claim: tenant.claim, load: Double(tenant.active) / tenant.policy.weight, head: head, tenant: key)
    }

    /// Preempts sequences of tenants beyond their share of KV pages, those that stand still and the youngest first, until
    /// `shortage` more pages are free. False, and nothing done, when that cannot be, or when `adding` pages would bring the
    /// tenant itself beyond its share.
    mutating func takeBack(
        _ shortage: Int, for key: TenantKey, adding: Int, _ plan: inout StepPlan, _ pool: inout PagePool,
        _ store: inout AdapterStore
    ) -> Bool {
        guard shortage > 0, tenants.active.count > 1 else { return false }
        var held = pagesByTenant()
        // No preemption changes it, so nobody who took its share gives it back in the same plan.
        let total = pool.freeCount + pool.kvCount + pool.prefixes.pageCount
        guard Double(held[key, default: 0] + adding) <= share(of: tenants[key], in: total) else { return false }
        var victims: [RequestID] = []
        var freed = 0
        for standsStill in [true, false] {
            for id in running.reversed() where freed < shortage {
                guard let sequence = sequences[id], let tenant = sequence.tenant, tenant != key,
                    sequence.isHeld == standsStill
                else { continue }
                let kept = held[tenant, default: 0] - sequence.pages.count
                guard Double(held[tenant, default: 0]) > share(of: tenants[tenant], in: total),
                    isAhead(key, of: tenants[tenant])
                else { continue }
                held[tenant] = kept
                freed += pagesOfNobodyElse(sequence, pool: pool)
                victims.append(id)
            }
        }
        guard freed >= shortage else { return false }
        for id in victims { preempt(id, plan: &plan, pool: &pool, store: &store) }
        return true
    }

    /// Who gives its pages up so that a running sequence can grow: one that stands still, or the youngest of a tenant that is
    /// beyond its share and behind in the order, or the youngest of all.
    func growthVictim(for sequence: ScheduledSequence) -> RequestID? {
        if heldCount > 0, let still = running.last(where: { sequences[$0]?.isHeld == true }) { return still }
        guard let key = sequence.tenant, tenants.active.count > 1 else { return running.last }
        let held = pagesByTenant()
        let total = held.values.reduce(0, +)
        let beyond = running.last { id in
            guard let other = sequences[id], let tenant = other.tenant, tenant != key else { return false }
            return Double(held[tenant, default: 0]) > share(of: tenants[tenant], in: total)
                && isAhead(key, of: tenants[tenant])
        }
        return beyond ?? running.last
    }

    private func pagesByTenant() -> [TenantKey: Int] {
        var pages: [TenantKey: Int] = [:]
        for id in running {
            guard let sequence = sequences[id], let tenant = sequence.tenant else { continue }
            pages[tenant, default: 0] += sequence.pages.count
        }
        return pages
    }
}

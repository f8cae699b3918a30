import DeckCore

/// Who gets pages next: operators' loads and waiting requests, the tenant with the least service first, from the one pool.
extension Scheduler {
    mutating func admit(
        _ plan: inout StepPlan, pool: inout PagePool, store: inout AdapterStore, now: Double
    ) {
        blocker = nil
        guard !probes.isEmpty || !tenants.active.isEmpty || !store.wanted.isEmpty else { return }
        var pass = AdmissionPass(
            loadsUnderWay: store.active.count { key in
                switch store[key]?.state {
                case .opening, .reading: true
                default: false
                }
            })
        admitProbes(&pass, &plan, &pool, &store, now)
        var loads = store.wanted.map { (order: store[$0]?.operatorOrder ?? .max, key: $0) }
            .sorted { $0.order > $1.order }
        var order = fairOrder()
        while !pass.isOver, let place = order.pop() {
            let tenant = place.tenant
            if let held = tenants[tenant].held.first, resume(held, of: tenant) {
                if let next = self.place(of: tenant) { order.push(next) }
                continue
            }
            let cursor = tenants[tenant].cursor
            guard cursor < tenants[tenant].queue.count else { continue }
            let id = tenants[tenant].queue[cursor].id
            // An operator's wish comes before the first request that is younger.
            while let load = loads.last, load.order < id.value {
                loads.removeLast()
                claim(load.key, &pass, &plan, &pool, &store, now)
            }
            let fate = admit(id, &pass, &plan, &pool, &store, now)
            if case .admitted = fate {} else { tenants[tenant].cursor += 1 }
            skipPaused(tenant)
            guard pass.goesOn(after: fate, of: tenant), let next = self.place(of: tenant) else { continue }
            order.push(next)
        }
        for load in loads.reversed() { claim(load.key, &pass, &plan, &pool, &store, now) }
        resumeIntoFreePlaces()
        blocker = pass.blocker
    }

    /// While admission is paused only requests that ran before go on.
    mutating func skipPaused(_ key: TenantKey) {
        guard pausedBy != nil else { return }
        let queue = tenants[key].queue
        var cursor = tenants[key].cursor
        while cursor < queue.count, !queue[cursor].hasBegun { cursor += 1 }
        tenants[key].cursor = cursor
    }

    /// Probes complete the loads that somebody waits for, and are short: they go first, and their adapters stay meanwhile,
    /// unless nothing else would ever make room.
    private mutating func admitProbes(
        _ pass: inout AdmissionPass, _ plan: inout StepPlan, _ pool: inout PagePool, _ store: inout AdapterStore,
        _ now: Double
    ) {
        if !running.isEmpty || pass.loadsUnderWay > 0 {
            for key in probes.compactMap({ sequences[$0]?.bound }) { pass.protect(key, in: store) }
        }
        for id in probes { _ = admit(id, &pass, &plan, &pool, &store, now) }
    }

    /// An operator's wish to have an adapter resident.
    private mutating func claim(
        _ key: AdapterKey, _ pass: inout AdmissionPass, _ plan: inout StepPlan, _ pool: inout PagePool,
        _ store: inout AdapterStore, _ now: Double
    ) {
        switch load(key, for: nil, &pass, &plan, &pool, &store) {
        case .rejected(let reason) where !plan.refusedLoads.contains { $0.key == key }:
            plan.refusedLoads.append((key, reason.inFull))
            store.refuseLoad(key, pool: &pool)
        case .waiting(.noPagesForAdapter(let needed, _, _)):
            let since = store[key]?.operatorSince ?? now
            if now - since >= limits.agingSeconds {
                pass.block("the load of \(store[key]?.name ?? "an adapter")", needed: needed, free: pool.freeCount)
            }
        default: break
        }
        pass.protect(key, in: store)
    }

    private mutating func admit(
        _ id: RequestID, _ pass: inout AdmissionPass, _ plan: inout StepPlan, _ pool: inout PagePool,
        _ store: inout AdapterStore, _ now: Double
    ) -> AdmissionPass.Fate {
        guard let sequence = sequences[id] else { return .rejected }
        let isAged = now - sequence.arrival >= limits.agingSeconds
        var key: AdapterKey?
        if let name = sequence.adapter {
            guard let found = sequence.bound ?? store.currentKey(name) else {
                return reject(id, .unknownAdapter, Refusal("adapter \(name) is not registered"), &plan)
            }
            key = found
            switch standing(of: found, for: sequence, &pass, &plan, &pool, &store) {
            case .ready: break
            case .waiting(let reason):
                setWaiting(id, reason)
                pass.protect(found, in: store)
                if case .noPagesForAdapter(let needed, _, _) = reason, isAged {
                    pass.block("request \(id)", needed: needed, free: pool.freeCount)
                }
                return .passedOver
            case .rejected(let reason):
                return reject(id, .unavailable, reason, &plan)
            }
        }
        // A ready adapter is about to run: nobody later evicts it meanwhile.
        if let key { pass.protect(key, in: store) }
        if let tenant = sequence.tenant, isAtLimit(tenant) { return .tenantIsFull }
        guard !pass.isFull else { return .batchIsFull }
        let source = placeInBatch(for: sequence.tenant)
        if case .none(let others) = source { return others ? .tenantIsFull : .batchIsFull }
        let needed = limits.pages(for: sequence.length)
        if let reason = tooLarge(sequence, needed: needed, key: key, pool: pool, store: store) {
            return reject(id, .invalid, reason, &plan)
        }
        let prefix = pass.isBlocked ? [] : retainPrefix(of: sequence, key: key, pool: &pool, store: store)
        if !pass.isBlocked, waitsForDisk(id, found: prefix.count, plan: &plan) {
            pool.releasePrefix(prefix)
            setWaiting(id, .preempted)
            return .passedOver
        }
        guard let pages = pagesToBegin(sequence, needed, found: prefix.count, &pass, &plan, &pool, &store) else {
            pool.releasePrefix(prefix)
            if isAged { pass.block("request \(id)", needed: needed, free: pool.freeCount) }
            return .noPages
        }
        if case .yields(let other) = source { setHeld(other, true) }
        start(id, prefix: prefix, pages: pages, key: key, &plan, pool: &pool, store: &store)
        pass.poolChanged()
        // What the cache had costs the tenant no step.
        if let tenant = sequence.tenant {
            tenants[tenant].pending += sequence.length - (sequences[id]?.computed ?? 0)
        }
        plan.admitted.append(id)
        return .admitted
    }

    private func reject(
        _ id: RequestID, _ kind: FailureKind, _ reason: Refusal, _ plan: inout StepPlan
    ) -> AdmissionPass.Fate {
        plan.rejected.append(.init(id: id, kind: kind, reason: reason))
        return .rejected
    }

    /// Pages for a sequence that begins: free ones, idle adapters', then those of tenants beyond their share. Nil, with the
    /// reason set, when that is not enough. Of `whole` pages it retained `found` from the cache.
    private mutating func pagesToBegin(
        _ sequence: ScheduledSequence, _ whole: Int, found: Int, _ pass: inout AdmissionPass,
        _ plan: inout StepPlan, _ pool: inout PagePool, _ store: inout AdapterStore
    ) -> [Int32]? {
        let needed = whole - found
        if let blocker = pass.blocker {
            setWaiting(sequence.id, .behind(what: blocker.what, needed: blocker.needed, free: pool.freeCount))
            return nil
        }
        let total = needed + headroom
        var evictable = pool.freeCount >= total ? 0 : pass.evictablePages(store, pool)
        if pool.freeCount + evictable < total, let tenant = sequence.tenant {
            let shortage = total - pool.freeCount - evictable
            if takeBack(shortage, for: tenant, adding: whole, &plan, &pool, &store) { pass.poolChanged() }
            evictable = pool.freeCount >= total ? 0 : pass.evictablePages(store, pool)
        }
        if pool.freeCount + evictable >= total,
            let pages = take(needed, for: sequence.id, protecting: pass.wantedByEarlier, &plan, &pool, &store)
        {
            return pages
        }
        let free = pool.freeCount
        let shown = pass.evictablePages(store, pool)
        setWaiting(
            sequence.id,
            free + shown < needed
                ? .noPages(needed: needed, free: free, evictable: shown)
                : .noRoomToGrow(needed: needed, reserve: headroom, free: free, evictable: shown))
        return nil
    }

    /// Pages left free for the growth of what runs already; none for the first sequence, which must be able to begin.
    private var headroom: Int { running.isEmpty ? 0 : 1 + running.count / 8 }

    /// The arithmetic when a sequence cannot run even alone: its tokens, its adapter and what is pinned share one pool.
    private func tooLarge(
        _ sequence: ScheduledSequence, needed: Int, key: AdapterKey?, pool: PagePool,
        store: AdapterStore
    ) -> Refusal? {
        let own = key.flatMap { store[$0]?.pages.count } ?? 0
        let pins = store.pinnedPages(except: key)
        let pinned = pins.reduce(0) { $0 + $1.pages }
        guard needed + own + pinned > pool.pageCount else { return nil }
        var parts = [
            "\(sequence.length.counted("token")) \(sequence.length.form("needs", many: "need")) \(needed.counted("page")) of KV cache, the pool has \(pool.pageCount)"
        ]
        if own > 0 { parts.append("\(own) hold adapter \(sequence.adapter ?? "?")") }
        guard pinned > 0 else { return Refusal(parts.joined(separator: "; ")) }
        return Refusal(
            told: (parts + ["not all of them can be given to it"]).joined(separator: "; "),
            inFull: (parts + ["\(pinned) are pinned (\(AdapterStore.list(pins)))"]).joined(separator: "; "))
    }
}

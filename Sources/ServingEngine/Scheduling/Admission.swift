import DeckCore

/// Who gets pages next: waiting requests and operators' loads, in order of age, from the one pool.
extension Scheduler {
    /// One pass over everything that waits for pages.
    private struct Pass {
        /// Adapters that an older one waits for or is about to run on: a younger one may not evict them.
        var wantedByOlder: Set<AdapterKey> = []
        /// An aged request waits for pages: nobody younger takes any.
        var isBlocked = false
        /// Loads that keep loader threads busy or will next.
        var loadsUnderWay: Int
    }

    private enum Claim {
        case request(RequestID)
        case load(AdapterKey)
    }

    mutating func admit(
        _ plan: inout StepPlan, pool: inout PagePool, store: inout AdapterStore, now: Double
    ) {
        guard !waiting.isEmpty || !store.wanted.isEmpty else { return }
        var pass = Pass(
            loadsUnderWay: store.active.count { key in
                switch store[key]?.state {
                case .opening, .reading: true
                default: false
                }
            })
        // Probes complete the loads that somebody waits for, and are short: they go first, and their adapters stay
        // meanwhile, unless nothing else would ever make room.
        let probes = waiting.filter { sequences[$0]?.isProbe == true }
        if !running.isEmpty || pass.loadsUnderWay > 0 {
            pass.wantedByOlder.formUnion(probes.compactMap { sequences[$0]?.bound })
        }
        for id in probes { admit(id, &pass, &plan, &pool, &store, now) }
        for claim in claims(store) {
            switch claim {
            case .request(let id):
                if sequences[id]?.isProbe == false { admit(id, &pass, &plan, &pool, &store, now) }
            case .load(let key):
                switch load(key, &pass, &plan, &pool, &store) {
                case .rejected(let reason) where !plan.refusedLoads.contains { $0.key == key }:
                    plan.refusedLoads.append((key, reason))
                    store.refuseLoad(key, pool: &pool)
                case .waiting(.noPagesForAdapter):
                    let since = store[key]?.operatorSince ?? now
                    if now - since >= limits.agingSeconds { pass.isBlocked = true }
                default: break
                }
                pass.wantedByOlder.insert(key)
            }
        }
    }

    /// Requests and operators' wishes, oldest first: both draw their order from one counter.
    private func claims(_ store: AdapterStore) -> [Claim] {
        guard !store.wanted.isEmpty else { return waiting.map { .request($0) } }
        let loads = store.wanted.map {
            (order: store[$0]?.operatorOrder ?? .max, claim: Claim.load($0))
        }
        let requests = waiting.map { (order: $0.value, claim: Claim.request($0)) }
        return (loads + requests).sorted { $0.order < $1.order }.map(\.claim)
    }

    /// How a claim on an adapter stands.
    private enum AdapterStanding {
        case ready
        case waiting(WaitReason)
        case rejected(String)
    }

    private mutating func admit(
        _ id: RequestID, _ pass: inout Pass, _ plan: inout StepPlan, _ pool: inout PagePool,
        _ store: inout AdapterStore,
        _ now: Double
    ) {
        guard let sequence = sequences[id] else { return }
        let isAged = now - sequence.arrival >= limits.agingSeconds
        var key: AdapterKey?
        if let name = sequence.adapter {
            guard let found = sequence.bound ?? store.currentKey(name) else {
                plan.rejected.append(.init(id: id, reason: "adapter \(name) is not registered"))
                return
            }
            key = found
            switch standing(of: found, for: sequence, &pass, &plan, &pool, &store) {
            case .ready: break
            case .waiting(let reason):
                setWaiting(id, reason)
                pass.wantedByOlder.insert(found)
                if case .noPagesForAdapter = reason, isAged { pass.isBlocked = true }
                return
            case .rejected(let reason):
                plan.rejected.append(.init(id: id, reason: reason))
                return
            }
        }
        // A ready adapter is about to run: nobody younger evicts it meanwhile.
        if let key { pass.wantedByOlder.insert(key) }
        if running.count >= limits.maxSequences {
            return setWaiting(id, .batchFull(limit: limits.maxSequences))
        }
        let needed = limits.pages(for: sequence.length)
        if let reason = tooLarge(sequence, needed: needed, key: key, pool: pool, store: store) {
            plan.rejected.append(.init(id: id, reason: reason))
            return
        }
        let evictable =
            pool.freeCount >= needed + headroom ? 0 : store.evictablePages(protecting: pass.wantedByOlder)
        guard !pass.isBlocked, pool.freeCount + evictable >= needed + headroom,
            let pages = take(needed, for: id, protecting: pass.wantedByOlder, &plan, &pool, &store)
        else {
            let shown = store.evictablePages(protecting: pass.wantedByOlder)
            setWaiting(id, .noPages(needed: needed, free: pool.freeCount, evictable: shown))
            if isAged { pass.isBlocked = true }
            return
        }
        start(id, pages: pages, key: key, store: &store)
        plan.admitted.append(id)
    }

    /// Pages left free for the growth of what runs already; none for the first sequence, which must be able to begin.
    private var headroom: Int { running.isEmpty ? 0 : 1 + running.count / 8 }

    private func standing(
        of key: AdapterKey, for sequence: ScheduledSequence, _ pass: inout Pass, _ plan: inout StepPlan,
        _ pool: inout PagePool, _ store: inout AdapterStore
    ) -> AdapterStanding {
        guard let record = store[key] else { return .rejected("the version that it began on is gone") }
        if sequence.isProbe, record.state != .resident {
            return .rejected("\(record.name) is not resident any more")
        }
        switch record.state {
        case .resident: return .ready
        case .draining: return sequence.wasPreempted ? .ready : .waiting(.adapterLoading)
        case .failed(let reason):
            return .rejected("adapter \(record.name) failed to load: \(reason)")
        case .quarantined(let reason):
            return .rejected("adapter \(record.name) is quarantined: \(reason)")
        case .registered, .opening, .awaitingPages, .reading:
            return load(key, &pass, &plan, &pool, &store)
        }
    }

    /// Moves a load on as far as room allows.
    private func load(
        _ key: AdapterKey, _ pass: inout Pass, _ plan: inout StepPlan, _ pool: inout PagePool,
        _ store: inout AdapterStore
    ) -> AdapterStanding {
        guard let record = store[key] else { return .rejected("the version is gone") }
        switch record.state {
        case .registered:
            if let needed = record.pagesNeeded,
                let reason = store.neverFits(key, needed: needed, pool: pool)
            {
                return .rejected(reason)
            }
            if pass.loadsUnderWay < limits.maxLoads, store.beginLoad(key) {
                pass.loadsUnderWay += 1
                plan.opening.append(key)
            }
            return .waiting(.adapterLoading)
        case .awaitingPages:
            let needed = record.pagesNeeded ?? 0
            if pass.isBlocked {
                let evictable = store.evictablePages(protecting: pass.wantedByOlder)
                return .waiting(
                    .noPagesForAdapter(needed: needed, free: pool.freeCount, evictable: evictable))
            }
            switch store.reserve(key, protecting: pass.wantedByOlder, pool: &pool) {
            case .reading(let evicted):
                plan.evicted += evicted.map { ($0, "to make room for adapter \(record.name)") }
                plan.reading.append(key)
                return .waiting(.adapterLoading)
            case .wait(let needed, let free, let evictable):
                if !plan.waitingLoads.contains(where: { $0.key == key }) {
                    let sum = store.arithmetic(needed: needed, protecting: pass.wantedByOlder, pool: pool)
                    plan.waitingLoads.append((key, sum))
                }
                return .waiting(.noPagesForAdapter(needed: needed, free: free, evictable: evictable))
            case .neverFits(let reason):
                plan.refusedLoads.append((key, reason))
                store.refuseLoad(key, pool: &pool)
                return .rejected(reason)
            }
        default: return .waiting(.adapterLoading)
        }
    }

    /// The arithmetic when a sequence cannot run even alone: its tokens, its adapter and what is pinned share one pool.
    private func tooLarge(
        _ sequence: ScheduledSequence, needed: Int, key: AdapterKey?, pool: PagePool,
        store: AdapterStore
    ) -> String? {
        let own = key.flatMap { store[$0]?.pages.count } ?? 0
        let pins = store.pinnedPages(except: key)
        let pinned = pins.reduce(0) { $0 + $1.pages }
        guard needed + own + pinned > pool.pageCount else { return nil }
        var parts = [
            "\(sequence.length) tokens need \(needed) pages of KV cache, the pool has \(pool.pageCount)"
        ]
        if own > 0 { parts.append("\(own) hold adapter \(sequence.adapter ?? "?")") }
        if pinned > 0 { parts.append("\(pinned) are pinned (\(AdapterStore.list(pins)))") }
        return parts.joined(separator: "; ")
    }
}

import DeckCore

/// What waits for an adapter: how its load stands, and moving it on as far as room allows.
extension Scheduler {
    /// How a claim on an adapter stands.
    enum AdapterStanding {
        case ready
        case waiting(WaitReason)
        case rejected(Refusal)
    }

    mutating func standing(
        of key: AdapterKey, for sequence: ScheduledSequence, _ pass: inout AdmissionPass, _ plan: inout StepPlan,
        _ pool: inout PagePool, _ store: inout AdapterStore
    ) -> AdapterStanding {
        guard let record = store[key] else { return .rejected(Refusal("the version that it began on is gone")) }
        if sequence.isProbe, record.state != .resident {
            return .rejected(Refusal("\(record.name) is not resident any more"))
        }
        switch record.state {
        case .resident: return .ready
        case .draining: return sequence.wasPreempted ? .ready : .waiting(.adapterLeaving)
        case .failed(let reason):
            return .rejected(Refusal("adapter \(record.name) failed to load: \(reason)"))
        case .quarantined(let reason):
            return .rejected(Refusal("adapter \(record.name) is quarantined: \(reason)"))
        case .registered, .opening, .awaitingPages, .reading:
            return load(key, for: sequence.tenant, &pass, &plan, &pool, &store)
        }
    }

    /// Moves a load on as far as room allows; `tenant` is whose request wants it, nil for an operator.
    mutating func load(
        _ key: AdapterKey, for tenant: TenantKey?, _ pass: inout AdmissionPass, _ plan: inout StepPlan,
        _ pool: inout PagePool, _ store: inout AdapterStore
    ) -> AdapterStanding {
        guard let record = store[key] else { return .rejected(Refusal("the version is gone")) }
        switch record.state {
        case .registered:
            if let needed = record.pagesNeeded,
                let reason = store.neverFits(key, needed: needed, pool: pool)
            {
                return .rejected(reason)
            }
            guard pass.loadsUnderWay < limits.maxLoads, store.beginLoad(key) else {
                return .waiting(.adapterQueued(loads: pass.loadsUnderWay))
            }
            pass.loadsUnderWay += 1
            plan.opening.append(key)
            return .waiting(.adapterLoading)
        case .awaitingPages:
            return reserve(key, record, for: tenant, &pass, &plan, &pool, &store)
        default: return .waiting(.adapterLoading)
        }
    }

    /// Pages for an adapter whose size is known.
    private mutating func reserve(
        _ key: AdapterKey, _ record: AdapterRecord, for tenant: TenantKey?, _ pass: inout AdmissionPass,
        _ plan: inout StepPlan, _ pool: inout PagePool, _ store: inout AdapterStore
    ) -> AdapterStanding {
        let needed = record.pagesNeeded ?? 0
        if let blocker = pass.blocker {
            return .waiting(.behind(what: blocker.what, needed: blocker.needed, free: pool.freeCount))
        }
        let shortage = needed - pool.freeCount - (pool.freeCount >= needed ? 0 : pass.evictablePages(store, pool))
        if shortage > 0, let tenant, store.neverFits(key, needed: needed, pool: pool) == nil,
            takeBack(shortage, for: tenant, adding: needed, &plan, &pool, &store)
        {
            pass.poolChanged()
        }
        switch store.reserve(key, protecting: pass.wantedByEarlier, pool: &pool) {
        case .reading(let evicted):
            pass.poolChanged()
            plan.evicted += evicted.map {
                StepPlan.Eviction(
                    adapter: $0, reason: "to make room for adapter \(record.name)",
                    tenant: tenant.map { tenants[$0].name }, claimant: key)
            }
            plan.reading.append(key)
            return .waiting(.adapterLoading)
        case .wait(let needed, let free, let evictable):
            if !plan.waitingLoads.contains(where: { $0.key == key }) {
                let sum = store.arithmetic(needed: needed, protecting: pass.wantedByEarlier, pool: pool)
                plan.waitingLoads.append((key, sum))
            }
            return .waiting(.noPagesForAdapter(needed: needed, free: free, evictable: evictable))
        case .neverFits(let reason):
            plan.refusedLoads.append((key, reason.inFull))
            store.refuseLoad(key, pool: &pool)
            return .rejected(reason)
        }
    }
}

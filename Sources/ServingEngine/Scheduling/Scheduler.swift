import DeckCore

/// What bounds the running batch.
struct SchedulerLimits: Sendable {
    var tokensPerPage = 16
    /// Sequences that run at once.
    var maxSequences = 64
    /// Rows of one step; decode rows always fit, prefill takes what they leave.
    var stepRows = 256
    /// Seconds after which a waiting request keeps younger ones from taking the pages that it waits for.
    var agingSeconds = 2.0
    /// Loads whose files are read at once or next; more are not even opened.
    var maxLoads = 4
    /// What a step with decode rows should take, in seconds: prefill gets the rows that fit.
    var stepTargetSeconds = 0.05
    /// Of that, what a step should take whose prompts are only those of a tenant with more than its share of the batch.
    var crowdedPart = 0.6
    /// Weighted tokens that a tenant within its share may be ahead of one beyond its share and still take its room.
    var fairnessSlack = 1024.0

    func pages(for tokens: Int) -> Int { (tokens + tokensPerPage - 1) / tokensPerPage }
}

/// Continuous (iteration-level) batching as in Orca, over paged KV as in vLLM, from one pool with the adapters as in
/// S-LoRA: a state machine that plans one step at a time and performs nothing.
///
/// The tenant that got least comes first (`TenantTable`), and in a tenant the oldest request. A request whose adapter is on
/// its way is passed over, not waited for. Every request ends: a tenant that waits gets nothing meanwhile, so it becomes the
/// first; and the first request, once it has waited long, keeps all later ones from taking pages.
struct Scheduler: Sendable {
    let limits: SchedulerLimits
    var sequences: [RequestID: ScheduledSequence] = [:]
    /// The engine's own questions that wait; ascending.
    private(set) var probes: [RequestID] = []
    /// Those that hold pages; ascending.
    private(set) var running: [RequestID] = []
    /// Running sequences that stand still.
    private(set) var heldCount = 0
    var tenants: TenantTable
    var speed = StepSpeed()
    /// KV of preempted sequences outside the pool.
    var spills: SpillBook
    /// Counts plans.
    private(set) var planIndex = 0
    /// When the last plan was made, on the engine's clock.
    private(set) var planTime = 0.0
    /// Waiting requests that came after the last plan, or that it wrote a reason down for.
    var spoken: [RequestID] = []
    /// Who keeps others from taking pages since the last plan.
    var blocker: AdmissionPass.Blocker?
    /// The operator who paused admission; nil while it is open.
    var pausedBy: String?

    init(
        limits: SchedulerLimits, tenants: TenantTable = TenantTable(policies: [:], common: TenantPolicy()),
        spills: SpillBook = SpillBook()
    ) {
        self.limits = limits
        self.spills = spills
        self.tenants = tenants
    }

    subscript(id: RequestID) -> ScheduledSequence? { sequences[id] }

    /// Rows of a step. A full batch of decode rows leaves room for prefill, so neither starves the other.
    var rowBudget: Int { max(limits.stepRows, limits.maxSequences + limits.tokensPerPage) }

    /// Everything that waits, oldest first.
    var waiting: [RequestID] { (probes + tenants.active.flatMap { tenants[$0].queue.map(\.id) }).sorted() }
    /// Users' requests that wait.
    var waitingCount: Int { tenants.active.reduce(0) { $0 + tenants[$1].queue.count } }

    /// Nil is the engine itself.
    mutating func submit(_ sequence: ScheduledSequence, tenant: String?) {
        sequences[sequence.id] = sequence
        sequences[sequence.id]!.tenant = tenant.map { tenants.join($0) }
        if tenant != nil {
            sequences[sequence.id]!.tally = WaitTally(arrival: sequence.arrival)
            spoken.append(sequence.id)
        }
        enqueue(sequence.id)
    }

    /// Puts a request that has no pages in its tenant's queue, at the place of its age.
    private mutating func enqueue(_ id: RequestID) {
        let sequence = sequences[id]!
        guard let tenant = sequence.tenant else {
            return probes.insert(id, at: probes.partitioningIndex { $0 >= id })
        }
        tenants[tenant].enqueue(
            QueuedRequest(
                id: id, arrival: sequence.arrival, tokens: sequence.length, hasBegun: sequence.wasPreempted))
    }

    /// Ends a request in whatever state and frees its pages.
    mutating func end(_ id: RequestID, pool: inout PagePool, store: inout AdapterStore) {
        guard let sequence = sequences.removeValue(forKey: id) else { return }
        remove(sequence)
        if let tenant = sequence.tenant { tenants.leave(tenant) }
        spills.drop(id)
        letGo(sequence, pool: &pool)
        // A probe that never ran is bound, but no user of its version yet.
        if let key = sequence.bound, sequence.isRunning || sequence.wasPreempted {
            store.end(key, wasRunning: sequence.isRunning, pool: &pool)
        }
    }

    /// A step ran: `rows` more tokens have their KV in pages, and `token` was generated. Pages that are full now can serve
    /// others at once.
    mutating func advance(
        _ id: RequestID, rows: Int, token: Int32?, pool: inout PagePool, store: AdapterStore
    ) {
        guard let sequence = sequences[id] else { return }
        sequences[id]!.computed += rows
        if let token { sequences[id]!.tokens.append(token) }
        publish(id, pool: &pool, store: store)
        guard let tenant = sequence.tenant else { return }
        tenants.charge(tenant, promptTokens: sequence.decodes ? 0 : rows, generatedTokens: token == nil ? 0 : 1)
    }

    /// Plans the next step. `now` is the engine's clock, in seconds.
    mutating func plan(pool: inout PagePool, store: inout AdapterStore, now: Double) -> StepPlan {
        var plan = StepPlan()
        planIndex += 1
        planTime = now
        growDecoding(&plan, pool: &pool, store: &store)
        admit(&plan, pool: &pool, store: &store, now: now)
        settleWaits()
        chooseRows(&plan)
        return plan
    }

    // MARK: Growth and preemption

    /// Gives each decoding sequence the page that its next row needs: free ones first, then an idle adapter's, then the
    /// youngest running sequence's, which will be computed again.
    private mutating func growDecoding(
        _ plan: inout StepPlan, pool: inout PagePool, store: inout AdapterStore
    ) {
        for id in running {
            guard let sequence = sequences[id], sequence.isRunning, !sequence.isHeld else { continue }
            let missing = limits.pages(for: sequence.length) - sequence.pages.count
            guard missing > 0 else { continue }
            while true {
                if let pages = take(missing, for: id, protecting: [], &plan, &pool, &store) {
                    sequences[id]!.pages += pages
                    break
                }
                guard let victim = growthVictim(for: sequence) else { break }
                preempt(victim, plan: &plan, pool: &pool, store: &store)
                if victim == id { break }
            }
        }
    }

    /// Takes a running sequence's pages; its tokens so far become its prompt (vLLM's preemption by recomputation), unless
    /// keeping them on disk is cheaper.
    mutating func preempt(
        _ id: RequestID, plan: inout StepPlan, pool: inout PagePool, store: inout AdapterStore
    ) {
        let sequence = sequences[id]!
        keep(sequence, plan: &plan, pool: pool)
        letGo(sequence, pool: &pool)
        if let key = sequence.bound { store.suspend(key) }
        remove(sequence)
        sequences[id]!.pages = []
        sequences[id]!.shared = 0
        sequences[id]!.computed = 0
        sequences[id]!.wasPreempted = true
        sequences[id]!.isHeld = false
        sequences[id]!.status = .waiting(.preempted)
        sequences[id]!.reasonPlan = planIndex
        enqueue(id)
        plan.preempted.append(id)
    }

    /// Takes `count` pages for a sequence, evicting idle adapters as needed; nil, and nothing done, when that cannot be.
    func take(
        _ count: Int, for id: RequestID, protecting: Set<AdapterKey>, _ plan: inout StepPlan,
        _ pool: inout PagePool,
        _ store: inout AdapterStore
    ) -> [Int32]? {
        guard let evicted = store.makeRoom(count, protecting: protecting, pool: &pool) else {
            return nil
        }
        let tenant = sequences[id]?.tenant.map { tenants[$0].name }
        plan.evicted += evicted.map {
            StepPlan.Eviction(
                adapter: $0, reason: "to make room for request \(id)", tenant: tenant, claimant: nil)
        }
        return pool.allocate(count, for: .sequence(id))
    }

    // MARK: Bookkeeping

    mutating func setWaiting(_ id: RequestID, _ reason: WaitReason) {
        guard let sequence = sequences[id] else { return }
        sequences[id]!.reasonPlan = planIndex
        if let tally = sequence.tally, let key = sequence.tenant {
            if !tally.isOwn { spoken.append(id) }
            sequences[id]!.tally!.bind(reason, at: planTime, tenants[key].common)
        }
        // That it was preempted says more than that pages are short.
        if sequence.wasPreempted, case .noPages = reason {
            sequences[id]!.status = .waiting(.preempted)
        } else {
            sequences[id]!.status = .waiting(reason)
        }
    }

    /// Moves a waiting request into the batch with its pages: `prefix` is the cache's, which it retained, `pages` its own.
    mutating func start(
        _ id: RequestID, prefix: [Int32], pages: [Int32], key: AdapterKey?, _ plan: inout StepPlan,
        pool: inout PagePool, store: inout AdapterStore
    ) {
        let sequence = sequences[id]!
        if sequence.begun == nil {
            sequences[id]!.begun = (planTime, waits(of: sequence, until: planTime) ?? [])
            sequences[id]!.tally = nil
        }
        if let key { store.begin(key, resuming: sequence.wasPreempted, pool: &pool) }
        remove(sequence)
        begin(sequence, on: prefix, pool: &pool)
        sequences[id]!.bound = key
        sequences[id]!.pages = prefix + pages
        restore(id, plan: &plan)
        sequences[id]!.wasPreempted = false
        sequences[id]!.status = .running
        sequences[id]!.lastRowsPlan = planIndex
        running.insert(id, at: running.partitioningIndex { $0 >= id })
        if let tenant = sequence.tenant { tenants[tenant].running += 1 }
    }

    /// Whether a running sequence stands still.
    mutating func setHeld(_ id: RequestID, _ isHeld: Bool) {
        guard let sequence = sequences[id], sequence.isRunning, sequence.isHeld != isHeld, let tenant = sequence.tenant
        else { return }
        sequences[id]!.isHeld = isHeld
        heldCount += isHeld ? 1 : -1
        if isHeld {
            let index = tenants[tenant].held.partitioningIndex { $0 >= id }
            tenants[tenant].held.insert(id, at: index)
        } else {
            tenants[tenant].release(id)
        }
    }

    mutating func gaveRows(_ id: RequestID) { sequences[id]?.lastRowsPlan = planIndex }

    /// Takes it out of the queue or the batch that it is in.
    private mutating func remove(_ sequence: ScheduledSequence) {
        let id = sequence.id
        if sequence.isRunning {
            let index = running.partitioningIndex { $0 >= id }
            if index < running.count, running[index] == id { running.remove(at: index) }
            guard let tenant = sequence.tenant else { return }
            tenants[tenant].running -= 1
            guard sequence.isHeld else { return }
            heldCount -= 1
            tenants[tenant].release(id)
        } else if let tenant = sequence.tenant {
            tenants[tenant].dequeue(id)
        } else {
            let index = probes.partitioningIndex { $0 >= id }
            if index < probes.count, probes[index] == id { probes.remove(at: index) }
        }
    }
}

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

    func pages(for tokens: Int) -> Int { (tokens + tokensPerPage - 1) / tokensPerPage }
}

/// Continuous (iteration-level) batching as in Orca, over paged KV as in vLLM, from one pool with the adapters as in
/// S-LoRA: a state machine that plans one step at a time and performs nothing.
///
/// First come, first served, but a request whose adapter is on its way is passed over, not waited for. The oldest waiting
/// request always gets the next pages that it can use, so everything ends.
struct Scheduler: Sendable {
    let limits: SchedulerLimits
    private(set) var sequences: [RequestID: ScheduledSequence] = [:]
    /// Ascending, so oldest first.
    private(set) var waiting: [RequestID] = []
    /// Ascending.
    private(set) var running: [RequestID] = []

    init(limits: SchedulerLimits) {
        self.limits = limits
    }

    subscript(id: RequestID) -> ScheduledSequence? { sequences[id] }

    /// Rows of a step. A full batch of decode rows leaves room for prefill, so neither starves the other.
    var rowBudget: Int { max(limits.stepRows, limits.maxSequences + limits.tokensPerPage) }

    mutating func submit(_ sequence: ScheduledSequence) {
        sequences[sequence.id] = sequence
        waiting.insert(sequence.id, at: waiting.partitioningIndex { $0 >= sequence.id })
    }

    /// Ends a request in whatever state and frees its pages.
    mutating func end(_ id: RequestID, pool: inout PagePool, store: inout AdapterStore) {
        guard let sequence = sequences.removeValue(forKey: id) else { return }
        remove(id, from: sequence.isRunning ? \.running : \.waiting)
        pool.release(sequence.pages, of: .sequence(id))
        // A probe that never ran is bound, but no user of its version yet.
        if let key = sequence.bound, sequence.isRunning || sequence.wasPreempted {
            store.end(key, wasRunning: sequence.isRunning, pool: &pool)
        }
    }

    /// A step ran: `rows` more tokens have their KV in pages; `appended` says that one was generated.
    mutating func advance(_ id: RequestID, rows: Int, appended: Bool) {
        sequences[id]?.computed += rows
        if appended { sequences[id]?.length += 1 }
    }

    /// Plans the next step. `now` is the engine's clock, in seconds.
    mutating func plan(pool: inout PagePool, store: inout AdapterStore, now: Double) -> StepPlan {
        var plan = StepPlan()
        growDecoding(&plan, pool: &pool, store: &store)
        admit(&plan, pool: &pool, store: &store, now: now)
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
            guard let sequence = sequences[id], sequence.isRunning else { continue }
            let missing = limits.pages(for: sequence.length) - sequence.pages.count
            guard missing > 0 else { continue }
            while true {
                if let pages = take(missing, for: id, protecting: [], &plan, &pool, &store) {
                    sequences[id]!.pages += pages
                    break
                }
                guard let victim = running.last else { break }
                preempt(victim, plan: &plan, pool: &pool, store: &store)
                if victim == id { break }
            }
        }
    }

    /// Takes a running sequence's pages; its tokens so far become its prompt (vLLM's preemption by recomputation).
    private mutating func preempt(
        _ id: RequestID, plan: inout StepPlan, pool: inout PagePool, store: inout AdapterStore
    ) {
        let sequence = sequences[id]!
        pool.release(sequence.pages, of: .sequence(id))
        if let key = sequence.bound { store.suspend(key) }
        sequences[id]!.pages = []
        sequences[id]!.computed = 0
        sequences[id]!.wasPreempted = true
        sequences[id]!.status = .waiting(.preempted)
        remove(id, from: \.running)
        waiting.insert(id, at: waiting.partitioningIndex { $0 >= id })
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
        plan.evicted += evicted.map { ($0, "to make room for request \(id)") }
        return pool.allocate(count, for: .sequence(id))
    }

    // MARK: Rows

    /// All decode rows, then prefill up to the budget: what is urgent, then in order of age.
    private func chooseRows(_ plan: inout StepPlan) {
        var budget = rowBudget
        var slices: [StepPlan.Slice] = []
        let urgent = running.filter { sequences[$0]?.isUrgent == true }
        let inOrder = urgent.isEmpty ? running : urgent + running.filter { sequences[$0]?.isUrgent != true }
        for decoding in [true, false] {
            for id in inOrder {
                guard let sequence = sequences[id], sequence.decodes == decoding, budget > 0 else {
                    continue
                }
                let rows = min(budget, sequence.length - sequence.computed)
                guard rows > 0 else { continue }
                budget -= rows
                slices.append(
                    StepPlan.Slice(
                        id: id, adapter: sequence.bound, firstPosition: sequence.computed, rowCount: rows,
                        pages: sequence.pages, reachesEnd: sequence.computed + rows == sequence.length,
                        decodes: decoding))
            }
        }
        plan.slices = slices.sorted { Self.batchOrder($0) < Self.batchOrder($1) }
    }

    private static func batchOrder(_ slice: StepPlan.Slice) -> (Int64, Int, UInt64) {
        (slice.adapter.map { Int64($0.value) } ?? -1, slice.decodes ? 0 : 1, slice.id.value)
    }

    // MARK: Bookkeeping

    mutating func setWaiting(_ id: RequestID, _ reason: WaitReason) {
        guard let sequence = sequences[id] else { return }
        // That it was preempted says more than that pages are short.
        if sequence.wasPreempted, case .noPages = reason {
            sequences[id]!.status = .waiting(.preempted)
        } else {
            sequences[id]!.status = .waiting(reason)
        }
    }

    /// Moves a waiting request into the batch with its pages.
    mutating func start(_ id: RequestID, pages: [Int32], key: AdapterKey?, store: inout AdapterStore) {
        let sequence = sequences[id]!
        if let key { store.begin(key, resuming: sequence.wasPreempted) }
        sequences[id]!.bound = key
        sequences[id]!.pages = pages
        sequences[id]!.computed = 0
        sequences[id]!.wasPreempted = false
        sequences[id]!.status = .running
        remove(id, from: \.waiting)
        running.insert(id, at: running.partitioningIndex { $0 >= id })
    }

    private mutating func remove(_ id: RequestID, from list: WritableKeyPath<Scheduler, [RequestID]>) {
        let index = self[keyPath: list].partitioningIndex { $0 >= id }
        if index < self[keyPath: list].count, self[keyPath: list][index] == id {
            self[keyPath: list].remove(at: index)
        }
    }

    /// What is wrong between sequences, versions and pages; nil when nothing is (invariant 11).
    func integrityFault(pool: PagePool, store: AdapterStore) -> String? {
        if let fault = pool.integrityFault() { return fault }
        var expected = 0
        for sequence in sequences.values {
            if pool.count(of: .sequence(sequence.id)) != sequence.pages.count {
                return
                    "\(sequence.id) lists \(sequence.pages.count) pages, the pool \(pool.count(of: .sequence(sequence.id)))"
            }
            if !sequence.isRunning, !sequence.pages.isEmpty { return "\(sequence.id) waits with pages" }
            expected += sequence.pages.count
        }
        for record in store.records.values {
            if pool.count(of: record.holder) != record.pages.count {
                return "\(record.name)'s pages differ from the pool's"
            }
            let bound = sequences.values.filter { $0.bound == record.key }
            if record.running != bound.count(where: { $0.isRunning }) {
                return "\(record.name): running is \(record.running)"
            }
            if record.suspended != bound.count(where: { !$0.isRunning && $0.wasPreempted }) {
                return "\(record.name): suspended is \(record.suspended)"
            }
            if record.running > 0, record.state != .resident, record.state != .draining {
                return "\(record.name) runs while \(record.state)"
            }
            expected += record.pages.count
        }
        if expected != pool.usedCount {
            return "\(pool.usedCount) pages used, \(expected) accounted for"
        }
        if Set(waiting + running) != Set(sequences.keys) { return "a sequence is in no queue" }
        return nil
    }
}

import DeckCore

extension Scheduler {
    /// What is wrong between sequences, versions and pages; nil when nothing is (invariant 11).
    func integrityFault(pool: PagePool, store: AdapterStore) -> String? {
        if let fault = pool.integrityFault() { return fault }
        var expected = 0
        for sequence in sequences.values {
            let own = pool.count(of: .sequence(sequence.id))
            if own != sequence.ownPages.count {
                return "\(sequence.id) lists \(sequence.ownPages.count) pages of its own, the pool \(own)"
            }
            if !sequence.isRunning, !sequence.pages.isEmpty { return "\(sequence.id) waits with pages" }
            expected += own
        }
        expected += pool.prefixes.pageCount
        if let fault = prefixFault(pool: pool) ?? store.integrityFault() { return fault }
        let users = Dictionary(grouping: sequences.values.filter { $0.bound != nil }, by: \.bound)
        for record in store.records.values {
            if pool.count(of: record.holder) != record.pages.count {
                return "\(record.name)'s pages differ from the pool's"
            }
            let bound = users[record.key] ?? []
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
        return spillFault() ?? tenantFault()
    }

    private func spillFault() -> String? {
        for id in spills.entries.keys {
            guard let sequence = sequences[id], !sequence.isRunning, sequence.wasPreempted else {
                return "\(id)'s KV is kept, and it does not wait for it"
            }
        }
        return spills.integrityFault()
    }

    private func tenantFault() -> String? {
        for key in tenants.active {
            let tenant = tenants[key]
            let own = sequences.values.filter { $0.tenant == key }
            if own.count != tenant.live { return "\(tenant.name): \(own.count) requests, \(tenant.live) counted" }
            if own.count(where: { $0.isRunning }) != tenant.running {
                return "\(tenant.name): running is \(tenant.running)"
            }
            if own.filter(\.isHeld).map(\.id).sorted() != tenant.held { return "\(tenant.name): held differ" }
            if own.filter({ !$0.isRunning }).map(\.id).sorted() != tenant.queue.map(\.id) {
                return "\(tenant.name): its queue differs from what waits"
            }
        }
        let owners = Set(sequences.values.compactMap(\.tenant))
        if owners != Set(tenants.active) || owners.count != tenants.active.count { return "active tenants differ" }
        if heldCount != sequences.values.count(where: \.isHeld) { return "\(heldCount) held are counted" }
        if let held = sequences.values.first(where: { $0.isHeld && !$0.isRunning }) {
            return "\(held.id) is held and waits"
        }
        let active = running.count { sequences[$0]?.isHeld == false }
        return active > limits.maxSequences ? "\(active) sequences in a batch of \(limits.maxSequences)" : nil
    }
}

import DeckCore

/// How preempted sequences keep what they computed.
extension Scheduler {
    /// A sequence is about to lose its pages.
    mutating func keep(_ sequence: ScheduledSequence, plan: inout StepPlan, pool: PagePool) {
        let id = sequence.id
        // What was about to come back in this plan is not in its pages yet.
        if let index = plan.restoring.firstIndex(where: { $0.id == id }) {
            let restoring = plan.restoring.remove(at: index)
            return spills.putBack(id, tokens: restoring.tokens, buffer: restoring.buffer)
        }
        guard !sequence.isProbe, sequence.computed > 0 else { return }
        let pageCount = limits.pages(for: sequence.computed)
        let entry = spills.keep(
            id, tokens: sequence.computed, pageCount: pageCount,
            recompute: pool.policy.secondsPerToken.map { $0 * Double(sequence.computed) })
        guard let entry, let buffer = entry.buffer else { return }
        plan.keeping.append(
            StepPlan.Keeping(
                id: id, ticket: entry.ticket, buffer: buffer, pages: Array(sequence.pages[..<pageCount]),
                slots: entry.slots))
    }

    /// Whether a sequence that could have pages waits for its KV on disk, which is read from now on; not where the cache
    /// has as much, in `found` pages.
    mutating func waitsForDisk(_ id: RequestID, found: Int, plan: inout StepPlan) -> Bool {
        guard let entry = spills[id], entry.tokens > found * limits.tokensPerPage else { return false }
        switch entry.place {
        case .writing, .memory: return false
        case .reading: return true
        case .disk:
            guard spills.beginReading(id) else { return false }
            plan.fetching.append(id)
            return true
        }
    }

    /// A sequence has its pages: what was kept of it goes into those that the cache did not have.
    mutating func restore(_ id: RequestID, plan: inout StepPlan) {
        guard let entry = spills.take(id), let sequence = sequences[id], entry.tokens > sequence.computed,
            let buffer = entry.buffer
        else { return }
        plan.restoring.append(
            StepPlan.Restoring(
                id: id, tokens: entry.tokens, buffer: buffer, firstPage: sequence.shared, pages: sequence.pages))
        sequences[id]!.computed = entry.tokens
    }
}

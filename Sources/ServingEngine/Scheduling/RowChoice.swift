import DeckCore

/// Which rows the next step computes. Decode rows go first and prefill is cut into chunks beside them, so that a long prompt
/// does not stall running streams (Sarathi-Serve, Agrawal et al., OSDI 2024).
extension Scheduler {
    /// Rows that one sequence could be given.
    private struct Candidate {
        let id: RequestID
        let tenant: TenantKey?
        let rows: Int
        let lastRowsPlan: Int
    }

    mutating func chooseRows(_ plan: inout StepPlan) {
        var decoders: [Candidate] = []
        var prefills: [Candidate] = []
        for id in running {
            guard let sequence = sequences[id], !sequence.isHeld else { continue }
            let rows = sequence.length - sequence.computed
            guard rows > 0 else { continue }
            let candidate = Candidate(
                id: id, tenant: sequence.tenant, rows: rows, lastRowsPlan: sequence.lastRowsPlan)
            if sequence.decodes { decoders.append(candidate) } else { prefills.append(candidate) }
        }
        plan.wantsPrefill = !prefills.isEmpty || tenants.active.contains { !tenants[$0].queue.isEmpty }
        prefills = inFairOrder(prefills)
        var budget = rowBudget
        if !decoders.isEmpty, !prefills.isEmpty {
            let isCrowded = prefills[0].tenant.map { hasMoreThanItsShare($0) } ?? false
            let target = limits.stepTargetSeconds * (isCrowded ? limits.crowdedPart : 1)
            let fitting = min(rowBudget, max(limits.tokensPerPage, speed.rows(within: target) ?? rowBudget))
            decoders = givingWay(decoders, to: prefills, fitting: fitting)
            // A page's worth at least, so that prefill always moves on.
            budget = min(rowBudget, decoders.count + max(limits.tokensPerPage, fitting - decoders.count))
        }
        var slices: [StepPlan.Slice] = []
        for candidate in decoders + prefills {
            guard budget > 0, let sequence = sequences[candidate.id] else { break }
            let rows = min(budget, candidate.rows)
            budget -= rows
            gaveRows(candidate.id)
            slices.append(
                StepPlan.Slice(
                    id: candidate.id, adapter: sequence.bound, firstPosition: sequence.computed, rowCount: rows,
                    pages: sequence.pages, reachesEnd: sequence.computed + rows == sequence.length,
                    decodes: sequence.decodes))
        }
        plan.slices = slices.sorted { Self.batchOrder($0) < Self.batchOrder($1) }
    }

    /// The engine's own questions, then the tenant with the least service; in a tenant the oldest.
    private func inFairOrder(_ prefills: [Candidate]) -> [Candidate] {
        guard prefills.count > 1 else { return prefills }
        func rank(_ candidate: Candidate) -> (Double, Double, UInt64) {
            guard let key = candidate.tenant else { return (-1, 0, candidate.id.value) }
            let tenant = tenants[key]
            return (tenant.counter, Double(tenant.active) / tenant.policy.weight, candidate.id.value)
        }
        return prefills.map { (rank($0), $0) }.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// Whether a tenant has more than its share of a batch that others are in: of its prompts a step computes less, since
    /// whoever comes meanwhile waits for the step's end.
    private func hasMoreThanItsShare(_ tenant: TenantKey) -> Bool { tenants.active.count > 1 && !isWithinShare(tenant) }

    /// The decode rows of a step whose prefill is wanted by a tenant within its share: tenants that have more than their
    /// share of the batch keep only the rows for which the step has time beside that prefill, one each at least, and their
    /// sequences take turns.
    private func givingWay(_ decoders: [Candidate], to prefills: [Candidate], fitting: Int) -> [Candidate] {
        guard let first = prefills.first?.tenant, isWithinShare(first) else { return decoders }
        let wanted = prefills.reduce(0) { sum, candidate in
            candidate.tenant.map(isWithinShare) ?? true ? sum + candidate.rows : sum
        }
        guard decoders.count + wanted > fitting else { return decoders }
        let yielding = Set(
            decoders.compactMap(\.tenant).filter {
                $0 != first && !isWithinShare($0) && isAhead(first, of: tenants[$0])
            })
        guard !yielding.isEmpty else { return decoders }
        let isYielding: (Candidate) -> Bool = { $0.tenant.map(yielding.contains) ?? false }
        let kept = decoders.filter { !isYielding($0) }
        let others = decoders.filter(isYielding).sorted { ($0.lastRowsPlan, $0.id) < ($1.lastRowsPlan, $1.id) }
        let room = max(yielding.count, fitting - kept.count - wanted)
        // One of each first, then whoever stood still longest.
        var seen: Set<TenantKey> = []
        let firsts = others.filter { $0.tenant.map { seen.insert($0).inserted } ?? false }
        let rest = others.filter { other in !firsts.contains { $0.id == other.id } }
        return (kept + (firsts + rest).prefix(room)).sorted { $0.id < $1.id }
    }

    private static func batchOrder(_ slice: StepPlan.Slice) -> (Int64, Int, UInt64) {
        (slice.adapter.map { Int64($0.value) } ?? -1, slice.decodes ? 0 : 1, slice.id.value)
    }
}

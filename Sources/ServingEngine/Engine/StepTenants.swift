import DeckCore

/// Tenants as screens see them.
extension StepLoop {
    /// Those with live requests, and those that were seen within the metrics window, by name.
    func tenantSnapshots(now: Double) -> [TenantSnapshot] {
        let table = scheduler.tenants
        let least = table.least
        let names = Set(tenantMeters.recent(now: now)).union(table.active.map { table[$0].name })
        return names.sorted().map { name in
            let policy = table.policy(name)
            let tenant = table.key(name).map { table[$0] }
            let meter = tenantMeters.meters[name]
            let ahead = tenant.flatMap { tenant in least.map { max(0, tenant.counter - $0) } }
            return TenantSnapshot(
                name: name, weight: policy.weight, running: tenant?.active ?? 0,
                waiting: (tenant?.queue.count ?? 0) + (tenant?.held.count ?? 0), promptTokens: meter?.promptTokens ?? 0,
                generatedTokens: meter?.generatedTokens ?? 0, serviceAhead: ahead ?? 0,
                targetSeconds: policy.targetSeconds, timeToFirstToken: tenantMeters.latency(name, now: now),
                refused: meter?.refused ?? 0)
        }
    }
}

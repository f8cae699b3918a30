import DeckCore

/// Who owns what, what tenants may, and what they have had.
extension StepLoop {
    /// Weights' pages are counted no more often than this, in seconds.
    private static let weightInterval = 0.1

    func setTenants(_ policies: [String: TenantPolicy], owners: [String: String]) {
        scheduler.tenants.setPolicies(policies)
        self.owners = owners
        dormant = [:]
    }

    /// Pages have been held since the last count as they are now: call before sequences end or begin.
    func countPages() {
        let time = now
        let seconds = time - pagesCountedUntil
        pagesCountedUntil = time
        for id in scheduler.running {
            guard let place = generations[id]?.usage, let pages = scheduler[id]?.ownPages.count else { continue }
            usage[place].kvPageSeconds += Double(pages) * seconds
        }
        guard time - weightsCountedUntil >= Self.weightInterval else { return }
        countWeights()
    }

    private func countWeights() {
        let time = now
        let seconds = time - weightsCountedUntil
        weightsCountedUntil = time
        guard !owners.isEmpty else { return }
        for key in store.active {
            guard let record = store[key], let owner = owners[record.name], case let pages = record.pages.count,
                pages > 0
            else { continue }
            usage[usage.place(tenant: owner, adapter: record.name)].weightPageSeconds += Double(pages) * seconds
        }
    }

    /// Every counter as of now.
    func usageRecords() -> [UsageRecord] {
        countPages()
        countWeights()
        return usage.records
    }
}

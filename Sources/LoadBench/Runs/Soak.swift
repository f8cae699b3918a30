import DeckCore

extension ScenarioRunner {
    /// One long run; then every adapter is evicted, and nobody may hold a page any more.
    func soak(_ scenario: Scenario) async throws -> ScenarioReport {
        progress("\(scenario.name): \(scenario.workload.summary)")
        let (figures, watch, churned) = await runDeck(scenario.workload, salt: 0)
        try Task.checkCancellation()
        var report = ScenarioReport(scenario)
        var side = ScenarioReport.Side(label: deck.label, workload: scenario.workload)
        side.runs = [figures]
        report.sides = [side]
        let live = watch.last.map { $0.running + $0.waiting } ?? 0
        for adapter in 0..<scenario.adapters.count {
            _ = await deck.deck.perform(
                .evict(adapter: BenchAdapters.name(adapter), digest: nil, mode: .abort), by: "bench")
        }
        guard let after = await DeckWatch.freshSnapshot(deck.deck) else {
            throw BenchFailure("the deck ended by itself")
        }
        // What eviction could free (a cached prefix) is held by nobody.
        report.soak = SoakFigures(
            watch, pagesLeft: after.pool.protectedPages, stuck: live, loads: churned.done,
            refusedLoads: churned.refused)
        return report
    }
}

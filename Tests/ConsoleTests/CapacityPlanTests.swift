import DeckCore
import Testing

@Suite struct CapacityPlanTests {
    private let geometry = SampleFleet.geometry
    private let targets: Set<String> = ["q_proj", "k_proj", "v_proj", "o_proj"]

    private func pool(tokens: Int = 16, memory: Int = 64 << 20) -> PlanPool {
        PlanPool(geometry: geometry, tokensPerPage: tokens, memoryBytes: memory)
    }

    @Test func anEmptyPoolFitsWhatItsPagesHold() throws {
        let plan = CapacityPlan(PlanQuestion(targets: targets), pool: pool(), geometry: geometry)
        let cost = try #require(plan.adapter)
        let pages = try #require(
            AdapterPages(
                geometry.adapter(rank: 8, targets: targets), elementBytes: 2,
                pageBytes: geometry.pageBytes(tokensPerPage: 16)))
        #expect(cost.pages == pages.pageCount)
        #expect(cost.naiveBytes == 8 * 30 * (576 * 4 + 576 * 2 + 192 * 2) * 2)
        #expect(plan.adapters?.free == plan.pool.pageCount / cost.pages)
        #expect(plan.adapters?.free == plan.adapters?.withEviction)
        #expect(plan.sequence.pages == 64)
        #expect(plan.sequences.free == plan.pool.pageCount / 64)
        #expect((plan.adapters?.naive ?? 0) >= plan.adapters?.free ?? 0)
        #expect(plan.pagesShort == 0 && plan.candidates.isEmpty)
    }

    @Test func evictionIsCountedAndNamed() throws {
        let idle = [
            PlanPool.Idle(name: "old", pages: 40, idleSeconds: 90),
            PlanPool.Idle(name: "new", pages: 40, idleSeconds: 2),
        ]
        let full = PlanPool(
            pageBytes: geometry.pageBytes(tokensPerPage: 16), tokensPerPage: 16, pageCount: 200, freePages: 2,
            evictablePages: 80, idle: idle)
        let plan = CapacityPlan(PlanQuestion(targets: targets), pool: full, geometry: geometry)
        let pages = try #require(plan.adapter?.pages)
        #expect(plan.adapters?.free == 2 / pages)
        #expect(plan.adapters?.withEviction == 82 / pages)
        #expect(plan.pagesShort == pages - 2)
        #expect(plan.candidates.map(\.name) == ["old", "new"])
        #expect(plan.budgets.first(where: \.isCurrent)?.adaptersBesideUse == (200 - 118) / pages)
    }

    @Test func anotherBudgetKeepsWhatIsInUse() {
        let used = PlanPool(
            pageBytes: 131_072, tokensPerPage: 16, pageCount: 200, freePages: 50, evictablePages: 50, idle: [])
        var question = PlanQuestion(targets: targets, memoryBytes: 120 * 131_072)
        let smaller = CapacityPlan(question, pool: used, geometry: geometry).pool
        #expect(smaller.pageCount == 120 && smaller.usedPages == 100)
        #expect(smaller.freePages + smaller.evictablePages == 20)
        question.memoryBytes = 50 * 131_072
        let tiny = CapacityPlan(question, pool: used, geometry: geometry)
        #expect(tiny.adapters?.withEviction == 0 && tiny.sequences.withEviction == 0)
    }

    @Test func aRowWiderThanAPageIsSaid() {
        let wide = BaseGeometry(
            layers: 1, modules: [BaseGeometry.Module(kind: "down_proj", inputs: 100_000, outputs: 64)], elementBytes: 2,
            kvBytesPerToken: 64)
        let plan = CapacityPlan(
            PlanQuestion(targets: ["down_proj"]),
            pool: PlanPool(geometry: wide, tokensPerPage: 16, memoryBytes: 1 << 20),
            geometry: wide)
        #expect(plan.adapter == nil && plan.adapters == nil)
        #expect(plan.adapterProblem?.contains("200000 bytes") == true)
        #expect(plan.sequences.free > 0)
    }

    @Test func withoutTheBasesSizesSequencesAreStillCounted() {
        let plan = CapacityPlan(PlanQuestion(targets: []), pool: pool(), geometry: nil)
        #expect(plan.adapter == nil && plan.adapterProblem != nil && plan.pageSizes.isEmpty)
        #expect(plan.sequences.free == plan.pool.pageCount / 64)
    }
}

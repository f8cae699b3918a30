import DeckCore
import TestSupport
import Testing

@testable import ServingEngine

@Suite("Tenants")
struct TenantTests {
    private func counter(_ table: TenantTable, _ name: String) -> Double? { table.key(name).map { table[$0].counter } }

    @Test(
        "A prompt token counts 1 and a generated one 2, over the weight; who comes back is lifted to the least active")
    func counters() {
        var table = TenantTable(policies: ["big": TenantPolicy(weight: 4)], common: TenantPolicy())
        let big = table.join("big")
        let small = table.join("small")
        table.charge(big, promptTokens: 100, generatedTokens: 50)
        table.charge(small, promptTokens: 10, generatedTokens: 20)
        #expect(counter(table, "big") == 50)
        #expect(counter(table, "small") == 50)
        table.charge(small, promptTokens: 30, generatedTokens: 0)
        // Idle while the other is served: nothing is saved up, and nothing is forgiven.
        table.leave(big)
        table.charge(small, promptTokens: 20, generatedTokens: 0)
        #expect(table.entryCounter("big") == 100)
        _ = table.join("big")
        #expect(counter(table, "big") == 100)
        table.leave(small)
        table.charge(big, promptTokens: 40, generatedTokens: 0)
        #expect(counter(table, "big") == 110)
        table.leave(big)
        #expect(table.least == nil)
        // Nobody is active: the last one that was sets the start.
        _ = table.join("new")
        #expect(counter(table, "new") == 110)
    }

    @Test("Names are free text: tenants that are idle do not pile up")
    func bounded() {
        var table = TenantTable(policies: [:], common: TenantPolicy())
        let stays = table.join("stays")
        for index in 0..<5_000 {
            let key = table.join("t\(index)")
            table.charge(key, promptTokens: index % 7, generatedTokens: 0)
            table.leave(key)
        }
        #expect((0..<5_000).count { table.key("t\($0)") != nil } <= TenantTable.limit)
        #expect(table.key("stays") == stays)
        #expect(table.active == [stays])
    }

    @Test("The order gives the least claim first, whatever goes in and out", arguments: 0..<8)
    func order(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed) + 1)
        func place(_ id: Int) -> FairOrder.Place {
            FairOrder.Place(
                claim: Double(Int.random(in: 0..<20, using: &random)),
                load: Double(Int.random(in: 0..<3, using: &random)),
                head: RequestID(UInt64(id)), tenant: TenantKey(index: id))
        }
        var expected = (0..<Int.random(in: 0...40, using: &random)).map(place)
        var order = FairOrder(expected)
        for id in 100..<400 {
            if Bool.random(using: &random) {
                let new = place(id)
                expected.append(new)
                order.push(new)
            } else {
                let least = expected.min()
                expected.removeAll { $0 == least }
                let popped = order.pop()
                #expect(popped == least)
            }
        }
    }

    @Test("Tenants that always want more get service in proportion to their weights")
    func weights() async throws {
        let rig = try Rig(
            pages: 400,
            options: {
                $0.maxSequences = 4
                $0.tenants = ["three": TenantPolicy(weight: 3)]
            })
        rig.paceSteps(base: 0.01, perRow: 0.002)
        var streams: [AsyncStream<PromptUpdate>] = []
        for index in 0..<120 {
            for name in ["one", "three"] {
                streams.append(rig.submit(nil, [index % 97, 2, 3], max: 12) { $0.origin = name })
            }
        }
        for _ in 0..<400 { rig.pacedTurn() }
        let tenants = rig.loop.snapshot(now: rig.now).tenants
        #expect(tenants.map(\.name) == ["one", "three"])
        #expect(tenants.allSatisfy { $0.waiting > 0 })
        let service = tenants.map { Double($0.promptTokens + 2 * $0.generatedTokens) }
        #expect((2.6...3.4).contains(service[1] / service[0]), "\(service)")
        #expect(tenants.map(\.weight) == [1, 3])
        #expect(tenants.map(\.serviceAhead).min() == 0)
        #expect((tenants.map(\.serviceAhead).max() ?? .infinity) < 60)
        await rig.settle()
        for stream in streams { #expect(await Answer(stream).finish == .length) }
        #expect(rig.loop.integrityFault() == nil)
    }

    @Test("A tenant never runs more than its limit, says so, and does not keep others waiting")
    func limit() async throws {
        let rig = try Rig(pages: 200, options: { $0.tenants = ["narrow": TenantPolicy(maxRunning: 2)] })
        let narrow = (0..<20).map { index in rig.submit(nil, [index], max: 10) { $0.origin = "narrow" } }
        rig.turn()
        let wide = rig.submit(nil, [50], max: 5) { $0.origin = "wide" }
        rig.turn()
        let snapshot = rig.loop.snapshot(now: rig.now)
        #expect(snapshot.tenants.map(\.running) == [2, 1])
        let reasons = Set(snapshot.requests.map(\.phase)).filter { if case .waiting = $0 { true } else { false } }
        #expect(reasons == [.waiting(.tenantLimit(tenant: "narrow", running: 2, limit: 2))])
        #expect(snapshot.waits == [WaitSummary(reason: "tenant limit", count: 18)])
        await rig.settle()
        for stream in narrow + [wide] { #expect(await Answer(stream).finish == .length) }
    }

    @Test(
        "A newcomer gets its place from the tenant beyond its share, whose youngest stands still and goes on unharmed")
    func yielding() async throws {
        let rig = try Rig(pages: 200, options: { $0.maxSequences = 4 })
        let flood = (0..<8).map { index in rig.submit(nil, [index, 1], max: 30) { $0.origin = "flood" } }
        for _ in 0..<3 { rig.turn() }
        let other = rig.submit(nil, [90, 91], max: 10) { $0.origin = "other" }
        rig.turn()
        rig.turn()
        #expect(rig.loop.integrityFault() == nil)
        let snapshot = rig.loop.snapshot(now: rig.now)
        #expect(snapshot.requests.first { $0.origin == "other" }?.phase == .decode)
        let phases = snapshot.requests.filter { $0.origin == "flood" }.map(\.phase)
        #expect(phases[3] == .waiting(.yielded(tenant: "flood", running: 3, share: 2, limit: 4)))
        #expect(phases[4] == .waiting(.fairShare(tenant: "flood", running: 3, share: 2, limit: 4)))
        #expect(rig.loop.pool.kvCount > 0)
        #expect(snapshot.tenants.map(\.running) == [3, 1])
        await rig.settle()
        #expect(await Answer(other).tokens == rig.reference(nil, [90, 91], 10))
        for (index, stream) in flood.enumerated() {
            let answer = await Answer(stream)
            #expect(answer.tokens == rig.reference(nil, [index, 1], 30))
            #expect(answer.timeline?.preemptions == 0)
        }
        #expect(rig.faults.isEmpty)
    }

    @Test("When pages are short, the newcomer gets them from the tenant beyond its share")
    func takingBack() async throws {
        let rig = try Rig(pages: 40, files: ["cold": .init(pages: 6, seed: 4)])
        let flood = (0..<4).map { index in
            rig.submit(nil, Array(repeating: index, count: 28), max: 8) { $0.origin = "flood" }
        }
        for _ in 0..<3 { rig.turn() }
        #expect(rig.loop.pool.freeCount < 10)
        let other = rig.submit(nil, Array(repeating: 7, count: 24), max: 4) { $0.origin = "other" }
        let cold = rig.submit("cold", [7], max: 2) { $0.origin = "other" }
        rig.turn()
        #expect(rig.loop.scheduler.running.contains { rig.loop.generations[$0]?.request.origin == "other" })
        while rig.runner.runOne() {}
        rig.turn()
        #expect(rig.state("cold") == .reading)
        await rig.settle()
        #expect(await Answer(other).tokens == rig.reference(nil, Array(repeating: 7, count: 24), 4))
        #expect(await Answer(cold).tokens == rig.reference("cold", [7], 2))
        for (index, stream) in flood.enumerated() {
            #expect(await Answer(stream).tokens == rig.reference(nil, Array(repeating: index, count: 28), 8))
        }
        #expect(rig.loop.integrityFault() == nil)
    }
}

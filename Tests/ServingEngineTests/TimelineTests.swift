import DeckCore
import Testing

@testable import ServingEngine

@Suite("Where the time went")
struct TimelineTests {
    @Test("A request knows why its adapter was not there: never loaded, or evicted before, and by whom")
    func coldCause() async throws {
        // Room for one adapter beside sequences.
        let rig = try Rig(pages: 18, files: ["a": .init(pages: 10, seed: 1), "b": .init(pages: 10, seed: 2)])
        func ask(_ adapter: String, as tenant: String) async -> RequestTimeline? {
            let stream = rig.submit(adapter, [1, 2, 3], max: 2) { $0.origin = tenant }
            await rig.settle()
            return await Answer(stream).timeline
        }
        #expect(await ask("a", as: "one")?.coldCause == .neverLoaded)
        #expect(await ask("a", as: "one")?.coldCause == nil)
        #expect(rig.loop.snapshot(now: rig.now).adapters[0].lastEviction == nil)
        #expect(await ask("b", as: "two")?.coldCause == .neverLoaded)
        let note = rig.loop.snapshot(now: rig.now).adapters[0].lastEviction
        #expect(note?.actor == "two")
        #expect(note?.reason == "to make room for adapter b")
        rig.advance(7)
        guard case .evicted(let seconds, "two")? = await ask("a", as: "one")?.coldCause else {
            Issue.record("not evicted by two")
            return
        }
        #expect((7..<12).contains(seconds))
        // An operator's order has its own actor.
        _ = rig.order(.evict(adapter: "a", digest: nil, mode: .drain))
        await rig.settle()
        let ordered = rig.loop.snapshot(now: rig.now).adapters[0].lastEviction
        #expect(ordered?.actor == "test")
        #expect(ordered?.reason == "as ordered")
        // What left was other content.
        rig.adapters.change("c") { $0 = .init(seed: 3) }
        _ = rig.order(.register(name: "a", path: "c", overrideBase: false))
        await rig.settle()
        #expect(await ask("a", as: "one")?.coldCause == .neverLoaded)
    }

    @Test("A request knows what held it back; one that did not wait waited for the step under way alone")
    func waits() async throws {
        let rig = try Rig(
            pages: 100, files: ["a": .init(seed: 1)],
            options: {
                $0.maxSequences = 2
                $0.tenants = ["narrow": TenantPolicy(maxRunning: 1)]
            })
        rig.paceSteps(base: 0.1, perRow: 0)
        let first = rig.submit(nil, [1], max: 6) { $0.origin = "narrow" }
        let narrow = rig.submit(nil, [2], max: 6) { $0.origin = "narrow" }
        await rig.settle()
        #expect(await Answer(first).timeline?.waits?.map(\.reason) == [.stepUnderWay])
        let limited = await Answer(narrow).timeline?.waits
        #expect(limited?.map(\.reason) == [.stepUnderWay, .tenantLimit(tenant: "narrow", running: 1, limit: 1)])
        #expect((limited?.last?.seconds ?? 0) > 1)
        let full = (0..<3).map { rig.submit(nil, [$0, 3], max: 6) }
        await rig.settle()
        let answers = [await Answer(full[0]), await Answer(full[1]), await Answer(full[2])]
        #expect(
            answers.map { $0.timeline?.waits?.map(\.reason) } == [
                [.stepUnderWay], [.stepUnderWay], [.stepUnderWay, .batchFull(limit: 2)],
            ])
    }

    @Test("Time spent preempted is counted, also while it lasts")
    func preemptedSeconds() async throws {
        let rig = try Rig(pages: 16)
        let streams = (0..<3).map { rig.submit(nil, [$0, 1, 2], max: 25) }
        var seen = 0.0
        for _ in 0..<200 {
            guard rig.turn() else { break }
            let live = rig.loop.snapshot(now: rig.now).requests
            seen = max(seen, live.map(\.timeline.preemptedSeconds).max() ?? 0)
        }
        await rig.settle()
        var sum = 0.0
        for stream in streams {
            let timeline = try #require(await Answer(stream).timeline)
            #expect((timeline.preemptions > 0) == (timeline.preemptedSeconds > 0))
            #expect(timeline.preemptedSeconds < timeline.finished ?? 0)
            sum += timeline.preemptedSeconds
        }
        #expect(sum > 0.1)
        #expect(seen > 0.1)
    }

    @Test("Deck-wide latencies are over all adapters and the base")
    func totals() async throws {
        let rig = try Rig(pages: 100, files: ["a": .init(seed: 1)])
        #expect(rig.loop.snapshot(now: rig.now).totals.timeToFirstToken == nil)
        let streams = [nil, "a"].map { rig.submit($0, [1, 2], max: 5) }
        await rig.settle()
        for stream in streams { _ = await Answer(stream) }
        let snapshot = rig.loop.snapshot(now: rig.now)
        #expect(snapshot.totals.timeToFirstToken?.count == 2)
        #expect(snapshot.totals.interTokenLatency?.count == 8)
        let geometry = try #require(snapshot.deck.geometry)
        #expect(geometry.layers == 10)
        #expect(geometry.modules.map(\.kind) == ["q_proj"])
        #expect(geometry.elementBytes == 4)
        #expect(geometry.kvBytesPerToken == ToyModel.slotBytes)
    }
}

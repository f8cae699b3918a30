import DeckCore
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ServingEngine

@Suite("Cached prefixes")
struct PrefixTests {
    /// Sixteen tokens, four pages of the toy's size.
    private let system = (0..<16).map { $0 * 5 % 97 }

    private func settled(_ rig: Rig, _ stream: AsyncStream<PromptUpdate>) async -> Answer {
        await rig.settle()
        return await Answer(stream)
    }

    private func cached(_ rig: Rig, _ answer: Answer) -> Int? {
        rig.loop.snapshot(now: rig.loop.now).requests.first { $0.id == answer.id }?.cachedTokens
    }

    @Test("A second request begins on the pages of the first, and answers as alone; the last token is always computed")
    func hits() async throws {
        let rig = try Rig(pages: 100)
        let first = await settled(rig, rig.submit(nil, system + [1, 2, 3], max: 5))
        #expect(cached(rig, first) == 0)
        // 19 tokens and four generated ones have their KV: five full pages.
        #expect(rig.loop.pool.prefixes.pageCount == 5)
        #expect(rig.loop.pool.usedCount == 5)
        let second = rig.submit(nil, system + [4, 5], max: 5)
        rig.turn()
        #expect(rig.loop.steps.last?.prefillRows == 2)
        let answer = await settled(rig, second)
        #expect(answer.tokens == rig.reference(nil, system + [4, 5], 5))
        #expect(cached(rig, answer) == 16)
        // The whole prompt is cached: one page less is taken, so that there is a row to choose from.
        let exact = await settled(rig, rig.submit(nil, system, max: 5))
        #expect(exact.tokens == rig.reference(nil, system, 5))
        #expect(cached(rig, exact) == 12)
        let prefixes = rig.loop.snapshot(now: rig.loop.now).pool.prefixes
        #expect(prefixes.tokensLookedUp == 19 + 18 + 16)
        #expect(prefixes.tokensHit == 28)
        #expect(rig.faults.isEmpty)
        #expect(rig.loop.integrityFault() == nil)
    }

    @Test("Pages serve others as soon as they are full, while their first user still runs")
    func whileRunning() async throws {
        let rig = try Rig(pages: 100)
        let first = rig.submit(nil, system + [1], max: 40)
        rig.turn()
        let second = rig.submit(nil, system + [2], max: 40)
        rig.turn()
        #expect(rig.loop.steps.last?.prefillRows == 1)
        #expect(rig.loop.scheduler.running.map { rig.loop.scheduler[$0]?.shared } == [4, 4])
        #expect(rig.loop.integrityFault() == nil)
        await rig.settle()
        #expect(await Answer(first).tokens == rig.reference(nil, system + [1], 40))
        #expect(await Answer(second).tokens == rig.reference(nil, system + [2], 40))
        #expect(rig.faults.isEmpty)
    }

    @Test("Two that compute the same at once end with one copy, and both answer as alone")
    func together() async throws {
        let rig = try Rig(pages: 100)
        let streams = (0..<3).map { rig.submit(nil, system + [$0], max: 6) }
        rig.turn()
        #expect(rig.loop.steps.last?.prefillRows == 51)
        #expect(rig.loop.pool.prefixes.pageCount == 4)
        #expect(rig.loop.pool.kvCount == 3)
        #expect(rig.loop.integrityFault() == nil)
        await rig.settle()
        for (index, stream) in streams.enumerated() {
            #expect(await Answer(stream).tokens == rig.reference(nil, system + [index], 6))
        }
        #expect(rig.faults.isEmpty)
    }

    @Test("Invariant 3: what one adapter or the base computed serves nobody else, whatever the names")
    func identity() async throws {
        let same = ToyAdapters.File(pages: 2, seed: 9)
        let rig = try Rig(
            pages: 200, files: ["a": same, "b": .init(pages: 2, seed: 2), "alias": same])
        for name in [nil, "a", "b"] {
            let answer = await settled(rig, rig.submit(name, system + [7], max: 6))
            #expect(answer.tokens == rig.reference(name, system + [7], 6))
            #expect(cached(rig, answer) == 0)
        }
        // Another name for the same content is the same content.
        let alias = await settled(rig, rig.submit("alias", system + [7], max: 6))
        #expect(cached(rig, alias) == 16)
        #expect(alias.tokens == rig.reference("alias", system + [7], 6))
        #expect(rig.faults.isEmpty)
    }

    @Test(
        "Invariant 3: new weights under an old name compute anew; the old version's pages go; the same content returns")
    func replaced() async throws {
        let rig = try Rig(pages: 200, files: ["a": .init(pages: 2, seed: 1)])
        let before = await settled(rig, rig.submit("a", system + [7], max: 6))
        // A sequence in flight keeps its version's pages.
        let flying = rig.submit("a", system + [8], max: 60)
        rig.turn()
        let old = rig.reference("a", system + [8], 60)
        rig.adapters.change("a2") { $0 = .init(pages: 2, seed: 77) }
        _ = rig.order(.register(name: "a", path: "a2", overrideBase: false))
        while rig.loop.store.currentRecord("a")?.version.facts.path != "a2" {
            rig.turn()
            _ = rig.runner.runOne()
            await rig.durable()
        }
        #expect(rig.loop.generations.count == 1)
        // What only the ended request had is gone, the prefix in use is not.
        #expect(rig.loop.pool.prefixes.pageCount > 0)
        #expect(rig.loop.pool.prefixes.idleCount == 0)
        let after = rig.submit("a", system + [7], max: 6)
        await rig.settle()
        let answer = await Answer(after)
        #expect(answer.tokens != before.tokens)
        let weights = rig.adapters.files.withLock { $0["a2"].map(ToyAdapters.weights) } ?? []
        #expect(answer.tokens == ToyModel.reference(system + [7], weights: weights, count: 6))
        #expect(cached(rig, answer) == 0)
        #expect(await Answer(flying).tokens == old)
        // Only the new version's prefixes are left, and the old digest may begin again.
        #expect(rig.loop.pool.prefixes.pageCount == 5)
        #expect(rig.loop.integrityFault() == nil)
        _ = rig.order(.register(name: "a", path: "a", overrideBase: false))
        await rig.settle()
        #expect(rig.loop.pool.prefixes.pageCount == 0)
        let again = await settled(rig, rig.submit("a", system + [7], max: 6))
        #expect(again.tokens == before.tokens)
        #expect(cached(rig, again) == 0)
        #expect(rig.faults.isEmpty)
    }

    @Test("Prefixes outlive the eviction of their adapter, and serve the same content when it is loaded again")
    func reloaded() async throws {
        let rig = try Rig(pages: 100, files: ["a": .init(pages: 3, seed: 1)])
        _ = await settled(rig, rig.submit("a", system + [7], max: 6))
        _ = rig.order(.evict(adapter: "a", digest: nil, mode: .drain))
        await rig.settle()
        #expect(rig.state("a") == .registered)
        #expect(rig.loop.pool.usedCount == rig.loop.pool.prefixes.pageCount)
        let answer = await settled(rig, rig.submit("a", system + [9], max: 6))
        #expect(cached(rig, answer) == 16)
        #expect(answer.tokens == rig.reference("a", system + [9], 6))
    }

    @Test("Who wants prompt log-probabilities computes every row, and gets the same numbers")
    func promptLogprobs() async throws {
        let rig = try Rig(pages: 100)
        let scored = await settled(rig, rig.submit(nil, system, max: 2) { $0.promptLogprobs = true })
        let again = await settled(rig, rig.submit(nil, system, max: 2) { $0.promptLogprobs = true })
        #expect(cached(rig, again) == 0)
        #expect(again.promptLogprobs == scored.promptLogprobs)
        #expect(again.promptLogprobs.dropFirst().allSatisfy { $0 != nil })
        #expect(rig.loop.pool.prefixes.pageCount == 4)
        #expect(rig.loop.snapshot(now: 0).pool.prefixes.tokensLookedUp == 0)
    }

    @Test("Under pressure cached prefixes leave, leaves first, and refusals count them")
    func eviction() async throws {
        let rig = try Rig(pages: 20, files: ["x": .init(pages: 15, seed: 3)])
        _ = await settled(rig, rig.submit(nil, system + [1], max: 3))
        _ = await settled(rig, rig.submit(nil, system + [2, 3, 4, 5], max: 1))
        let cached = rig.loop.pool.prefixes.pageCount
        #expect(cached == 5)
        #expect(
            rig.loop.store.arithmetic(needed: 30, pool: rig.loop.pool)
                == "needs 30 pages, 15 free, 5 evictable (cached prefixes 5)")
        // 17 pages, and one more for the answer: of the cached ones the last of each path leave first.
        let long = await settled(rig, rig.submit(nil, (0..<65).map { 96 - $0 }, max: 4))
        #expect(long.finish == .length)
        #expect(rig.loop.snapshot(now: 0).pool.prefixes.pagesEvicted >= 2)
        let next = await settled(rig, rig.submit("x", [1, 2], max: 3))
        #expect(next.tokens == rig.reference("x", [1, 2], 3))
        #expect(rig.loop.integrityFault() == nil)
        #expect(rig.faults.isEmpty)
    }

    @Test("A page found twice outlives pages that nobody asked for again")
    func popularity() async throws {
        let rig = try Rig(pages: 40)
        // Steps take time, so that what was computed has a price.
        rig.model.onStep.withLock { $0.call = { [clock = rig.clock] rows in clock.advance(0.01 * Double(rows)) } }
        _ = await settled(rig, rig.submit(nil, system + [1], max: 2))
        _ = await settled(rig, rig.submit(nil, system + [2], max: 2))
        for other in 0..<12 {
            _ = await settled(rig, rig.submit(nil, (0..<17).map { ($0 * 3 + other * 11 + 1) % 97 }, max: 2))
        }
        #expect(rig.loop.snapshot(now: 0).pool.prefixes.pagesEvicted > 0)
        let answer = await settled(rig, rig.submit(nil, system + [3], max: 2))
        #expect(cached(rig, answer) == 16)
    }

    @Test("Screens see cached prefixes by content and use, every page with an owner, every owner with its overhead")
    func snapshots() async throws {
        let rig = try Rig(pages: 60, files: ["a": .init(pages: 3, seed: 1)])
        _ = await settled(rig, rig.submit("a", system + [1], max: 2))
        let running = rig.submit("a", system + [2, 3, 4, 5, 6, 7], max: 40)
        rig.turn()
        try #require(rig.loop.scheduler.running.count == 1)
        let pool = rig.loop.snapshot(now: 0).pool
        #expect(pool.pages.count == 60)
        func count(_ owner: PageOwner) -> Int {
            pool.pages.count { pool.owners[Int($0)] == owner }
        }
        #expect(count(.cachedPrefix(adapter: "a", isEvictable: false)) == 5)
        let id = try #require(rig.loop.scheduler.running.first)
        #expect(count(.sequence(id, adapter: "a")) == 1)
        #expect(pool.kvPages == 1)
        #expect(pool.prefixes.pages == 5)
        #expect(pool.freePages + pool.kvPages + pool.adapterPages + pool.prefixes.pages == 60)
        let index = try #require(pool.owners.firstIndex(of: .sequence(id, adapter: "a")))
        // 22 prompt tokens have their KV; the last of six pages has two empty slots.
        #expect(pool.ownerOverheadBytes[index] == 2 * ToyModel.slotBytes)
        #expect(pool.ownerOverheadBytes.count == pool.owners.count)
        #expect(pool.overheadBytes == pool.ownerOverheadBytes.reduce(0, +))
        await rig.settle()
        #expect(await Answer(running).tokens == rig.reference("a", system + [2, 3, 4, 5, 6, 7], 40))
        let idle = rig.loop.snapshot(now: 0).pool
        #expect(idle.evictablePages == idle.pageCount - idle.freePages)
        #expect(idle.owners.contains(.cachedPrefix(adapter: "a", isEvictable: true)))
    }
}

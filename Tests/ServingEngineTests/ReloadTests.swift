import DeckCore
import Synchronization
import Testing

@testable import ServingEngine

/// What a load costs the second time, and what nobody waits for.
@Suite("Reloads and probes")
struct ReloadTests {
    private func evict(_ name: String, _ rig: Rig) async {
        let outcome = rig.order(.evict(adapter: name, digest: nil, mode: .drain))
        await rig.settle()
        #expect(outcome.now?.succeeded == true)
    }

    @Test("A reload of untouched files hashes nothing, measures nothing and probes nothing")
    func untouched() async throws {
        let rig = try Rig(pages: 60, files: ["a": .init(pages: 3, seed: 5)])
        _ = rig.order(.load(adapter: "a"))
        await rig.settle()
        let proof = try #require(rig.loop.store.currentRecord("a")?.proof)
        await evict("a", rig)
        let rows = Mutex(0)
        rig.model.onStep.withLock { $0.call = { count in rows.withLock { $0 += count } } }
        let again = rig.order(.load(adapter: "a"))
        await rig.settle()
        // Its states were not known before the first read.
        #expect(rig.adapters.reads == [.init(path: "a", isKnown: false), .init(path: "a", isKnown: true)])
        #expect(rows.withLock { $0 } == 0)
        #expect(again.now?.message.contains("nat") == true)
        #expect(rig.loop.store.currentRecord("a")?.proof == proof)
        let stream = rig.submit("a", [1, 2], max: 3)
        await rig.settle()
        #expect(await Answer(stream).tokens == rig.reference("a", [1, 2], 3))
    }

    @Test("Files that were touched, or that changed just now, are hashed again")
    func touched() async throws {
        let rig = try Rig(pages: 60, files: ["a": .init(seed: 5)])
        func load() async -> Bool {
            let outcome = rig.order(.load(adapter: "a"))
            await rig.settle()
            return outcome.now?.succeeded == true
        }
        #expect(await load())
        await evict("a", rig)
        rig.adapters.change("a") { $0.written = 2 }
        #expect(await load())
        await evict("a", rig)
        rig.adapters.change("a") { $0.isSettled = false }
        #expect(await load())
        await evict("a", rig)
        #expect(await load())
        await evict("a", rig)
        rig.adapters.change("a") { $0.isSettled = true }
        #expect(await load())
        await evict("a", rig)
        #expect(await load())
        #expect(rig.adapters.reads.map(\.isKnown) == [false, false, false, false, false, true])
        await evict("a", rig)
        // Other content: the states differ, so it is read in full, and refused.
        rig.adapters.change("a") { $0.seed = 6 }
        #expect(await load() == false)
        #expect(rig.adapters.reads.last?.isKnown == false)
    }

    @Test("What registering read is known to the first load")
    func registered() async throws {
        let rig = try Rig(pages: 60)
        rig.adapters.change("b") { $0.seed = 8 }
        _ = rig.order(.register(name: "b", path: "b", overrideBase: false))
        await rig.settle()
        #expect(rig.journal.versions.withLock { $0.first?.files } == ToyAdapters.states(.init(seed: 8)))
        let stream = rig.submit("b", [4], max: 2)
        await rig.settle()
        #expect(await Answer(stream).tokens == rig.reference("b", [4], 2))
        #expect(rig.adapters.reads.map(\.isKnown) == [false, true])
    }

    @Test("A request has its first token before its adapter is probed, and the proof is shown as pending")
    func probeAfterFirstToken() async throws {
        let rig = try Rig(pages: 60, files: ["a": .init(seed: 5)])
        let stream = rig.submit("a", [1, 2], max: 6)
        let generation = { rig.loop.generations.values.first { !$0.isProbe } }
        for _ in 0..<20 where (generation()?.generatedCount ?? 0) == 0 {
            rig.turn()
            _ = rig.runner.runOne()
            #expect(!rig.loop.generations.values.contains { $0.isProbe })
        }
        #expect(generation()?.generatedCount == 1)
        let shown = try #require(rig.loop.snapshot(now: 1).adapters.first)
        #expect(shown.state == .resident && shown.proof?.norms.count == 2 && shown.proof?.probe == nil)
        await rig.settle()
        #expect(await Answer(stream).tokens == rig.reference("a", [1, 2], 6))
        #expect(rig.loop.store.currentRecord("a")?.proof?.probe != nil)
        let messages = rig.journal.entries.withLock { $0.filter { $0.kind == .load }.map(\.message) }
        #expect(messages.count == 2)
        #expect(messages.first?.hasSuffix("its probe is pending") == true)
        #expect(messages.last?.hasPrefix("probed a ") == true && messages.last?.contains("nat") == true)
    }

    /// Keeps the batch busy with more requests than are quiet.
    private func busy(_ rig: Rig) -> [AsyncStream<PromptUpdate>] {
        (0...ProbeBench.quietRequests).map { rig.submit(nil, [$0 + 1], max: 120) }
    }

    private func probesRunning(_ rig: Rig) -> Int { rig.loop.generations.values.count { $0.isProbe } }

    @Test("Probes of a busy batch wait, then run together; an operator's runs at once")
    func deferred() async throws {
        let names = ["a", "b", "c", "d"]
        let rig = try Rig(
            pages: 400,
            files: Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, .init(seed: UInt64($0) + 1)) }),
            options: { $0.probeSeconds = 5 })
        let traffic = busy(rig)
        rig.turn()
        let streams = names.prefix(3).map { rig.submit($0, [7], max: 2) }
        for _ in 0..<20 {
            rig.turn()
            _ = rig.runner.runOne()
        }
        #expect(names.prefix(3).allSatisfy { rig.state($0) == .resident })
        #expect(rig.loop.probes.deferred.count == 3 && probesRunning(rig) == 0)
        // The operator waits for nobody.
        let ordered = rig.order(.load(adapter: "d"))
        for _ in 0..<8 {
            rig.turn()
            _ = rig.runner.runOne()
        }
        await rig.durable()
        #expect(ordered.now?.message.contains("nat") == true)
        #expect(rig.loop.probes.deferred.count == 3)
        // A second order for one whose probe waits hurries it too.
        let hurried = rig.order(.load(adapter: "b"))
        for _ in 0..<3 { rig.turn() }
        await rig.durable()
        #expect(hurried.now?.succeeded == true)
        #expect(rig.loop.probes.deferred.map(\.key).count == 2)
        rig.advance(5)
        rig.turn()
        #expect(rig.loop.probes.deferred.isEmpty && rig.loop.probes.pending.isEmpty)
        #expect(["a", "c"].allSatisfy { rig.loop.store.currentRecord($0)?.proof?.probe != nil })
        await rig.settle()
        for stream in traffic + streams { #expect(await Answer(stream).finish == .length) }
    }

    @Test("An operator's probe does not wait for long prompts")
    func urgent() async throws {
        let rig = try Rig(
            pages: 400, files: ["a": .init(seed: 1)], context: 400,
            options: {
                $0.stepRows = 8
                $0.maxSequences = 4
            })
        _ = rig.order(.load(adapter: "a"))
        rig.turn()
        _ = rig.runner.runOne()
        rig.turn()
        // Resident next, while two prompts of many steps are under way.
        let streams = (0..<2).map { rig.submit(nil, Array(repeating: $0 + 1, count: 200), max: 1) }
        rig.turn()
        _ = rig.runner.runOne()
        for _ in 0..<5 { rig.turn() }
        #expect(rig.loop.store.currentRecord("a")?.proof?.probe != nil)
        #expect(rig.loop.generations.count == 2)
        await rig.settle()
        for stream in streams { #expect(await Answer(stream).finish == .length) }
    }

    @Test("An adapter that leaves before its probe is proved at its next load")
    func leavesUnproved() async throws {
        let rig = try Rig(pages: 400, files: ["a": .init(seed: 1)], options: { $0.probeSeconds = 1000 })
        let traffic = busy(rig)
        let stream = rig.submit("a", [7], max: 2)
        for _ in 0..<20 {
            rig.turn()
            _ = rig.runner.runOne()
        }
        #expect(rig.loop.probes.deferred.count == 1)
        _ = rig.order(.evict(adapter: "a", digest: nil, mode: .drain))
        rig.turn()
        #expect(
            rig.loop.probes.deferred.isEmpty && rig.loop.probes.pending.isEmpty && rig.loop.probes.announced.isEmpty)
        let again = rig.order(.load(adapter: "a"))
        await rig.settle()
        #expect(again.now?.message.contains("nat") == true)
        #expect(rig.adapters.reads.map(\.isKnown) == [false, true])
        for stream in traffic + [stream] { #expect(await Answer(stream).finish == .length) }
        #expect(rig.loop.integrityFault() == nil)
    }

    @Test("A thousand loads and evictions leave nothing behind")
    func thousandLoads() async throws {
        let rig = try Rig(pages: 30, files: ["a": .init(pages: 3, seed: 1), "b": .init(pages: 3, seed: 2)])
        for _ in 0..<500 {
            for name in ["a", "b"] {
                _ = rig.order(.load(adapter: name))
                await rig.settle()
                await evict(name, rig)
            }
        }
        #expect(rig.loop.pool.usedCount == 0 && rig.loop.integrityFault() == nil)
        #expect(rig.loop.contents.isEmpty && rig.loop.tickets.isEmpty && rig.loop.loadBegan.isEmpty)
        #expect(rig.loop.announcedWaits.isEmpty && rig.loop.loadWaiters.isEmpty && rig.loop.drainWaiters.isEmpty)
        #expect(rig.loop.probes.pending.isEmpty && rig.loop.probes.announced.isEmpty && rig.loop.probes.early.isEmpty)
        #expect(rig.loop.generations.isEmpty && rig.loop.store.records.count == 2 && rig.loop.store.active.isEmpty)
        #expect(rig.adapters.reads.count { !$0.isKnown } == 2)
    }
}

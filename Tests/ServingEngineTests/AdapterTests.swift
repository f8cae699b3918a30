import DeckCore
import Synchronization
import Testing

@testable import ServingEngine

@Suite("Adapters")
struct AdapterTests {
    @Test("A load proves its effect: modules, norms, and how far it moves the base")
    func proof() async throws {
        let rig = try Rig(pages: 100, files: ["a": .init(pages: 3, seed: 5)])
        let outcome = rig.order(.load(adapter: "a"))
        rig.turn()
        #expect(rig.state("a") == .opening)
        #expect(outcome.now == nil)
        await rig.settle()
        let message = try #require(outcome.now?.message)
        #expect(outcome.now?.succeeded == true)
        #expect(
            message.contains("3 pages") && message.contains("3/10 modules") && message.contains("nat"),
            "\(message)")
        let proof = try #require(rig.loop.store.currentRecord("a")?.proof)
        #expect(proof.norms.count == 3)
        #expect((proof.probe?.divergence ?? 0) > 0)
        // ‖scale·B·A‖ the long way round.
        let weights = ToyAdapters.weights(.init(pages: 3, seed: 5))
        var sum = 0.0
        for row in 0..<16 {
            for column in 0..<16 {
                let value = (0..<2).reduce(0.0) {
                    $0 + Double(weights[$1 * 16 + column]) * Double(weights[32 + $1 * 16 + row])
                }
                sum += value * value
            }
        }
        #expect(abs(proof.norms[0].norm - 2 * sum.squareRoot()) < 1e-4)
        // The probe is nobody's traffic.
        #expect(rig.loop.baseMeter.requestsFinished == 0)
        #expect(rig.loop.snapshot(now: 1).requests.isEmpty)
        #expect(rig.loop.integrityFault() == nil)
        #expect(rig.loop.pool.usedCount == 3)
        #expect(rig.journal.entries.withLock { $0.last { $0.kind == .load }?.command } == "load a")
    }

    @Test(
        "Invariant 7: a load does not stall the batch, and the request waits visibly for its adapter")
    func loadOffThread() async throws {
        let rig = try Rig(pages: 100, files: ["a": .init()])
        let base = rig.submit(nil, [1], max: 10)
        let waiting = rig.submit("a", [2], max: 4)
        for _ in 0..<5 { rig.turn() }
        // The loader has not run at all, and the base has decoded in every step.
        #expect(rig.loop.generations.values.first { $0.adapter == nil }?.generatedCount == 5)
        let snapshot = rig.loop.snapshot(now: 1)
        #expect(snapshot.requests.first { $0.adapter == "a" }?.phase == .waiting(.adapterLoading))
        await rig.settle()
        #expect(await Answer(base).tokens == rig.reference(nil, [1], 10))
        let answer = await Answer(waiting)
        #expect(answer.tokens == rig.reference("a", [2], 4))
        #expect((answer.timeline?.adapterReady ?? 0) > 0)
    }

    @Test(
        "Invariant 4: a failed load fails its requests with the reason, frees its pages, and blocks nobody"
    )
    func failedLoads() async throws {
        let rig = try Rig(
            pages: 60,
            files: [
                "unopened": .init(openFailure: "wrong base"),
                "unread": .init(pages: 4, readFailure: "NaN in layer 2"),
                "good": .init(seed: 9),
            ])
        let streams = ["unopened", "unread", "good", nil].map { rig.submit($0, [1, 2], max: 4) }
        await rig.settle()
        #expect(await Answer(streams[0]).failure == "adapter unopened failed to load: wrong base")
        #expect(await Answer(streams[1]).failure == "adapter unread failed to load: NaN in layer 2")
        #expect(await Answer(streams[2]).tokens == rig.reference("good", [1, 2], 4))
        #expect(await Answer(streams[3]).tokens == rig.reference(nil, [1, 2], 4))
        #expect(rig.loop.integrityFault() == nil)
        // A request does not try again; an operator does.
        let again = rig.submit("unread", [1])
        rig.turn()
        #expect(rig.runner.count == 0)
        #expect(await Answer(again).failure?.contains("NaN in layer 2") == true)
        rig.adapters.change("unread") { $0.readFailure = nil }
        let retry = rig.order(.load(adapter: "unread"))
        await rig.settle()
        #expect(retry.now?.succeeded == true)
    }

    @Test("Invariant 4: files that changed on disk are refused, not served")
    func changedFiles() async throws {
        let rig = try Rig(pages: 60, files: ["a": .init(seed: 1)])
        rig.adapters.change("a") { $0.seed = 2 }
        let stream = rig.submit("a", [1])
        await rig.settle()
        let failure = try #require(await Answer(stream).failure)
        #expect(
            failure.contains("changed: registered as 010000000000, read as 020000000000"), "\(failure)")
        #expect(rig.loop.pool.usedCount == 0)
        let outcome = rig.order(.register(name: "a", path: "a", overrideBase: false))
        await rig.settle()
        #expect(outcome.now?.succeeded == true)
        let served = rig.submit("a", [1])
        await rig.settle()
        #expect(await Answer(served).tokens == rig.reference("a", [1], 8))
    }

    @Test("Invariant 3: a new version serves new requests, and running ones finish on the old")
    func versions() async throws {
        let rig = try Rig(
            pages: 100, files: ["a": .init(pages: 3, seed: 1), "b": .init(pages: 4, seed: 2)])
        let before = rig.submit("a", [1, 2], max: 30)
        await settleLoads(rig)
        let old = try #require(rig.loop.store.currentKey("a"))
        let outcome = rig.order(.register(name: "a", path: "b", overrideBase: false))
        for _ in 0..<3 { rig.turn() }
        _ = rig.runner.runOne()
        await rig.durable()
        rig.turn()
        await rig.durable()
        #expect(outcome.now?.message.contains("1 sequence finishes on the version before") == true)
        #expect(
            rig.journal.versions.withLock { $0.map(\.digest) } == [
                ToyAdapters.digest(.init(pages: 4, seed: 2))
            ])
        let after = rig.submit("a", [1, 2], max: 5)
        await rig.settle()
        #expect(await Answer(before).tokens == rig.reference("a", [1, 2], 30))
        #expect(await Answer(after).tokens == rig.reference("b", [1, 2], 5))
        #expect(rig.loop.store[old] == nil)
        #expect(rig.loop.pool.usedCount == 4 + rig.loop.pool.prefixes.pageCount)
        // The same content again is no new version.
        let same = rig.order(.register(name: "a", path: "b", overrideBase: false))
        await rig.settle()
        #expect(same.now?.message.contains("the content that it had before") == true)
        #expect(rig.loop.pool.usedCount == 4 + rig.loop.pool.prefixes.pageCount)
    }

    /// Runs jobs and turns until nothing loads, without finishing what runs.
    private func settleLoads(_ rig: Rig) async {
        for _ in 0..<6 {
            rig.turn()
            while rig.runner.runOne() {}
        }
    }

    @Test("Invariant 6: eviction by order drains or aborts, as asked; the idle one leaves at once")
    func evictions() async throws {
        let rig = try Rig(pages: 100, files: ["a": .init(pages: 3, seed: 1)])
        #expect(
            await outcome(rig, .evict(adapter: "a", digest: nil, mode: .drain)).message.contains(
                "not resident"))
        _ = rig.order(.load(adapter: "a"))
        await rig.settle()
        let other = ToyAdapters.digest(.init(seed: 77))
        #expect(
            await outcome(rig, .evict(adapter: "a", digest: other, mode: .drain)).message.contains(
                "is version"))
        #expect(
            await outcome(rig, .evict(adapter: "a", digest: nil, mode: .drain)).message
                == "evicted a, 3 pages freed")
        #expect(rig.loop.pool.usedCount == 0)

        let running = rig.submit("a", [1], max: 20)
        await settleLoads(rig)
        let drain = rig.order(.evict(adapter: "a", digest: nil, mode: .drain))
        rig.turn()
        #expect(rig.state("a") == .draining)
        #expect(drain.now == nil)
        let later = rig.submit("a", [2], max: 3)
        rig.turn()
        #expect(rig.loop.scheduler.waiting.count == 1)
        await rig.settle()
        #expect(drain.now == .done("evicted a, 3 pages freed after 1 sequence ended"))
        #expect(await Answer(running).tokens == rig.reference("a", [1], 20))
        // The one that came later waited for a reload.
        #expect(await Answer(later).tokens == rig.reference("a", [2], 3))
        #expect(rig.loop.meters["a"]?.loads == 3)

        let victim = rig.submit("a", [3], max: 20)
        rig.turn()
        rig.turn()
        let abort = rig.order(.evict(adapter: "a", digest: nil, mode: .abort))
        rig.turn()
        #expect(rig.loop.pool.usedCount == rig.loop.pool.prefixes.pageCount)
        await rig.durable()
        #expect(abort.now?.succeeded == true)
        #expect(await Answer(victim).finish == .aborted)
        #expect(rig.loop.integrityFault() == nil)
    }

    private func outcome(_ rig: Rig, _ command: DeckCommand) async -> CommandOutcome {
        let outcome = rig.order(command)
        await rig.settle()
        return outcome.now ?? .refused("no outcome")
    }

    @Test(
        "Invariant 8: pins that would leave no room are refused with the arithmetic, and a pinned adapter stays"
    )
    func pins() async throws {
        let rig = try Rig(
            pages: 20,
            files: [
                "a": .init(pages: 6, seed: 1), "b": .init(pages: 5, seed: 2),
                "c": .init(pages: 14, seed: 3),
            ])
        #expect(await outcome(rig, .pin(adapter: "a")).message == "pinned a, 6 pages, loading")
        #expect(rig.journal.pins.withLock { $0 } == ["a"])
        #expect(rig.state("a") == .resident)
        let refused = await outcome(rig, .pin(adapter: "b"))
        #expect(
            refused
                == .refused(
                    "pinning b would pin 11 of 20 pages (a 6, b 5) and leave 9; serving one sequence of 40 tokens needs 10"
                ))
        #expect(rig.state("b") == .registered)
        #expect(
            await outcome(rig, .evict(adapter: "a", digest: nil, mode: .abort))
                == .refused("a is pinned; unpin it first"))
        // c would fit but for the pin; the request says so.
        let stream = rig.submit("c", [1])
        await rig.settle()
        #expect(
            await Answer(stream).failure
                == "c needs 14 pages and 1 for a sequence, the pool has 20, 6 of them pinned (a 6)")
        #expect(rig.state("c") == .registered)
        #expect(await outcome(rig, .unpin(adapter: "a")).succeeded)
        #expect(await outcome(rig, .unpin(adapter: "a")) == .refused("a is not pinned"))
        let served = rig.submit("c", [1], max: 2)
        await rig.settle()
        #expect(await Answer(served).tokens == rig.reference("c", [1], 2))
        #expect(rig.state("a") == .registered)
    }

    @Test("Invariant 10: a pin or version that the journal cannot keep is not acknowledged")
    func brokenJournal() async throws {
        let rig = try Rig(pages: 60, files: ["a": .init(), "b": .init(seed: 3)])
        _ = rig.order(.load(adapter: "a"))
        await rig.settle()
        rig.journal.isBroken.withLock { $0 = true }
        #expect(await outcome(rig, .pin(adapter: "a")).succeeded == false)
        #expect(rig.loop.store.pinnedNames.isEmpty)
        #expect(
            await outcome(rig, .register(name: "n", path: "b", overrideBase: false)).succeeded == false)
        #expect(rig.loop.store.currentKey("n") == nil)
    }

    @Test("Pins come back after a restart; thousands of registered adapters read nothing")
    func restored() async throws {
        var files: [String: ToyAdapters.File] = [:]
        for index in 0..<2_000 { files["a\(index)"] = .init(seed: UInt64(index) + 1) }
        let rig = try Rig(pages: 100, files: files, pinned: ["a7"])
        rig.turn()
        #expect(rig.runner.count == 1)
        await rig.settle()
        #expect(rig.state("a7") == .resident)
        #expect(rig.loop.snapshot(now: 1).adapters.count == 2_000)
        #expect(rig.loop.pool.usedCount == 2)
    }

    @Test(
        "Invariant 2: adapters and KV cache take each other's room in one pool, least recently used first"
    )
    func onePool() async throws {
        let rig = try Rig(
            pages: 20,
            files: [
                "a": .init(pages: 6, seed: 1), "b": .init(pages: 6, seed: 2), "c": .init(pages: 6, seed: 3),
            ])
        for name in ["a", "b", "c"] {
            _ = rig.order(.load(adapter: name))
            await rig.settle()
        }
        #expect(rig.loop.pool.freeCount == 2)
        let touch = rig.submit("a", [1], max: 1)
        await rig.settle()
        #expect(await Answer(touch).finish == .length)
        // b is the least recently used now: the base's prompt of 6 pages takes its place.
        let stream = rig.submit(nil, Array(repeating: 1, count: 24), max: 1)
        await rig.settle()
        #expect(await Answer(stream).tokens.count == 1)
        #expect(
            [rig.state("a"), rig.state("b"), rig.state("c")] == [.resident, .registered, .resident])
        #expect(
            rig.journal.entries.withLock {
                $0.last { $0.kind == .evict }?.message.contains("evicted b, 6 pages")
            } == true)
    }

    @Test("What waits says why, with the arithmetic")
    func waitReasons() async throws {
        let rig = try Rig(
            pages: 20, files: ["a": .init(pages: 8, seed: 1)], options: { $0.maxSequences = 1 })
        let first = rig.submit(nil, Array(repeating: 1, count: 50), max: 8)
        rig.turn()
        let second = rig.submit(nil, [2], max: 1)
        let third = rig.submit("a", [2], max: 1)
        rig.turn()
        _ = rig.runner.runOne()
        rig.turn()
        let phases = rig.loop.snapshot(now: 1).requests.map(\.phase)
        #expect(phases[1] == .waiting(.batchFull(limit: 1)))
        #expect(phases[2] == .waiting(.noPagesForAdapter(needed: 8, free: 7, evictable: 0)))
        await rig.durable()
        let waits = rig.journal.entries.withLock { $0.map(\.message).filter { $0.contains("waits for pages") } }
        #expect(waits == ["a waits for pages: needs 8 pages, 7 free, 0 evictable"])
        await rig.settle()
        for stream in [first, second, third] { #expect(await Answer(stream).finish == .length) }

        let full = try Rig(pages: 20)
        let running = full.submit(nil, Array(repeating: 1, count: 60), max: 8)
        full.turn()
        let behind = full.submit(nil, Array(repeating: 2, count: 24), max: 8)
        full.turn()
        let waiting = full.loop.snapshot(now: 1).requests[1].phase
        #expect(waiting == .waiting(.noPages(needed: 6, free: 4, evictable: 0)))
        await full.settle()
        for stream in [running, behind] { #expect(await Answer(stream).finish == .length) }
    }

    @Test("An old request for an adapter is not starved by younger ones that would take its room")
    func aging() async throws {
        let rig = try Rig(
            pages: 20, files: ["big": .init(pages: 15, seed: 1), "hot": .init(pages: 6, seed: 2)])
        var streams = [rig.submit("hot", [1], max: 12)]
        let old = rig.submit("big", [9], max: 3)
        var finishedAt: Int?
        for index in 0..<300 {
            if index % 4 == 0 { streams.append(rig.submit("hot", [index % 90], max: 12)) }
            rig.turn()
            _ = rig.runner.runOne()
            if finishedAt == nil, rig.loop.meters["big"]?.requestsFinished == 1 { finishedAt = index }
        }
        #expect((finishedAt ?? .max) < 100)
        #expect(await Answer(old).tokens == rig.reference("big", [9], 3))
        await rig.settle()
        for stream in streams { #expect(await Answer(stream).finish == .length) }
    }

    @Test("Invariant 8: the arithmetic names what could leave")
    func arithmetic() async throws {
        let rig = try Rig(pages: 40, files: ["x": .init(pages: 6, seed: 1), "y": .init(pages: 4, seed: 2)])
        for name in ["y", "x"] { _ = rig.order(.load(adapter: name)) }
        await rig.settle()
        #expect(
            rig.loop.store.arithmetic(needed: 35, pool: rig.loop.pool)
                == "needs 35 pages, 30 free, 10 evictable (adapter x 6, y 4)")
    }

    @Test("An operator's load is not starved by traffic either")
    func agingLoad() async throws {
        let rig = try Rig(pages: 20, files: ["big": .init(pages: 15, seed: 1), "hot": .init(pages: 6, seed: 2)])
        var streams: [AsyncStream<PromptUpdate>] = []
        var outcome: Outcome?
        for index in 0..<200 where outcome?.now == nil {
            if index % 4 == 0 { streams.append(rig.submit("hot", [index % 90], max: 12)) }
            if index == 20 { outcome = rig.order(.load(adapter: "big")) }
            rig.turn()
            _ = rig.runner.runOne()
            await rig.durable()
        }
        #expect(outcome?.now?.succeeded == true)
        await rig.settle()
        for stream in streams { #expect(await Answer(stream).finish == .length) }
    }

    @Test("Reloads soon after evictions are thrash: one warning an episode, with the arithmetic")
    func thrash() async throws {
        let rig = try Rig(pages: 20, files: ["a": .init(pages: 12, seed: 1), "b": .init(pages: 10, seed: 2)])
        for name in ["a", "b", "a", "b", "a", "b", "a"] {
            let stream = rig.submit(name, [1, 2], max: 2)
            await rig.settle()
            #expect(await Answer(stream).tokens == rig.reference(name, [1, 2], 2))
        }
        let warnings = rig.journal.entries.withLock { $0.filter { $0.kind == .warning } }
        #expect(
            warnings.map(\.message) == [
                "thrash: 3 reloads in 30 s: adapters in use need 22 pages, the pool can hold 20"
            ])
        let snapshot = rig.loop.snapshot(now: rig.now)
        #expect(snapshot.adapters[0].evictions == 3)
        #expect(snapshot.adapters[0].loads == 4)
        #expect(snapshot.thrash?.reloads == 5)
        #expect(snapshot.thrash?.isThrashing == true)
        // Quiet for a window ends the episode; the next one is told again.
        rig.advance(31)
        #expect(rig.loop.snapshot(now: rig.now).thrash?.isThrashing == false)
        #expect(rig.loop.snapshot(now: rig.now).thrash?.workingSetPages == 0)
        for name in ["b", "a", "b", "a", "b"] {
            let stream = rig.submit(name, [1, 2], max: 2)
            await rig.settle()
            #expect(await Answer(stream).finish == .length)
        }
        #expect(rig.journal.entries.withLock { $0.count { $0.kind == .warning } } == 2)
    }

    @Test("An adapter whose loads keep failing is quarantined until an operator acts")
    func quarantine() async throws {
        let rig = try Rig(pages: 60, files: ["a": .init(pages: 3, readFailure: "short read")])
        for attempt in 1...3 {
            if case .quarantined = rig.state("a") { Issue.record("quarantined after \(attempt - 1)") }
            #expect(await outcome(rig, .load(adapter: "a")).message == "a failed to load: short read")
        }
        guard case .quarantined(let reason) = rig.state("a") else {
            Issue.record("not quarantined")
            return
        }
        #expect(reason.hasPrefix("3 loads failed in "))
        let stream = rig.submit("a", [1])
        rig.turn()
        let answer = await Answer(stream)
        #expect(answer.failure?.hasPrefix("adapter a is quarantined: 3 loads failed") == true)
        #expect(answer.failureKind == .unavailable)
        #expect(rig.journal.entries.withLock { $0.count { $0.message.hasPrefix("quarantined a") } } == 1)
        // Mended files and an order bring it back; so do failures that lie far apart.
        rig.adapters.change("a") { $0.readFailure = nil }
        #expect(await outcome(rig, .load(adapter: "a")).succeeded)
        rig.adapters.change("a") { $0.readFailure = "short read" }
        #expect(await outcome(rig, .evict(adapter: "a", digest: nil, mode: .drain)).succeeded)
        for _ in 0..<4 {
            rig.advance(40)
            #expect(await outcome(rig, .load(adapter: "a")).succeeded == false)
        }
        if case .failed = rig.state("a") {} else { Issue.record("\(String(describing: rig.state("a")))") }
    }

    @Test(
        "Adapters of waiting requests are brought in while the batch is full, but none that an earlier one needs leaves"
    )
    func prefetch() async throws {
        let rig = try Rig(
            pages: 34,
            files: [
                "first": .init(pages: 10, seed: 1), "cold": .init(pages: 6, seed: 2), "big": .init(pages: 20, seed: 3),
            ],
            options: { $0.maxSequences = 1 })
        _ = rig.order(.load(adapter: "first"))
        await rig.settle()
        let running = rig.submit(nil, [1, 2, 3, 4], max: 30)
        rig.turn()
        let streams = ["first", "cold", "big"].map { rig.submit($0, [5], max: 2) }
        for _ in 0..<8 {
            rig.turn()
            while rig.runner.runOne() {}
        }
        // cold came in behind a full batch; big would need first's or cold's pages, and both are wanted before it.
        #expect(rig.loop.scheduler.running.count == 1)
        #expect(rig.state("first") == .resident)
        #expect(rig.state("cold") == .resident)
        #expect(rig.state("big") == .awaitingPages)
        await rig.settle()
        #expect(await Answer(running).tokens == rig.reference(nil, [1, 2, 3, 4], 30))
        for (name, stream) in zip(["first", "cold", "big"], streams) {
            #expect(await Answer(stream).tokens == rig.reference(name, [5], 2))
        }
    }

    @Test("Registering refuses names that cannot be, and says what does not fit")
    func registering() async throws {
        let rig = try Rig(pages: 60, files: ["a": .init()])
        for name in ["", "base", "toy-base", "a\u{1B}[31m", String(repeating: "x", count: 201)] {
            #expect(
                await outcome(rig, .register(name: name, path: "a", overrideBase: false)).succeeded == false
            )
        }
        #expect(
            await outcome(rig, .register(name: "n", path: "nowhere", overrideBase: false)).message
                .contains("no adapter at nowhere"))
        rig.adapters.change("wide") { $0.shapeWidth = 128 }
        #expect(
            await outcome(rig, .register(name: "n", path: "wide", overrideBase: false)).message.contains(
                "needs 512 bytes, a page has 256"))
        #expect(
            await outcome(rig, .load(adapter: "zzz")).message.contains(
                "there is no adapter zzz; there is base (toy-base), a"))
        #expect(await outcome(rig, .abort(RequestID(4711))).message == "there is no live request #4711")
    }
}

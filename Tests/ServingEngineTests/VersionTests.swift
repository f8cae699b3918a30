import DeckCore
import Synchronization
import Testing

@testable import ServingEngine

@Suite("Versions of a name")
struct VersionTests {
    private func digest(_ seed: UInt64, pages: Int = 2) -> Digest {
        ToyAdapters.digest(ToyAdapters.File(pages: pages, seed: seed))
    }

    @Test("Verifying a path reads it, tells what it found and what it would need, and changes nothing")
    func verify() async throws {
        let rig = try Rig(pages: 20, files: ["a": .init(pages: 3, seed: 5)])
        rig.adapters.change("new") { $0 = .init(pages: 4, seed: 6) }
        rig.adapters.change("huge") { $0 = .init(pages: 25, seed: 7) }
        rig.adapters.change("bad") { $0 = .init(readFailure: "NaN in layer 2") }
        let outcomes = ["a", "new", "huge", "bad", "nowhere"].map { rig.order(.verify(path: $0)) }
        await rig.settle()
        let messages = outcomes.map { $0.now?.message ?? "" }
        #expect(
            messages[0] == "verified a: peft adapter \(digest(5, pages: 3).short); base unverified: toy; rank 1 to 2; "
                + "3 of 10 modules (q_proj); needs 3 pages, 20 free, 0 evictable; registered as a")
        #expect(messages[1].hasSuffix("needs 4 pages, 20 free, 0 evictable"), "\(messages[1])")
        #expect(messages[2].hasSuffix("more than the pool's 20 pages can hold beside a sequence"), "\(messages[2])")
        #expect(messages[3...] == ["NaN in layer 2", "no adapter at nowhere"])
        #expect(outcomes.map { $0.now?.succeeded } == [true, true, true, false, false])
        #expect(rig.loop.store.names == ["a"])
        #expect(rig.loop.pool.usedCount == 0)
        #expect(rig.journal.versions.withLock { $0.isEmpty })
        #expect(rig.journal.entries.withLock { $0.map(\.kind) } == [.verify, .verify, .verify, .refusal, .refusal])
    }

    @Test(
        "A dry run of an adapter whose own name is the base's says that it needs another",
        arguments: ["base", "x/toy-base"])
    func verifyName(_ path: String) async throws {
        let rig = try Rig(pages: 20, files: [:])
        rig.adapters.change(path) { $0 = .init(seed: 6) }
        let outcome = rig.order(.verify(path: path))
        await rig.settle()
        #expect(
            outcome.now?.message.contains("needs another name than its own") == true, "\(outcome.now?.message ?? "")")
        let registered = rig.order(.register(name: "other", path: path, overrideBase: false))
        await rig.settle()
        #expect(registered.now?.succeeded == true)
    }

    @Test("A load whose base is verified by now is noted once, with its digest, when every weight was read")
    func noteVerified() async throws {
        let rig = try Rig(pages: 20, files: ["a": .init(seed: 5), "b": .init(seed: 6)])
        _ = rig.order(.load(adapter: "a"))
        await rig.settle()
        #expect(rig.journal.verified.withLock { $0.isEmpty })
        rig.adapters.change("b") { $0.verdict = .verified }
        rig.adapters.change("b") { $0.readFailure = "cut" }
        _ = rig.order(.load(adapter: "b"))
        await rig.settle()
        #expect(rig.journal.verified.withLock { $0.isEmpty })
        rig.adapters.change("b") { $0.readFailure = nil }
        for _ in 0..<2 {
            _ = rig.order(.load(adapter: "b"))
            await rig.settle()
            _ = rig.order(.evict(adapter: "b", digest: nil, mode: .drain))
            await rig.settle()
        }
        #expect(rig.journal.verified.withLock { $0 } == [digest(6)])
    }

    @Test("A name goes back to an earlier version, durably; sequences in flight finish on the one that they began on")
    func rollback() async throws {
        let rig = try Rig(pages: 60, files: ["a": .init(seed: 1)])
        rig.adapters.change("b") { $0 = .init(seed: 2) }
        let first = rig.submit("a", [1, 2], max: 40)
        await rig.settle(limit: 10)
        _ = rig.order(.register(name: "a", path: "b", overrideBase: false))
        rig.turn()
        while rig.runner.runOne() {}
        await rig.durable()
        rig.turn()
        var versions = rig.loop.snapshot(now: 1).adapters[0].versions
        #expect(versions.map(\.digest) == [digest(2), digest(1)])
        #expect(versions.map(\.isCurrent) == [true, false])
        #expect(versions.map(\.path) == ["b", "a"])
        #expect(versions.map(\.users) == [0, 1])
        await rig.settle()
        #expect(await Answer(first).tokens == rig.reference("a", [1, 2], 40))

        let back = rig.order(.rollback(adapter: "a", to: digest(1)))
        rig.turn()
        while rig.runner.runOne() {}
        #expect(back.now == nil)
        await rig.settle()
        #expect(back.now == .done("rolled a back to \(digest(1).short)"))
        #expect(rig.journal.versions.withLock { $0.map(\.digest) } == [digest(2), digest(1)])
        versions = rig.loop.snapshot(now: 1).adapters[0].versions
        #expect(versions.map(\.digest) == [digest(1), digest(2)])
        #expect(rig.journal.entries.withLock { $0.last?.kind } == .rollback)
        let served = rig.submit("a", [3], max: 5)
        await rig.settle()
        #expect(await Answer(served).tokens == rig.reference("a", [3], 5))
        #expect(rig.loop.integrityFault() == nil)
    }

    @Test("A rollback is refused when the content is no longer at its path, was never the name's, or cannot be kept")
    func refusedRollbacks() async throws {
        let adapters = ToyAdapters(["a": .init(seed: 1), "b": .init(seed: 2), "c": .init(seed: 3)])
        let rig = try Rig(
            pages: 60, files: ["a": .init(seed: 9)],
            earlier: [adapters.version("a", path: "b"), adapters.version("a", path: "c")])
        rig.adapters.change("b") { $0 = .init(seed: 2) }
        rig.adapters.change("c") { $0 = .init(seed: 4) }
        #expect(rig.loop.snapshot(now: 1).adapters[0].versions.map(\.digest) == [digest(9), digest(3), digest(2)])
        let changed = rig.order(.rollback(adapter: "a", to: digest(3)))
        let current = rig.order(.rollback(adapter: "a", to: digest(9)))
        let never = rig.order(.rollback(adapter: "a", to: digest(7)))
        let unknown = rig.order(.rollback(adapter: "x", to: digest(3)))
        await rig.settle()
        #expect(
            changed.now
                == .refused(
                    "a stays at \(digest(9).short): version \(digest(3).short) was registered from c, which holds "
                        + "\(digest(4).short) now"))
        #expect(current.now == .refused("a is version \(digest(9).short) already"))
        #expect(
            never.now
                == .refused(
                    "a has no earlier version \(digest(7).short); it has \(digest(3).short), \(digest(2).short)"))
        #expect(unknown.now?.message.hasPrefix("there is no adapter x") == true)
        rig.journal.isBroken.withLock { $0 = true }
        let lost = rig.order(.rollback(adapter: "a", to: digest(2)))
        await rig.settle()
        #expect(lost.now?.succeeded == false)
        #expect(rig.loop.store.currentRecord("a")?.version.digest == digest(9))
    }

    @Test("Unregistering drains first, then forgets the name with its pin; nobody gets in meanwhile")
    func unregister() async throws {
        let rig = try Rig(pages: 60, files: ["a": .init(pages: 3, seed: 1), "b": .init(seed: 2)], pinned: ["a"])
        rig.journal.pins.withLock { _ = $0.insert("a") }
        await rig.settle()
        let running = rig.submit("a", [1, 2], max: 30)
        for _ in 0..<3 { rig.turn() }
        let outcome = rig.order(.unregister(adapter: "a"))
        rig.turn()
        let late = rig.submit("a", [5])
        let load = rig.order(.load(adapter: "a"))
        let again = rig.order(.register(name: "a", path: "b", overrideBase: false))
        for _ in 0..<3 { rig.turn() }
        await rig.durable()
        #expect(await Answer(late).failureKind == .unknownAdapter)
        #expect(load.now == .refused("a is being unregistered"))
        #expect(again.now == .refused("a is being unregistered"))
        #expect(outcome.now == nil)
        #expect(rig.loop.store.currentRecord("a") != nil)
        await rig.settle()
        #expect(await Answer(running).tokens == rig.reference("a", [1, 2], 30))
        #expect(
            outcome.now == .done("unregistered a, 3 pages freed after 1 sequence ended, its pin is gone"))
        #expect(rig.loop.store.names == ["b"])
        #expect(rig.loop.pool.usedCount == 0)
        #expect(rig.loop.integrityFault() == nil)
        #expect(rig.journal.pins.withLock { $0.isEmpty })
        #expect(rig.loop.snapshot(now: 1).adapters.map(\.name) == ["b"])
        #expect(rig.journal.entries.withLock { $0.last { $0.kind == .unregister }?.command } == "unregister a")
        let gone = rig.submit("a", [5])
        rig.turn()
        #expect(await Answer(gone).failure?.hasPrefix("there is no adapter a") == true)
        let back = rig.order(.register(name: "a", path: "b", overrideBase: false))
        await rig.settle()
        #expect(back.now?.succeeded == true)
    }

    @Test("Unregistering ends a load and who waits for it, and takes everything back when the registry cannot forget")
    func unregisterWhileLoading() async throws {
        let rig = try Rig(pages: 60, files: ["a": .init(pages: 3, seed: 1)], pinned: ["a"])
        let waiting = rig.submit("a", [1])
        let load = rig.order(.load(adapter: "a"))
        rig.turn()
        rig.journal.isBroken.withLock { $0 = true }
        let outcome = rig.order(.unregister(adapter: "a"))
        await rig.settle()
        #expect(await Answer(waiting).failureKind == .unknownAdapter)
        #expect(load.now?.succeeded == false)
        #expect(outcome.now?.message.hasPrefix("a stays registered: the registry did not forget it") == true)
        // Its pin is back, so it is resident again.
        #expect(rig.state("a") == .resident)
        rig.journal.isBroken.withLock { $0 = false }
        let second = rig.order(.unregister(adapter: "a"))
        await rig.settle()
        #expect(second.now?.succeeded == true)
        #expect(rig.loop.pool.usedCount == 0)
        #expect(rig.loop.store.records.isEmpty)
    }

    @Test("One engine has no replicas")
    func replicas() async throws {
        let rig = try Rig(pages: 20, files: ["a": .init()])
        let outcome = rig.order(.only(replica: "r1", .load(adapter: "a")))
        await rig.settle()
        #expect(
            outcome.now
                == .refused("load a: this deck has no replica r1, it is one engine inside this process"))
    }
}

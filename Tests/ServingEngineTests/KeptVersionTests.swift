import DeckCore
import ModelFiles
import Synchronization
import Testing

@testable import ServingEngine

/// A name goes back to a version whose folder holds something else by now.
@Suite("Kept versions")
struct KeptVersionTests {
    private func digest(_ seed: UInt64) -> Digest { ToyAdapters.digest(ToyAdapters.File(seed: seed)) }

    /// `a` is registered from its folder with each of these contents in turn.
    private func register(_ rig: Rig, _ seeds: [UInt64]) async {
        for seed in seeds {
            rig.adapters.change("a") {
                $0 = .init(seed: seed)
                $0.written = Int64(seed)
            }
            _ = rig.order(.register(name: "a", path: "a", overrideBase: false))
            await rig.settle()
        }
    }

    private func versions(_ rig: Rig) -> [VersionSnapshot] { rig.loop.snapshot(now: 1).adapters[0].versions }

    @Test("Roll-back works after the folder was overwritten, serves the old weights, and reloads them")
    func overwritten() async throws {
        let rig = try Rig(pages: 60, copies: 4)
        await register(rig, [1, 2])
        #expect(versions(rig).map(\.bytes) == [.kept, .kept])
        let back = rig.order(.rollback(adapter: "a", to: digest(1)))
        await rig.settle()
        #expect(back.now == .done("rolled a back to \(digest(1).short)"))
        let weights = ToyAdapters.weights(.init(seed: 1))
        for _ in 0..<2 {
            let answer = rig.submit("a", [1, 2, 3], max: 5)
            await rig.settle()
            #expect(await Answer(answer).tokens == ToyModel.reference([1, 2, 3], weights: weights, count: 5))
            _ = rig.order(.evict(adapter: "a", digest: nil, mode: .drain))
            await rig.settle()
        }
        // Where it is shown to come from is where it was registered.
        #expect(rig.loop.store.currentRecord("a")?.version.facts.path == "a")
        #expect(rig.journal.versions.withLock { $0.last?.insteadOf } == digest(2))
        let log = rig.journal.entries.withLock { $0.map(\.message) }
        #expect(log.contains { $0.hasPrefix("loaded a \(digest(1).short) from its copy (a was touched)") })
        // And forward again: what the folder holds is its own.
        _ = rig.order(.rollback(adapter: "a", to: digest(2)))
        await rig.settle()
        #expect(rig.journal.versions.withLock { $0.last?.insteadOf } == nil)
        #expect(rig.loop.integrityFault() == nil)
    }

    @Test("A version that is evicted while its folder is overwritten loads again, from its copy")
    func reload() async throws {
        let rig = try Rig(pages: 60, copies: 4)
        await register(rig, [1])
        rig.adapters.change("a") {
            $0.seed = 9
            $0.written = 9
        }
        let answer = rig.submit("a", [4], max: 5)
        await rig.settle()
        let weights = ToyAdapters.weights(.init(seed: 1))
        #expect(await Answer(answer).tokens == ToyModel.reference([4], weights: weights, count: 5))
    }

    @Test("A folder that was too fresh to be told from a later write is read, found to be another, and its copy serves")
    func fresh() async throws {
        let rig = try Rig(pages: 60, copies: 4)
        rig.adapters.change("a") {
            $0.seed = 1
            $0.isSettled = false
        }
        _ = rig.order(.register(name: "a", path: "a", overrideBase: false))
        await rig.settle()
        rig.adapters.change("a") { $0.seed = 9 }
        let load = rig.order(.load(adapter: "a"))
        let answer = rig.submit("a", [4], max: 5)
        await rig.settle()
        let weights = ToyAdapters.weights(.init(seed: 1))
        #expect(await Answer(answer).tokens == ToyModel.reference([4], weights: weights, count: 5))
        #expect(load.now?.message.hasPrefix("loaded a \(digest(1).short) from its copy") == true)
        #expect(rig.loop.integrityFault() == nil)
        // Without a copy it is refused as ever, and once.
        let bare = try Rig(pages: 60, copies: 0)
        bare.adapters.change("a") {
            $0.seed = 1
            $0.isSettled = false
        }
        _ = bare.order(.register(name: "a", path: "a", overrideBase: false))
        await bare.settle()
        bare.adapters.change("a") { $0.seed = 9 }
        let refused = bare.order(.load(adapter: "a"))
        await bare.settle()
        #expect(refused.now?.message.contains("register it again") == true)
        #expect(bare.loop.pool.usedCount == 0)
    }

    @Test("A folder that nobody touched is read itself, and without hashing it again")
    func untouched() async throws {
        let rig = try Rig(pages: 60, copies: 4)
        await register(rig, [1])
        for _ in 0..<2 {
            _ = rig.order(.load(adapter: "a"))
            await rig.settle()
            _ = rig.order(.evict(adapter: "a", digest: nil, mode: .drain))
            await rig.settle()
        }
        #expect(rig.adapters.reads.suffix(2) == [.init(path: "a", isKnown: true), .init(path: "a", isKnown: true)])
    }

    @Test("A damaged copy is noticed, taken away, and never served")
    func damaged() async throws {
        let rig = try Rig(pages: 60, copies: 4)
        let copies = try #require(rig.copies)
        await register(rig, [1, 2])
        copies.damage(digest(1))
        let back = rig.order(.rollback(adapter: "a", to: digest(1)))
        await rig.settle()
        #expect(
            back.now
                == .refused(
                    "a stays at \(digest(2).short): version \(digest(1).short) was registered from a, which holds "
                        + "\(digest(2).short) now"))
        #expect(copies.contents() == [digest(2)])

        // The same at a load: the copy of the current version is damaged, and its folder holds another.
        copies.damage(digest(2))
        rig.adapters.change("a") {
            $0.seed = 7
            $0.written = 7
        }
        let load = rig.order(.load(adapter: "a"))
        await rig.settle()
        #expect(load.now?.message.contains("its copy is damaged") == true, "\(load.now?.message ?? "")")
        #expect(copies.contents().isEmpty)
        #expect(rig.loop.pool.usedCount == 0)
    }

    @Test("What is gone is said before it is chosen, with what stands in its place; and why nothing was kept")
    func gone() async throws {
        let rig = try Rig(pages: 60, copies: 0)
        await register(rig, [1, 2])
        rig.loop.lookAtVersions()
        await rig.settle()
        #expect(
            versions(rig).map(\.bytes) == [
                .onlyInPlace(reason: "there is no room"), .gone(reason: "the folder holds \(digest(2).short) now"),
            ])
        // Somebody puts the old bytes back: the next look sees it.
        rig.adapters.change("a") { $0 = .init(seed: 1) }
        rig.advance(VersionPlaces.lookSeconds)
        rig.loop.lookAtVersions()
        await rig.settle()
        #expect(versions(rig).map(\.bytes)[1] == .onlyInPlace(reason: "there is no room"))
        let back = rig.order(.rollback(adapter: "a", to: digest(1)))
        await rig.settle()
        #expect(back.now?.succeeded == true)
    }

    @Test("The oldest copies leave for a new version's, never the version before it")
    func budget() async throws {
        let rig = try Rig(pages: 60, copies: 2)
        await register(rig, [1, 2, 3, 4])
        #expect(rig.copies?.contents() == [digest(3), digest(4)])
        #expect(
            versions(rig).map(\.bytes) == [
                .kept, .kept, .gone(reason: "the folder holds \(digest(4).short) now"),
                .gone(reason: "the folder holds \(digest(4).short) now"),
            ])
    }

    @Test("A deck that keeps nothing tells nothing of it")
    func none() async throws {
        let rig = try Rig(pages: 60)
        await register(rig, [1, 2])
        rig.loop.lookAtVersions()
        await rig.settle()
        #expect(versions(rig).map(\.bytes) == [nil, nil])
    }

    @Test("A start leaves content alone that its name was rolled back from, and takes in what is new")
    func turnedDown() async throws {
        let rig = try Rig(pages: 60, copies: 4)
        await register(rig, [1, 2])
        _ = rig.order(.rollback(adapter: "a", to: digest(1)))
        await rig.settle()
        func start() async -> CommandOutcome? {
            let outcome = Outcome()
            rig.engine.parts.mailbox.post(
                .command(
                    PendingCommand(
                        command: .register(name: "a", path: "a", overrideBase: false), actor: "run",
                        order: rig.engine.parts.ids.next(),
                        found: FoundAdapter(turnedDown: [digest(2), digest(9)], moment: rig.engine.moment)
                    ) { outcome.set($0) }))
            await rig.settle()
            return outcome.now
        }
        #expect(
            await start()
                == .done("a stays as it was ordered: a holds \(digest(2).short), which it was turned away from"))
        // So that the next start need not read it.
        #expect(rig.journal.turnedDown.withLock { $0 } == ["a": digest(2)])
        #expect(rig.loop.store.currentRecord("a")?.version.digest == digest(1))
        rig.adapters.change("a") { $0 = .init(seed: 3) }
        #expect(await start()?.succeeded == true)
        #expect(rig.loop.store.currentRecord("a")?.version.digest == digest(3))
    }
}

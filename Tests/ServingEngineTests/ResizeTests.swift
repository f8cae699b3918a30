import DeckCore
import Foundation
import Inference
import Synchronization
import Testing

@testable import ServingEngine

@Suite("Resizing the pool")
struct ResizeTests {
    private func resize(_ rig: Rig, pages: Int) async throws -> CommandOutcome {
        let outcome = rig.order(.resizePool(bytes: pages * 4 * ToyModel.slotBytes))
        await rig.settle()
        #expect(rig.loop.integrityFault() == nil)
        return try #require(outcome.now)
    }

    @Test("The pool shrinks by evicting what is idle, and grows beyond what it began with")
    func shrinkAndGrow() async throws {
        let rig = try Rig(pages: 60, files: ["a": .init(pages: 20, seed: 1), "b": .init(pages: 10, seed: 2)])
        for name in ["a", "b"] { #expect(await Answer(settled(rig, name)).finish == .length) }
        let shrunk = try await resize(rig, pages: 20)
        #expect(shrunk.message.hasPrefix("resized the pool from 60 to 20 pages, 5120 bytes; "), "\(shrunk)")
        #expect(rig.loop.pool.pageCount == 20)
        #expect(rig.loop.pool.usedCount <= 20)
        #expect(rig.state("a") == .registered)
        let small = rig.loop.snapshot(now: 0).pool
        #expect(small.pageCount == 20)
        #expect(small.freePages + small.adapterPages + small.prefixes.pages == 20)
        // 21 pages do not fit a pool of 20, and 15 tokens do.
        #expect(await Answer(settled(rig, "a")).failure?.contains("the pool has 20") == true)
        #expect(await Answer(settled(rig, "b")).tokens == rig.reference("b", [1, 2, 3], 12))
        let grown = try await resize(rig, pages: 300)
        #expect(grown == .done("resized the pool from 20 to 300 pages, 76800 bytes"))
        let long = rig.submit(nil, (0..<97).map { $0 }, max: 60)
        #expect(await Answer(settled(rig, "a")).tokens == rig.reference("a", [1, 2, 3], 12))
        #expect(await Answer(long).tokens == rig.reference(nil, (0..<97).map { $0 }, 60))
        #expect(rig.loop.snapshot(now: 0).pool.pageCount == 300)
        let kinds = rig.journal.entries.withLock { $0.filter { $0.kind == .resize } }
        #expect(kinds.map(\.command) == ["resize 5120", "resize 76800"])
        #expect(rig.faults.isEmpty)
    }

    private func settled(_ rig: Rig, _ name: String?) async -> AsyncStream<PromptUpdate> {
        let stream = rig.submit(name, [1, 2, 3], max: 12)
        await rig.settle()
        return stream
    }

    @Test(
        "A forecast names who leaves, in the order of eviction, and changes nothing", arguments: [59, 40, 31, 24, 20])
    func forecast(wanted: Int) async throws {
        func warmed() async throws -> Rig {
            let rig = try Rig(
                pages: 60,
                files: [
                    "a": .init(pages: 20, seed: 1), "b": .init(pages: 10, seed: 2), "big": .init(pages: 30, seed: 3),
                ])
            for name in ["big", "a", "b", "a"] { _ = await Answer(settled(rig, name)) }
            return rig
        }
        func order(_ command: DeckCommand, _ rig: Rig) async throws -> String {
            let outcome = rig.order(command)
            await rig.settle()
            return try #require(outcome.now).message
        }
        let rig = try await warmed()
        let before = rig.loop.snapshot(now: 0)
        let entries = rig.journal.entries.withLock { $0.count }
        let said = try await order(.forecastResize(bytes: wanted * 256), rig)
        let after = rig.loop.snapshot(now: 0)
        #expect(after.pool == before.pool)
        #expect(after.adapters == before.adapters)
        #expect(rig.journal.entries.withLock { $0.count } == entries)
        #expect(rig.loop.integrityFault() == nil)
        // What then happens is what it said, word for word.
        let done = try await order(.resizePool(bytes: wanted * 256), rig)
        let left = done.components(separatedBy: "left: ").dropFirst().first
        #expect(
            said.hasPrefix("60 -> \(wanted) pages: \(left.map { "\($0) leave" } ?? "nobody leaves")"),
            "\(said); \(done)")
        #expect(said.contains("no longer fit at all: ") == (wanted < 31))
        if wanted < 31 { #expect(said.contains("big 30")) }
    }

    @Test("A forecast counts what stays, and is refused with the arithmetic where a resize would be")
    func forecastOfWhatRuns() async throws {
        let rig = try Rig(pages: 60, files: ["a": .init(pages: 20, seed: 1)])
        let running = rig.submit("a", [1, 2, 3], max: 60)
        while rig.loop.scheduler.running.isEmpty {
            rig.turn()
            _ = rig.runner.runOne()
        }
        func said(_ pages: Int) -> CommandOutcome? {
            let outcome = rig.order(.forecastResize(bytes: pages * 256))
            rig.turn()
            return outcome.now
        }
        #expect(said(45) == .done("60 -> 45 pages: nobody leaves; 1 running sequence stays"))
        guard case .refused(let reason)? = said(17), reason.contains("in use or pinned (adapter a 20") else {
            Issue.record("\(String(describing: said(17)))")
            return
        }
        #expect(rig.loop.pool.pageCount == 60)
        await rig.settle()
        _ = await Answer(running)
    }

    @Test("Invariant 8: what is in use or pinned does not leave; the refusal has the arithmetic")
    func refusals() async throws {
        let rig = try Rig(pages: 60, files: ["a": .init(pages: 20, seed: 1)])
        let running = rig.submit("a", [1, 2, 3], max: 60)
        for _ in 0..<12 {
            rig.turn()
            _ = rig.runner.runOne()
        }
        #expect(rig.loop.scheduler.running.count == 1)
        let busy = rig.order(.resizePool(bytes: 17 * 256))
        rig.turn()
        await rig.durable()
        let message = try #require(busy.now?.message)
        #expect(message.hasPrefix("a pool of 4352 bytes has 17 pages of 256 bytes; "), "\(message)")
        #expect(message.contains("in use or pinned (adapter a 20; KV cache of running sequences "), "\(message)")
        await rig.settle()
        #expect(await Answer(running).finish == .length)
        _ = rig.order(.pin(adapter: "a"))
        await rig.settle()
        let pinned = try await resize(rig, pages: 30)
        #expect(
            pinned
                == .refused(
                    "a pool of 7680 bytes has 30 pages of 256 bytes, 20 are pinned (a 20) and serving one sequence "
                        + "needs 15"))
        #expect(
            try await resize(rig, pages: 15)
                == .refused("a pool of 3840 bytes has 15 pages of 256 bytes; one sequence of 64 tokens needs 16"))
        let most = rig.engine.parts.memory.pages.pageCount
        let huge = try await resize(rig, pages: most + 1)
        #expect(huge.message.contains("its address space \(most)"), "\(huge)")
        #expect(rig.loop.pool.pageCount == 60)
    }

    @Test("Lost pages hold no memory: what was written there is gone, neighbours keep theirs")
    func memory() throws {
        let memory = try PoolMemory(pageBytes: 1 << 14, pageCount: 8, growingTo: 1 << 20)
        #expect(memory.pages.pageCount == 64)
        func first(_ page: Int32) -> UInt8 { memory.pages.address(of: page).load(as: UInt8.self) }
        for page in 0..<Int32(8) { memory.pages.address(of: page).storeBytes(of: 7, as: UInt8.self) }
        memory.giveBack([6, 2, 3])
        #expect((0..<8).map { first($0) } == [7, 7, 0, 0, 7, 7, 0, 7])
    }

    @Test("A pool that shrank never holds more pages than it has, whatever numbers they bear")
    func accounts() throws {
        var pool = PagePool(pageCount: 10)
        let held = pool.allocate(10, for: .sequence(RequestID(1)))
        let pages = try #require(held)
        pool.release([pages[0], pages[4], pages[9]] + pages[5...8], of: .sequence(RequestID(1)))
        pool.resize(to: 5)
        #expect(pool.usedCount == 3)
        #expect(pool.freeCount == 2)
        #expect(Array(pool.retiredPages) == [9, 8, 7, 6, 5])
        #expect(pool.allocate(3, for: .sequence(RequestID(2))) == nil)
        #expect(pool.allocate(2, for: .sequence(RequestID(2))) == [0, 4])
        #expect(pool.integrityFault() == nil)
        pool.resize(to: 12)
        #expect(pool.freeCount == 7)
        #expect(pool.allocate(7, for: .sequence(RequestID(3)))?.sorted() == [5, 6, 7, 8, 9, 10, 11])
        #expect(pool.integrityFault() == nil)
    }
}

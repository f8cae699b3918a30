import DeckCore
import Foundation
import Synchronization
import Testing

@testable import ServingEngine

@Suite("KV pages kept on disk")
struct SpillTests {
    private let prompt = (0..<30).map { $0 * 5 % 97 }

    /// A sequence of some forty tokens that runs, and loses its pages and the cache's.
    private func preempted(
        folder: URL = FileManager.default.temporaryDirectory
    ) throws -> (Rig, AsyncStream<PromptUpdate>, RequestID) {
        let rig = try Rig(pages: 40) { $0.spillFolder = folder }
        rig.paceSteps(base: 0.01, perRow: 0.002)
        let stream = rig.submit(nil, prompt, max: 24)
        for _ in 0..<8 { rig.turn() }
        let id = try #require(rig.loop.scheduler.running.first)
        rig.loop.preempt(id)
        while rig.loop.pool.prefixes.idleCount > 0 { rig.loop.pool.evictPrefixPage() }
        #expect(rig.loop.pool.usedCount == 0)
        return (rig, stream, id)
    }

    private func settle(_ rig: Rig) async {
        await rig.settle()
        #expect(rig.loop.integrityFault() == nil)
        #expect(rig.loop.scheduler.spills.entries.isEmpty)
    }

    @Test func whatWasComputedComesBackAndIsNotComputedAgain() async throws {
        let (rig, stream, id) = try preempted()
        #expect(rig.loop.scheduler.spills[id] != nil)
        let kept = try #require(rig.loop.poolSnapshot().spills)
        #expect(kept.pages == rig.loop.scheduler.spills[id]?.pageCount && kept.pages > 0)
        #expect(kept.kept == 1 && kept.restored == 0 && kept.recomputed == 0 && kept.limitPages >= kept.pages)
        // From the file: the write ends, and the buffer is let go, before the sequence asks for it.
        #expect(rig.runner.runOne())
        let rows = Mutex(0)
        rig.model.onStep.withLock { $0.call = { count in rows.withLock { $0 += count } } }
        await settle(rig)
        let answer = await Answer(stream)
        #expect(answer.tokens == rig.reference(nil, prompt, 24))
        #expect(rows.withLock { $0 } < 24, "only new tokens were computed")
        let after = try #require(rig.loop.poolSnapshot().spills)
        #expect(after.pages == 0 && after.restored == 1 && after.recomputed == 0)
    }

    @Test func aSequenceThatEndsWhileItsPagesAreWrittenOrReadLeavesNothing() async throws {
        for jobs in 0...1 {
            let (rig, stream, id) = try preempted()
            for _ in 0..<jobs { #expect(rig.runner.runOne()) }
            let order = rig.order(.abort(id))
            if jobs == 1 { rig.turn() }
            await settle(rig)
            #expect(order.now?.succeeded == true)
            #expect(await Answer(stream).finish == .aborted)
            #expect(rig.loop.scheduler.spills.bufferedPages == 0)
        }
    }

    @Test func aDiskThatFailsLosesNoAnswer() async throws {
        let (rig, stream, _) = try preempted(folder: URL(fileURLWithPath: "/nowhere"))
        #expect(rig.runner.runOne())
        await settle(rig)
        #expect(await Answer(stream).tokens == rig.reference(nil, prompt, 24))
        let spills = try #require(rig.loop.poolSnapshot().spills)
        #expect(spills.fault?.contains("/nowhere") == true)
        // The buffer that could not be written was still there.
        #expect(spills.pages == 0 && spills.restored == 1 && spills.recomputed == 0)
    }

    @Test func keepsOnlyWhatIsCheaperThanComputingAgain() {
        var book = SpillBook(slotCount: 16, bufferLimit: 8, pageBytes: 64)
        let first = book.keep(RequestID(1), tokens: 8, pageCount: 2, recompute: 1)
        #expect(first != nil)
        #expect(book.keep(RequestID(2), tokens: 8, pageCount: 2, recompute: 1) == nil, "the first one measures")
        book.wrote(RequestID(1), first!.ticket, seconds: 0.2, fault: nil)
        #expect(book.seconds(pages: 2) == 0.4)
        #expect(book.keep(RequestID(2), tokens: 8, pageCount: 2, recompute: 0.3) == nil)
        #expect(book.keep(RequestID(2), tokens: 8, pageCount: 2, recompute: 0.5) != nil)
        #expect(book.keep(RequestID(3), tokens: 40, pageCount: 10, recompute: 100) == nil, "the memory is bounded")
        #expect(book.snapshot == SpillSnapshot(pages: 4, limitPages: 16, kept: 2, restored: 0, recomputed: 3))
        #expect(book.keep(RequestID(4), tokens: 8, pageCount: 2, recompute: nil) == nil)
        #expect(book.integrityFault() == nil)
    }
}

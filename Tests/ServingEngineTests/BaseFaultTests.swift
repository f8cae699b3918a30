import DeckCore
import Synchronization
import Testing

@testable import ServingEngine

/// A base model whose files changed on disk gives no answers, and nothing that waits is left waiting.
@Suite("A base model that changed on disk") struct BaseFaultTests {
    private static let fault = "the base model's file /models/toy.gguf changed on disk"

    @Test("Before a step: what lives and what comes fails with the reason, paths are for the operator")
    func before() async throws {
        let rig = try Rig(pages: 100, files: ["a": .init(seed: 1)])
        let running = rig.submit(nil, [1, 2], max: 12)
        for _ in 0..<3 { rig.turn() }
        rig.fault.reason.withLock { $0 = Self.fault }
        let steps = rig.loop.stepIndex
        rig.turn()
        let late = rig.submit("a", [3], max: 4)
        rig.turn()
        #expect(rig.loop.stepIndex == steps)
        for answer in [await Answer(running), await Answer(late)] {
            #expect(answer.failureKind == .unavailable)
            #expect(answer.failure == Self.fault)
            #expect(answer.told?.contains("changed on disk") == true && answer.told?.contains("/models") == false)
        }
        #expect(rig.loop.snapshot(now: rig.now).baseFault == Self.fault)
        await rig.durable()
        #expect(rig.journal.entries.withLock { $0.count { $0.kind == .failure && $0.message == Self.fault } } == 1)
        #expect(rig.loop.integrityFault() == nil)
    }

    @Test("During a step: its tokens do not go out")
    func during() async throws {
        let rig = try Rig(pages: 100)
        let stream = rig.submit(nil, [1, 2], max: 12)
        rig.fault.reason.withLock { $0 = Self.fault }
        // The look before the first step; the one after it tells.
        rig.fault.patience.withLock { $0 = 1 }
        rig.turn()
        let answer = await Answer(stream)
        #expect(rig.loop.stepIndex == 1)
        #expect(answer.tokens.isEmpty)
        #expect(answer.failureKind == .unavailable)
        #expect(rig.loop.integrityFault() == nil)
    }

    @Test("Once told it stays, though the file looks right again")
    func stays() async throws {
        let rig = try Rig(pages: 100)
        rig.fault.reason.withLock { $0 = Self.fault }
        rig.turn()
        rig.fault.reason.withLock { $0 = nil }
        let answer = rig.submit(nil, [1], max: 2)
        rig.turn()
        #expect(await Answer(answer).failureKind == .unavailable)
    }

    @Test("Loads that wait for their proof are answered, later ones too; evictions go on")
    func loads() async throws {
        let rig = try Rig(pages: 100, files: ["a": .init(seed: 1), "b": .init(seed: 2)])
        let first = rig.order(.load(adapter: "a"))
        rig.turn()
        rig.fault.reason.withLock { $0 = Self.fault }
        await rig.settle()
        let second = rig.order(.load(adapter: "b"))
        await rig.settle()
        let third = rig.order(.evict(adapter: "b", digest: nil, mode: .drain))
        await rig.settle()
        #expect(first.now?.succeeded == true)
        #expect(second.now?.succeeded == true)
        #expect(third.now?.succeeded == true)
        #expect(rig.state("b") == .registered)
        #expect(rig.loop.integrityFault() == nil)
    }
}

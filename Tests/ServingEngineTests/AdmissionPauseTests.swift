import DeckCore
import Synchronization
import Testing

@testable import ServingEngine

@Suite("Pausing admission")
struct AdmissionPauseTests {
    @Test("New requests wait and say why, running and preempted ones go on, and nothing is lost")
    func pause() async throws {
        let rig = try Rig(pages: 100, files: ["a": .init(seed: 1)])
        let running = rig.submit(nil, [1, 2], max: 12)
        for _ in 0..<3 { rig.turn() }
        let paused = rig.order(.setAdmission(isOpen: false))
        let held = rig.submit(nil, [3], max: 4)
        let cold = rig.submit("a", [4], max: 4)
        for _ in 0..<4 { rig.turn() }
        await rig.durable()
        #expect(paused.now == .done("paused admission, 0 requests wait and 1 goes on"))
        let snapshot = rig.loop.snapshot(now: rig.now)
        #expect(snapshot.admissionPaused == AdmissionPause(by: "test", seconds: 0))
        #expect(snapshot.requests[0].phase == .decode)
        #expect(
            snapshot.requests[1...].map(\.phase) == [
                .waiting(.admissionPaused(by: "test")), .waiting(.admissionPaused(by: "test")),
            ])
        #expect(snapshot.waits == [WaitSummary(reason: "paused", count: 2)])
        #expect(rig.runner.count == 0)
        // An operator still loads.
        _ = rig.order(.load(adapter: "a"))
        await rig.settle()
        #expect(rig.state("a") == .resident)
        #expect(await Answer(running).tokens == rig.reference(nil, [1, 2], 12))
        let again = rig.order(.setAdmission(isOpen: false))
        let resumed = rig.order(.setAdmission(isOpen: true))
        await rig.settle()
        #expect(again.now == .done("admission is paused already, by test"))
        #expect(resumed.now?.message.hasSuffix("2 requests waited") == true)
        #expect(await Answer(held).tokens == rig.reference(nil, [3], 4))
        let answer = await Answer(cold)
        #expect(answer.tokens == rig.reference("a", [4], 4))
        #expect(answer.timeline?.waits?.contains { $0.reason == .admissionPaused(by: "test") } == true)
        #expect(rig.loop.snapshot(now: rig.now).admissionPaused == nil)
        #expect(rig.journal.entries.withLock { $0.count { $0.kind == .admission } } == 3)
    }

    @Test("What was preempted while admission is paused comes back")
    func preempted() async throws {
        let rig = try Rig(pages: 16)
        let streams = (0..<3).map { rig.submit(nil, [$0, 1, 2], max: 25) }
        for _ in 0..<2 { rig.turn() }
        _ = rig.order(.setAdmission(isOpen: false))
        let late = rig.submit(nil, [9], max: 2)
        await rig.settle()
        for (index, stream) in streams.enumerated() {
            #expect(await Answer(stream).tokens == rig.reference(nil, [index, 1, 2], 25))
        }
        #expect(rig.journal.entries.withLock { $0.contains { $0.kind == .preemption } })
        #expect(rig.loop.scheduler.waitingCount == 1)
        _ = rig.order(.setAdmission(isOpen: true))
        await rig.settle()
        #expect(await Answer(late).finish == .length)
        #expect(rig.loop.integrityFault() == nil)
    }
}

import DeckCore
import Testing

@testable import ServingEngine

@Suite("Long queues")
struct QueueCostTests {
    @Test("With 2,000 adapters and 1,000 waiting requests a plan looks at few of them, and every reason is true")
    func bounded() async throws {
        var files: [String: ToyAdapters.File] = [:]
        for index in 0..<2_000 { files["a\(index)"] = .init(seed: UInt64(index) + 1) }
        let rig = try Rig(pages: 4_000, files: files, options: { $0.maxSequences = 32 })
        let streams = (0..<1_032).map { index in
            rig.submit(index < 200 ? nil : "a\(index)", [index % 97, 1], max: 6) { $0.origin = "t\(index % 50)" }
        }
        rig.turn()
        rig.turn()
        let snapshot = rig.loop.snapshot(now: rig.now)
        #expect(snapshot.waiting == 1_000)
        #expect(snapshot.adapters.count == 2_000)
        #expect(snapshot.tenants.count == 50)
        #expect(snapshot.waits.reduce(0) { $0 + $1.count } == 1_000)
        let lookedAt = rig.loop.scheduler.sequences.values.count {
            !$0.isRunning && $0.reasonPlan == rig.loop.scheduler.planIndex
        }
        #expect(lookedAt <= 2 * AdmissionPass.prefetchDepth)
        for request in snapshot.requests {
            guard case .waiting(let reason) = request.phase else { continue }
            switch reason {
            case .batchFull(let limit): #expect(limit == 32)
            case .fairShare(_, let running, let share, let limit): #expect((running, share, limit) == (1, 1, 32))
            case .adapterLoading, .adapterQueued: #expect(request.adapter != nil)
            default: Issue.record("\(reason.sentence)")
            }
        }
        withExtendedLifetime(streams) {}
    }
}

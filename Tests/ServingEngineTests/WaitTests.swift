import DeckCore
import TestSupport
import Testing

@testable import ServingEngine

@Suite("What a request waited for, in parts that sum to its wait")
struct WaitTests {
    /// Seconds by cause, to a millisecond.
    private func causes(_ timeline: RequestTimeline?) -> [WaitCause: Double] {
        Dictionary(
            (timeline?.waits ?? []).map { ($0.reason.cause, ($0.seconds * 1000).rounded() / 1000) },
            uniquingKeysWith: +)
    }

    @Test("Held by a pause, then by pages, then by a load: each for its own time, in that order")
    func pausedThenPagesThenLoad() async throws {
        // The adapters do not fit beside each other, and the first is kept by a running sequence.
        let rig = try Rig(pages: 18, files: ["a": .init(pages: 10, seed: 1), "b": .init(pages: 10, seed: 2)])
        let warm = rig.submit("b", [1], max: 1)
        await rig.settle()
        _ = await Answer(warm)
        let long = rig.submit("a", [1, 2, 3], max: 25)
        while rig.loop.scheduler.running.isEmpty {
            rig.turn()
            _ = rig.runner.runOne()
        }
        // From here on time passes only where it says so.
        _ = rig.order(.setAdmission(isOpen: false))
        _ = rig.loop.turn()
        let late = rig.submit("b", [5, 6], max: 2)
        _ = rig.loop.turn()
        rig.advance(8.2)
        _ = rig.order(.setAdmission(isOpen: true))
        _ = rig.loop.turn()
        // Its header is read, and there is no room.
        while rig.runner.runOne() {}
        _ = rig.loop.turn()
        rig.advance(0.3)
        let live = rig.loop.snapshot(now: rig.now).requests.filter(\.phase.isLive)
        guard case .waiting(.noPagesForAdapter)? = live.last?.phase, let holder = live.first?.id, live.count == 2 else {
            Issue.record("\(live.map(\.phase))")
            return
        }
        // Who keeps the room goes; the load takes three milliseconds.
        _ = rig.order(.abort(holder))
        _ = rig.loop.turn()
        rig.advance(0.003)
        while rig.runner.runOne() {}
        _ = rig.loop.turn()
        await rig.settle()
        let timeline = try #require(await Answer(late).timeline)
        #expect(causes(timeline) == [.paused: 8.2, .pages: 0.3, .adapter: 0.003])
        #expect(timeline.waits?.map(\.reason.cause) == [.paused, .pages, .adapter])
        #expect(timeline.firstScheduled.map { abs($0 - 8.503) < 1e-9 } == true)
        _ = await Answer(long)
    }

    @Test("A request that is given up while it waits has waited for what held it, up to its end")
    func neverBegan() async throws {
        let rig = try Rig(pages: 100, options: { $0.maxSequences = 1 })
        rig.paceSteps(base: 0.05, perRow: 0)
        let first = rig.submit(nil, [1], max: 30)
        let second = rig.submit(nil, [2], max: 30)
        for _ in 0..<10 { rig.turn() }
        let id = try #require(rig.loop.snapshot(now: rig.now).requests.last?.id)
        rig.advance(0.25)
        _ = rig.order(.abort(id))
        rig.turn()
        let ended = try #require(rig.loop.snapshot(now: rig.now).requests.first { $0.id == id && !$0.phase.isLive })
        let sum = (ended.timeline.waits ?? []).reduce(0) { $0 + $1.seconds }
        #expect(ended.timeline.firstScheduled == nil)
        #expect(abs(sum - (ended.timeline.finished ?? 0)) < 1e-9)
        #expect(causes(ended.timeline)[.batchFull].map { $0 > 0.7 } == true)
        await rig.settle()
        _ = await (Answer(first), Answer(second))
    }

    @Test("A load that ends while admission is paused does not make the pause a wait for the adapter")
    func loadedWhilePaused() async throws {
        let rig = try Rig(pages: 100, files: ["a": .init(seed: 1)])
        _ = rig.order(.setAdmission(isOpen: false))
        let held = rig.submit("a", [1], max: 2)
        _ = rig.loop.turn()
        rig.advance(3)
        _ = rig.order(.load(adapter: "a"))
        await rig.settle()
        rig.advance(2)
        _ = rig.order(.setAdmission(isOpen: true))
        await rig.settle()
        let timeline = try #require(await Answer(held).timeline)
        #expect(timeline.waits?.map(\.reason) == [.admissionPaused(by: "test")])
        #expect(timeline.waits?.first?.seconds == timeline.firstScheduled)
    }

    @Test("Sums hold after any operations, for those that wait, run and ended", arguments: 1...6)
    func sums(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let names = ["a", "b", "c", "d"]
        let rig = try Rig(
            pages: 40,
            files: [
                "a": .init(pages: 9, seed: 1), "b": .init(pages: 9, seed: 2), "c": .init(pages: 9, seed: 3),
                "d": .init(pages: 9, seed: 4),
            ],
            options: {
                $0.maxSequences = 3
                $0.tenants = ["narrow": TenantPolicy(maxRunning: 1), "wide": TenantPolicy(weight: 3)]
            })
        rig.paceSteps(base: 0.02, perRow: 0.001)
        var streams: [AsyncStream<PromptUpdate>] = []
        var causesSeen: Set<WaitCause> = []
        func check() {
            for request in rig.loop.snapshot(now: rig.now).requests {
                guard let waits = request.timeline.waits else {
                    Issue.record("\(request.id) does not say what it waits for")
                    continue
                }
                causesSeen.formUnion(waits.map(\.reason.cause))
                let sum = waits.reduce(0) { $0 + $1.seconds }
                #expect(waits.allSatisfy { $0.seconds > 0 })
                #expect(Set(waits.map(\.reason.cause)).count == waits.count)
                if let until = request.timeline.firstScheduled ?? request.timeline.finished {
                    #expect(abs(sum - until) < 1e-6, "\(request.id): \(waits), \(until)")
                } else {
                    #expect(sum <= rig.now + 1e-6)
                }
            }
        }
        for _ in 0..<400 {
            switch Int.random(in: 0..<12, using: &random) {
            case 0..<3:
                let prompt = (0..<Int.random(in: 1...20, using: &random)).map { _ in
                    Int.random(in: 0..<9, using: &random)
                }
                let origin = ["narrow", "wide", "other"].randomElement(using: &random)!
                streams.append(
                    rig.submit(
                        Int.random(in: 0..<5, using: &random) == 0 ? nil : names.randomElement(using: &random)!, prompt,
                        max: Int.random(in: 1...20, using: &random)
                    ) { $0.origin = origin })
            case 3: _ = rig.order(.setAdmission(isOpen: Bool.random(using: &random)))
            case 4: rig.advance(.random(in: 0...0.4, using: &random))
            case 5:
                let live = rig.loop.snapshot(now: rig.now).requests.filter(\.phase.isLive)
                if let request = live.randomElement(using: &random) { _ = rig.order(.abort(request.id)) }
            case 6:
                _ = rig.order(.evict(adapter: names.randomElement(using: &random)!, digest: nil, mode: .drain))
            case 7: _ = rig.runner.runOne()
            default: rig.pacedTurn()
            }
            check()
        }
        _ = rig.order(.setAdmission(isOpen: true))
        await rig.settle()
        check()
        for stream in streams {
            guard let timeline = await Answer(stream).timeline else { continue }
            let sum = (timeline.waits ?? []).reduce(0) { $0 + $1.seconds }
            #expect(abs(sum - (timeline.firstScheduled ?? timeline.finished ?? 0)) < 1e-6)
        }
        #expect(causesSeen.isSuperset(of: [.step, .paused, .adapter, .batchFull]))
        #expect(rig.loop.integrityFault() == nil)
    }
}

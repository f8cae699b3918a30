import DeckCore
import Testing

@testable import ServingEngine

@Suite("Metrics")
struct MetricsTests {
    @Test("A rate is counts a second over its window, and falls to zero")
    func rate() {
        var window = RateWindow(seconds: 10)
        for tenth in 0..<200 { window.add(3, now: Double(tenth) / 10) }
        // The oldest of ten slots is dropped whole, so up to a tenth of the window is missing.
        let rates = [19.9, 25, 40].map { window.rate(now: $0) }
        #expect((26...30.5).contains(rates[0]))
        #expect(rates[1] < 20)
        #expect(rates[2] == 0)
        window.add(10, now: 41)
        // A burst counts over two slots at least.
        let burst = window.rate(now: 41)
        #expect(burst == 5)
    }

    @Test("Latencies are percentiles of the last half to whole window, and nil when there are none")
    func latencies() throws {
        var window = LatencyWindow(seconds: 60)
        let none = window.summary(now: 0)
        #expect(none == nil)
        for value in 1...100 { window.record(Double(value) / 1000, now: 1) }
        let first = window.summary(now: 2)
        let summary = try #require(first)
        #expect(summary.count == 100)
        #expect(abs(summary.p50 - 0.050) < 0.001)
        #expect(abs(summary.p95 - 0.095) < 0.001)
        #expect(abs(summary.max - 0.100) < 0.001)
        window.record(1, now: 31)
        let counts = [31.0, 61, 200].map { window.summary(now: $0)?.count }
        #expect(counts == [101, 1, nil])
    }

    @Test("A ring keeps the last elements in order")
    func ring() {
        var ring = Ring<Int>(limit: 3)
        #expect(ring.last == nil)
        for value in 1...5 { ring.append(value) }
        #expect(ring.elements == [3, 4, 5])
        #expect(ring.last == 5)
    }

    @Test("A snapshot of 64 busy adapters in a pool of thousands of pages computes a few percentiles, in turns")
    func snapshotCost() async throws {
        var files: [String: ToyAdapters.File] = [:]
        for index in 0..<64 { files["a\(index)"] = .init(pages: 10, seed: UInt64(index) + 1) }
        for index in 0..<1_000 { files["z\(index)"] = .init(seed: UInt64(index) + 1_000) }
        let rig = try Rig(pages: 4_000, files: files)
        let streams = (0..<64).map { rig.submit("a\($0)", Array(repeating: 1, count: 60), max: 80) }
        for _ in 0..<40 {
            rig.turn()
            while rig.runner.runOne() {}
        }
        // Nobody waits for percentiles longer than it takes to compute all of them in turns.
        let most = StepLoop.percentilesASnapshot
        var known = rig.loop.snapshot(now: 10)
        for index in 0..<64 / most + 1 {
            known = rig.loop.snapshot(now: 10 + Double(index + 1) / 8)
            #expect((0...most).contains(rig.loop.percentileBudget))
        }
        #expect(known.adapters.count { $0.timeToFirstToken != nil } == 64)
        let snapshot = rig.loop.snapshot(now: 100)
        #expect(snapshot.adapters.count == 1_064)
        #expect(snapshot.running == 64)
        let owners = snapshot.pool.owners
        #expect(owners.count { if case .adapter = $0 { true } else { false } } == 64)
        // A sequence whose pages are all full has none of its own.
        #expect(snapshot.pool.kvPages > 0)
        #expect(snapshot.pool.prefixes.pages >= 64 * 15)
        await rig.settle()
        for stream in streams { #expect(await Answer(stream).finish == .length) }
    }

    @Test("Of two thousand adapters, all of them used before and 64 now, a snapshot describes those 64 anew")
    func manyAdapters() async throws {
        var files: [String: ToyAdapters.File] = [:]
        for index in 0..<2_000 { files["a\(index)"] = .init(pages: 10, seed: UInt64(index) + 1) }
        let rig = try Rig(pages: 4_000, files: files)
        for name in files.keys {
            rig.loop.withMeter(name) { meter in
                meter.hits += 1
                meter.latency.firstToken(after: 0.1, now: 1)
                meter.latency.nextToken(after: 0.01, now: 1)
                meter.generated(now: 1)
            }
        }
        let streams = (0..<64).map { rig.submit("a\($0)", Array(repeating: 1, count: 60), max: 80) }
        for _ in 0..<40 {
            rig.turn()
            while rig.runner.runOne() {}
        }
        rig.advance(130)
        let first = rig.now
        _ = rig.loop.snapshot(now: first)
        #expect(rig.loop.dormant.count == 2_000 - 64)
        for index in 1..<160 {
            _ = rig.loop.snapshot(now: first + Double(index) / 8)
            #expect((0...StepLoop.percentilesASnapshot).contains(rig.loop.percentileBudget))
        }
        #expect(rig.loop.dormant.count == 2_000 - 64)
        #expect(rig.loop.dormant.values.allSatisfy { $0.time == first })
        await rig.settle()
        for stream in streams { #expect(await Answer(stream).finish == .length) }
        // Percentiles of a window that passed are gone, however many adapters there are.
        let quiet = rig.loop.snapshot(now: rig.now).adapters.filter { $0.running == 0 && $0.hits > 0 }
        #expect(quiet.count > 1_900)
        #expect(quiet.allSatisfy { $0.name.count < 4 || $0.timeToFirstToken == nil })
        // What is kept is not what is shown once something happened.
        let hits = rig.loop.snapshot(now: rig.now).adapters.first { $0.name == "a900" }?.hits ?? 0
        rig.advance(20)
        rig.loop.withMeter("a900") { $0.hits += 1 }
        rig.advance(100)
        #expect(rig.loop.snapshot(now: rig.now).adapters.first { $0.name == "a900" }?.hits == hits + 1)
    }

    @Test("The next snapshot comes when this one cost at most two per cent of the time between them, or after a second")
    func pauses() throws {
        let rig = try Rig(pages: 100)
        #expect(rig.loop.secondsToNextSnapshot() == nil)
        let reader = rig.engine.snapshots()
        rig.loop.lastPublished = rig.now
        let interval = 1 / rig.engine.parts.options.snapshotsPerSecond
        for (cost, pause) in [(0, interval), (interval / 100, interval), (0.015, 0.75), (0.02, 1), (3, 1)] {
            rig.loop.isDirty = true
            rig.loop.snapshotSeconds = cost
            let seconds = rig.loop.secondsToNextSnapshot()
            #expect(abs((seconds ?? -1) - pause) < 1e-9, "\(cost)")
        }
        rig.loop.isDirty = false
        rig.loop.snapshotSeconds = 0
        #expect(rig.loop.secondsToNextSnapshot() == 1)
        rig.advance(0.4)
        #expect(abs((rig.loop.secondsToNextSnapshot() ?? -1) - 0.6) < 1e-9)
        withExtendedLifetime(reader) {}
    }
}

import DeckCore
import TestSupport
import Testing

@testable import ServingEngine

@Suite("Chunked prefill")
struct ChunkTests {
    @Test("The line of a step's cost is found in noise, survives a slow moment, and follows a machine that slows down")
    func speed() {
        var random = SeededGenerator(seed: 5)
        var speed = StepSpeed()
        #expect(speed.rows(within: 0.05) == nil)
        func run(_ count: Int, base: Double, slope: Double) {
            for _ in 0..<count {
                let rows = Int.random(in: 1...120, using: &random)
                let noise = Double.random(in: 0.9...1.1, using: &random)
                speed.ran(prefill: rows, decode: 0, seconds: (base + slope * Double(rows)) * noise, isWanted: true)
            }
        }
        run(200, base: 0.01, slope: 0.002)
        #expect((15...25).contains(speed.rows(within: 0.05) ?? 0))
        #expect(abs((speed.seconds(rows: 100) ?? 0) - 0.21) < 0.02)
        speed.ran(prefill: 10, decode: 0, seconds: 30, isWanted: true)
        #expect((10...30).contains(speed.rows(within: 0.05) ?? 0))
        run(200, base: 0.02, slope: 0.006)
        #expect((3...7).contains(speed.rows(within: 0.05) ?? 0))
        // Steps of one size tell a price, if not where it comes from.
        var single = StepSpeed()
        for _ in 0..<20 { single.ran(prefill: 0, decode: 8, seconds: 0.04, isWanted: false) }
        #expect(single.rows(within: 0.05) == 10)
        #expect(single.prefillRate == nil)
    }

    @Test("A prompt of 4,000 tokens does not stall running streams, and gets on in every step")
    func longPrompt() async throws {
        let rig = try Rig(pages: 2_000, context: 5_000)
        rig.paceSteps(base: 0.010, perRow: 0.002)
        let streams = (0..<4).map { rig.submit(nil, [$0, 1, 2], max: 600) }
        for _ in 0..<30 { rig.pacedTurn() }
        let prompt = (0..<4_000).map { $0 % 97 }
        let long = rig.submit(nil, prompt, max: 4)
        var computing = 0
        var longest = 0.0
        while rig.loop.generations.values.contains(where: { $0.promptCount == 4_000 && $0.generatedCount == 0 }) {
            rig.pacedTurn()
            let step = try #require(rig.loop.steps.last)
            computing += 1
            longest = max(longest, step.seconds)
            #expect(step.decodeRows == 4)
            #expect(step.prefillRows >= 4)
            guard computing < 1_000 else { break }
        }
        #expect(longest <= 0.0521, "\(longest)")
        // 16 rows beside the four fit into the target, so 250 steps and few more do.
        #expect(computing < 300)
        await rig.settle()
        #expect(await Answer(long).tokens == rig.reference(nil, prompt, 4))
        for (index, stream) in streams.enumerated() {
            #expect(await Answer(stream).tokens == rig.reference(nil, [index, 1, 2], 600))
        }
    }

    @Test("Prefill moves by a page a step even when decode alone takes longer than the target")
    func neverStarves() async throws {
        let rig = try Rig(pages: 2_000, context: 400)
        rig.paceSteps(base: 0.010, perRow: 0.002)
        let streams = (0..<50).map { rig.submit(nil, [$0], max: 200) }
        for _ in 0..<20 { rig.pacedTurn() }
        let long = rig.submit(nil, Array(repeating: 3, count: 100), max: 2)
        for _ in 0..<24 {
            rig.pacedTurn()
            #expect(rig.loop.steps.last?.decodeRows == 50)
            #expect(rig.loop.steps.last?.prefillRows == 4)
        }
        await rig.settle()
        #expect(await Answer(long).finish == .length)
        for stream in streams { #expect(await Answer(stream).finish == .length) }
    }

    @Test("A tenant with more than its share of a batch that others are in computes its prompts in shorter steps")
    func crowdedSteps() async throws {
        let rig = try Rig(pages: 4_000, context: 2_000)
        rig.paceSteps(base: 0.010, perRow: 0.002)
        func longestStep(turns: Int) -> Double {
            var longest = 0.0
            for _ in 0..<turns {
                rig.pacedTurn()
                longest = max(longest, rig.loop.steps.last?.seconds ?? 0)
            }
            return longest
        }
        let heavy = (0..<40).map { index in
            rig.submit(nil, Array(repeating: index, count: 300), max: 40) { $0.origin = "heavy" }
        }
        for _ in 0..<20 { rig.pacedTurn() }
        // Alone it takes what a step may.
        #expect((0.0479...0.0521).contains(longestStep(turns: 40)))
        let light = rig.submit(nil, Array(repeating: 9, count: 100), max: 60) { $0.origin = "light" }
        // Its own prompt has the whole target; then 10 rows fit into three fifths of it.
        var turns = 0
        repeat {
            rig.pacedTurn()
            turns += 1
        } while turns < 100 && rig.loop.generations.values.contains { $0.promptCount == 100 && $0.generatedCount == 0 }
        rig.pacedTurn()
        let crowded = longestStep(turns: 40)
        #expect(crowded <= 0.0321, "\(crowded)")
        await rig.settle()
        #expect(await Answer(light).finish == .length)
        for stream in heavy { #expect(await Answer(stream).finish == .length) }
    }

    @Test("Prefill rows of a step go to the tenant with the least service")
    func sharedRows() async throws {
        let rig = try Rig(pages: 2_000, context: 2_000, options: { $0.stepRows = 80 })
        let heavy = (0..<3).map { index in
            rig.submit(nil, Array(repeating: index, count: 900), max: 1) { $0.origin = "heavy" }
        }
        for _ in 0..<4 { rig.turn() }
        let light = rig.submit(nil, Array(repeating: 9, count: 60), max: 1) { $0.origin = "light" }
        rig.turn()
        rig.turn()
        #expect(await Answer(light).finish == .length)
        await rig.settle()
        for stream in heavy { #expect(await Answer(stream).finish == .length) }
    }
}

import DeckCore
import TestSupport
import Testing

@testable import ServingEngine

/// Three tenants with an even load, with and without a fourth that asks for ten times its share. The engine is the real
/// one over the toy model; a step takes as long as a small model's on a processor.
@Suite("Flood")
struct FloodTests {
    private struct Result {
        var waits: [Double] = []
        var floodTokens = 0

        var p95: Double { waits.sorted()[Int(Double(waits.count) * 0.95)] }
    }

    /// Seconds to the first token of the three's requests over half a minute.
    private func serve(flooded: Bool, pages: Int, seed: UInt64) async throws -> Result {
        let rig = try Rig(pages: pages, context: 400)
        rig.paceSteps(base: 0.010, perRow: 0.0025)
        var random = SeededGenerator(seed: seed)
        var arrivals: [(time: Double, tenant: String)] = []
        // A quarter of the machine is some 90 rows a second; each of the three asks for half of it, the fourth for ten times.
        for (tenant, gap) in [("a", 1.0), ("b", 1.1), ("c", 0.9)] + (flooded ? [("flood", 0.13)] : []) {
            var time = tenant == "flood" ? 0 : 3.0
            while time < 33 {
                time += gap * Double.random(in: 0.5...1.5, using: &random)
                arrivals.append((time, tenant))
            }
        }
        arrivals.sort { $0.time < $1.time }
        var streams: [AsyncStream<PromptUpdate>] = []
        var floods: [AsyncStream<PromptUpdate>] = []
        while let next = arrivals.first {
            guard next.time <= rig.now else {
                rig.pacedTurn()
                continue
            }
            arrivals.removeFirst()
            let prompt = (0..<(next.tenant == "flood" ? 20 : 40)).map { _ in Int.random(in: 0..<97, using: &random) }
            let stream = rig.submit(nil, prompt, max: next.tenant == "flood" ? 100 : 8) { $0.origin = next.tenant }
            if next.tenant == "flood" { floods.append(stream) } else { streams.append(stream) }
        }
        #expect(rig.loop.integrityFault() == nil)
        var result = Result()
        let tenants = rig.loop.snapshot(now: rig.now).tenants
        result.floodTokens = tenants.first { $0.name == "flood" }?.generatedTokens ?? 0
        floods = []
        await rig.settle()
        for stream in streams {
            let answer = await Answer(stream)
            #expect(answer.finish == .length)
            if let first = answer.timeline?.firstToken { result.waits.append(first) }
        }
        return result
    }

    @Test(
        "One tenant at ten times its share: the others' p95 to the first token is at most twice what it is without",
        arguments: [(3_000, 1), (3_000, 2), (700, 3), (400, 4)])
    func flood(pages: Int, seed: Int) async throws {
        let alone = try await serve(flooded: false, pages: pages, seed: UInt64(seed))
        let flooded = try await serve(flooded: true, pages: pages, seed: UInt64(seed))
        #expect(flooded.waits.count > 80)
        #expect(flooded.p95 <= 2 * alone.p95, "\(alone.p95) s became \(flooded.p95) s")
        // The flood gets what the others leave: more than its quarter.
        #expect(flooded.floodTokens > 33 * 60)
    }
}

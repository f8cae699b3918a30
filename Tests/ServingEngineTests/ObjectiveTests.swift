import DeckCore
import Testing

@testable import ServingEngine

@Suite("Objectives")
struct ObjectiveTests {
    private func rig(_ change: (inout EngineOptions) -> Void) throws -> Rig {
        let rig = try Rig(
            pages: 2_000, files: ["cold": .init(seed: 2), "warm": .init(seed: 3)], context: 800, options: change)
        rig.paceSteps(base: 0, perRow: 0.01)
        return rig
    }

    /// Computes some prompts, so that the engine knows its pace: 100 tokens a second.
    private func warmUp(_ rig: Rig) async {
        let stream = rig.submit(nil, Array(repeating: 1, count: 300), max: 1) { $0.origin = "warm-up" }
        repeat { rig.pacedTurn() } while !rig.loop.generations.isEmpty
        #expect(await Answer(stream).finish == .length)
    }

    @Test("A request that cannot meet its objective is refused at once, with the arithmetic, and counted")
    func refusedEarly() async throws {
        let rig = try rig { $0.tenants = ["t": TenantPolicy(targetSeconds: 2.5)] }
        // Nothing was measured: nothing is refused.
        let blind = rig.submit(nil, Array(repeating: 1, count: 20), max: 1) { $0.origin = "t" }
        rig.pacedTurn()
        #expect(await Answer(blind).finish == .length)
        await warmUp(rig)
        let first = rig.submit(nil, Array(repeating: 2, count: 200), max: 1) { $0.origin = "t" }
        let second = rig.submit(nil, Array(repeating: 3, count: 100), max: 1) { $0.origin = "t" }
        rig.loop.takeOnly()
        let refused = await Answer(second)
        #expect(refused.failureKind == .overloaded)
        #expect(
            refused.failure
                == "first token expected in 3.0 s: 200 prompt tokens ahead and 100 of its own at 100 a second; "
                + "tenant t's objective is 2.5 s")
        // Others have no objective; their backlog counts only as far as the fair order puts it ahead.
        let flood = (0..<10).map { index in
            rig.submit(nil, Array(repeating: index, count: 400), max: 1) { $0.origin = "flood" }
        }
        rig.loop.takeOnly()
        let forecast = try #require(rig.loop.scheduler.forecast(tenant: "t", promptTokens: 10, loadSeconds: nil))
        #expect((400...420).contains(forecast.tokensAhead), "\(forecast)")
        await rig.settle()
        #expect(await Answer(first).finish == .length)
        for stream in flood { #expect(await Answer(stream).finish == .length) }
        #expect(rig.loop.snapshot(now: rig.now).tenants.first { $0.name == "t" }?.refused == 1)
        #expect(rig.loop.integrityFault() == nil)
    }

    @Test("A cold adapter's load counts with what loads took so far; a resident one's does not")
    func coldAdapters() async throws {
        let rig = try rig { $0.tenants = ["t": TenantPolicy(targetSeconds: 1)] }
        await warmUp(rig)
        let loaded = rig.submit("warm", [1], max: 1) { $0.origin = "other" }
        rig.pacedTurn()
        rig.advance(3)
        await rig.settle()
        #expect(await Answer(loaded).finish == .length)
        let cold = rig.submit("cold", [1, 2], max: 1) { $0.origin = "t" }
        let warm = rig.submit("warm", [1, 2], max: 1) { $0.origin = "t" }
        rig.loop.takeOnly()
        let failure = try #require(await Answer(cold).failure)
        #expect(failure.contains(" s for its adapter; tenant t's objective is 1.0 s"), "\(failure)")
        await rig.settle()
        #expect(await Answer(warm).finish == .length)
    }

    @Test("A request that waited past the point where its objective can be met is given up with the reason")
    func givenUp() async throws {
        let rig = try rig {
            $0.tenants = ["t": TenantPolicy(targetSeconds: 2), "easy": TenantPolicy()]
            $0.maxSequences = 1
        }
        let running = rig.submit(nil, [1], max: 700) { $0.origin = "t" }
        rig.pacedTurn()
        let late = rig.submit(nil, Array(repeating: 1, count: 50), max: 1) { $0.origin = "t" }
        let easy = rig.submit(nil, [2], max: 1) { $0.origin = "t2" }
        rig.pacedTurn()
        #expect(rig.loop.generations.count == 3)
        while rig.loop.generations.count > 2 { rig.pacedTurn() }
        #expect((1.4...1.6).contains(rig.now), "\(rig.now)")
        let answer = await Answer(late)
        #expect(answer.failureKind == .overloaded)
        #expect(
            answer.failure?.hasSuffix("s and needs 0.5 s for its prompt; tenant t's objective of 2.0 s cannot be met")
                == true)
        await rig.settle()
        #expect(await Answer(running).finish == .length)
        #expect(await Answer(easy).finish == .length)
        let refused = rig.loop.snapshot(now: rig.now).tenants.filter { $0.refused > 0 }
        #expect(refused.map(\.name) == ["t"])
    }

    @Test("Queues are bounded, of a tenant and of all, and say so in numbers; the kind tells a client what to do")
    func boundedQueues() async throws {
        let rig = try rig {
            $0.tenants = ["t": TenantPolicy(maxWaiting: 3)]
            $0.maxWaiting = 8
        }
        let own = (0..<5).map { index in rig.submit(nil, [index], max: 1) { $0.origin = "t" } }
        let others = (0..<7).map { index in rig.submit(nil, [index], max: 1) { $0.origin = "o\(index)" } }
        let unknown = rig.submit("nobody", [1])
        let empty = rig.submit(nil, [])
        rig.loop.takeOnly()
        var failures: [String?] = []
        await rig.settle()
        for stream in own + others {
            let answer = await Answer(stream)
            failures.append(answer.failure)
            #expect(answer.failure == nil || answer.failureKind == .overloaded)
        }
        let ofTenant = "3 requests of tenant t wait, its limit is 3"
        let ofAll = "8 requests wait, the limit is 8"
        #expect(failures == [nil, nil, nil, ofTenant, ofTenant, nil, nil, nil, nil, nil, ofAll, ofAll])
        #expect(await Answer(unknown).failureKind == .unknownAdapter)
        #expect(await Answer(empty).failureKind == .invalid)
    }
}

extension StepLoop {
    /// Takes in what arrived, without a step.
    fileprivate func takeOnly() {
        for message in parts.mailbox.takeAll() {
            if case .submit(let submissions) = message { submissions.forEach(ingest) }
        }
    }
}

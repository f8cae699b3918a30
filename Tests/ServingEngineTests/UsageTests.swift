import DeckCore
import Synchronization
import Testing

@testable import ServingEngine

@Suite("Tenants' accounts and limits")
struct UsageTests {
    private func usage(_ rig: Rig, _ tenant: String, _ adapter: String?) -> UsageRecord? {
        rig.loop.usageRecords().first { $0.tenant == tenant && $0.adapter == adapter }
    }

    @Test("Requests, tokens, step time and pages are counted by tenant and adapter, and add up")
    func accounts() async throws {
        let rig = try Rig(pages: 100, files: ["a": .init(pages: 3, seed: 1)])
        rig.engine.setTenants([:], owners: ["a": "owner"])
        rig.paceSteps(base: 0.01, perRow: 0.002)
        var streams: [AsyncStream<PromptUpdate>] = []
        for (tenant, adapter, prompt, max) in [
            ("one", nil, 6, 4), ("one", "a", 5, 1), ("two", "a", 7, 9), ("one", "a", 3, 2),
        ] as [(String, String?, Int, Int)] {
            streams.append(rig.submit(adapter, (0..<prompt).map { $0 + max }, max: max) { $0.origin = tenant })
        }
        await rig.settle()
        for stream in streams { _ = await Answer(stream) }
        let one = try #require(usage(rig, "one", "a"))
        #expect(one.requests == 2)
        #expect(one.promptTokens == 8)
        #expect(one.generatedTokens == 3)
        #expect(usage(rig, "one", nil)?.generatedTokens == 4)
        #expect(usage(rig, "two", "a")?.promptTokens == 7)
        let steps = rig.loop.steps.elements
        // Probes are nobody's.
        let all = rig.loop.usageRecords().reduce(0) { $0 + $1.computeSeconds }
        let total = steps.reduce(0) { $0 + $1.seconds }
        #expect(all > 0.5 * total && all < total, "\(all) of \(total)")
        // One page of four tokens, for at least the step of its one token.
        #expect(one.kvPageSeconds > 0)
        let owner = try #require(usage(rig, "owner", "a"))
        #expect(owner.requests == 0)
        #expect(owner.weightPageSeconds > 0)
        #expect(rig.loop.usageRecords().allSatisfy { $0.tenant == "owner" || $0.weightPageSeconds == 0 })
        rig.advance(100)
        #expect(abs((usage(rig, "owner", "a")?.weightPageSeconds ?? 0) - owner.weightPageSeconds - 300) < 1e-6)
        #expect(usage(rig, "one", "a") == one)
        #expect(rig.loop.snapshot(now: rig.now).adapters[0].tenant == "owner")
    }

    @Test("A prompt that was computed before is counted as cached")
    func cached() async throws {
        let rig = try Rig(pages: 100)
        var timelines: [RequestTimeline?] = []
        for _ in 0..<2 {
            let stream = rig.submit(nil, Array(1...20), max: 2)
            await rig.settle()
            timelines.append(await Answer(stream).timeline)
        }
        #expect(timelines.map { $0?.cachedTokens } == [0, 16])
        #expect(usage(rig, "test", nil)?.promptTokens == 40)
        #expect(usage(rig, "test", nil)?.cachedTokens == 16)
    }

    @Test("Free-text tenants beyond a number are counted together")
    func bounded() {
        var meter = UsageMeter()
        for index in 0..<20_000 {
            let place = meter.place(tenant: "t\(index)", adapter: nil)
            meter[place].requests += 1
        }
        #expect(meter.records.count <= UsageMeter.limit + 1)
        #expect(meter.records.last?.tenant == UsageMeter.others)
        #expect(meter.records.reduce(0) { $0 + $1.requests } == 20_000)
    }

    @Test("Tokens a minute: what is left is spent, the refusal says when there is room, and then there is")
    func tokensPerMinute() async throws {
        let rig = try Rig(pages: 100)
        rig.engine.setTenants(["t": TenantPolicy(tokensPerMinute: 60)], owners: [:])
        func ask(_ prompt: Int, as tenant: String = "t") async -> Answer {
            let stream = rig.submit(nil, Array(0..<prompt), max: 10) { $0.origin = tenant }
            rig.turn()
            await rig.settle()
            return await Answer(stream)
        }
        #expect(await ask(40).finish == .length)
        let refused = await ask(30)
        #expect(refused.failureKind == .overloaded)
        let seconds = try #require(refused.retryAfter)
        #expect((10..<20).contains(seconds))
        #expect(refused.failure?.hasPrefix("tenant t may use 60 tokens a minute and has 1") == true)
        #expect(await ask(30, as: "other").finish == .length)
        rig.advance(seconds)
        #expect(await ask(30).finish == .length)
        // Larger than a minute's worth: a full bucket lets it in, and it overdraws.
        #expect(await ask(90).failureKind == .overloaded)
        rig.advance(75)
        #expect(await ask(90).finish == .length)
        let later = await ask(1)
        #expect((later.retryAfter ?? 0) > 30)
        #expect(rig.loop.snapshot(now: rig.now).tenants.first { $0.name == "t" }?.refused == 3)
    }

    @Test("A tenant's longest context bounds its prompts and its answers")
    func maxContext() async throws {
        let rig = try Rig(pages: 100)
        rig.engine.setTenants(["t": TenantPolicy(maxContext: 20)], owners: [:])
        let long = rig.submit(nil, Array(0..<20), max: 1) { $0.origin = "t" }
        let forced = rig.submit(nil, Array(0..<10), max: 1) {
            $0.origin = "t"
            $0.forcedTokens = Array(0..<11)
        }
        let cut = rig.submit(nil, Array(0..<15), max: 50) { $0.origin = "t" }
        await rig.settle()
        let refused = await Answer(long)
        #expect(refused.failureKind == .invalid)
        #expect(refused.failure == "the prompt has 20 tokens; tenant t may use 20 a request, and one is generated")
        #expect(await Answer(forced).failureKind == .invalid)
        let answer = await Answer(cut)
        #expect(answer.tokens.count == 5)
        #expect(answer.finish == .length)
    }

    @Test("Policies change while the engine serves")
    func changedPolicies() async throws {
        let rig = try Rig(pages: 100, options: { $0.tenants = ["t": TenantPolicy(maxRunning: 1)] })
        let streams = (0..<6).map { index in rig.submit(nil, [index], max: 20) { $0.origin = "t" } }
        rig.turn()
        #expect(rig.loop.scheduler.running.count == 1)
        rig.engine.setTenants(["t": TenantPolicy(weight: 3, maxRunning: 4)], owners: [:])
        rig.turn()
        #expect(rig.loop.scheduler.running.count == 4)
        #expect(rig.loop.snapshot(now: rig.now).tenants[0].weight == 3)
        rig.engine.setTenants([:], owners: [:])
        rig.turn()
        #expect(rig.loop.scheduler.running.count == 6)
        await rig.settle()
        for stream in streams { #expect(await Answer(stream).finish == .length) }
    }

    @Test("A client that is gone frees its pages before the next step, whether it dropped its stream or said so")
    func clientGone() async throws {
        let rig = try Rig(pages: 60)
        var dropped: AsyncStream<PromptUpdate>? = rig.submit(nil, Array(0..<30), max: 100)
        let kept = rig.submit(nil, [1], max: 100)
        for _ in 0..<3 { rig.turn() }
        #expect(rig.loop.scheduler.running.count == 2)
        // Somebody reads until the client goes.
        if let stream = dropped {
            let reader = Task { for await _ in stream {} }
            dropped = nil
            reader.cancel()
            await reader.value
        }
        let before = rig.loop.stepIndex
        rig.turn()
        #expect(rig.loop.scheduler.running.count == 1)
        #expect(rig.loop.stepIndex == before + 1)
        let id = try #require(rig.loop.scheduler.running.first)
        let gone = Task { [engine = rig.engine] in await engine.abandon(id) }
        while rig.loop.scheduler.running.count == 1 {
            rig.turn()
            await Task.yield()
        }
        await gone.value
        #expect(await Answer(kept).finish == .aborted)
        await rig.settle()
        #expect(rig.loop.integrityFault() == nil)
        #expect(!rig.journal.entries.withLock { $0.contains { $0.kind == .abort } })
    }

    @Test("Usage can be read while the engine runs and after it stopped")
    func reading() async throws {
        var options = EngineOptions(memoryBytes: 60 * 4 * ToyModel.slotBytes)
        options.tokensPerPage = 4
        let engine = try Engine(
            model: Rig.model(ToyModel()), adapters: ToyAdapters([:]), journal: ToyJournal(), options: options)
        try engine.start()
        let request = PromptRequest(adapter: nil, content: .tokens([1, 2]), maxTokens: 5, origin: "t")
        _ = await Answer(engine.submit([request])[0])
        #expect(await engine.usage().map(\.generatedTokens) == [5])
        _ = await Answer(engine.submit([request])[0])
        await engine.stop()
        #expect(await engine.usage().map(\.generatedTokens) == [10])
    }
}

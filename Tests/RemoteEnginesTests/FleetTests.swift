import DeckCore
import Foundation
import HTTPClient
import TestSupport
import Testing

@testable import RemoteEngines

@Suite("Fleets") struct FleetTests {
    private func newest(_ deck: some Deck) async -> DeckSnapshot? {
        for await snapshot in deck.snapshots() { return snapshot }
        return nil
    }

    /// The first snapshot for which something holds; nil when none of sixty is it.
    private func snapshot(_ deck: some Deck, where condition: (DeckSnapshot) -> Bool) async -> DeckSnapshot? {
        var looks = 0
        for await snapshot in deck.snapshots() {
            if condition(snapshot) { return snapshot }
            looks += 1
            if looks == 60 { return nil }
        }
        return nil
    }

    @Test("one vLLM: what it says is shown, what it cannot say has a reason")
    func one() async throws {
        let engine = try FakeEngine.vllm(metrics: Recorded.text("vllm-0.32.0-metrics-busy.txt"))
        defer { engine.stop() }
        let deck = FleetDeck([engine.address], key: nil)
        #expect(await deck.start().isEmpty)
        defer { deck.stop() }
        let first = try #require(await newest(deck))
        #expect(first.deck.kind == .vllm && first.deck.baseName == "base" && first.deck.contextLength == 1024)
        #expect(first.deck.summary == "vllm, 0.32.0, 2 adapters in a batch, KV 182 blocks of 128 tokens")
        #expect(first.waiting == 3 && first.adapters.map(\.name) == ["bench-0000"])
        #expect(first.adapters[0].state == .resident)
        #expect(first.unknown[.rates] == FleetDeck.firstLook)
        #expect(first.replicas.map(\.name) == ["127.0.0.1:\(engine.address.port)"])
        #expect(first.replicas[0].state == .up && first.replicas[0].version == "0.32.0")
        #expect(first.replicas[0].tokensPerSecond == nil)
        #expect(first.disabled[.load] == nil && first.disabled[.pin] != nil)
        let warm = try #require(await snapshot(deck) { $0.unknown[.rates] == nil })
        #expect(warm.tokensPerSecond == 0 && warm.replicas[0].tokensPerSecond == 0)
        #expect(warm.totals.timeToFirstToken == nil)
    }

    @Test("load, unload and a refusal, on one and on all; each engine's outcome is named")
    func commands() async throws {
        let left = try FakeEngine.vllm(["a"])
        let right = try FakeEngine.vllm(["a"])
        defer {
            left.stop()
            right.stop()
        }
        let deck = FleetDeck([left.address, right.address], key: nil)
        #expect(await deck.start().isEmpty)
        defer { deck.stop() }
        // The path says 405 to a look and answers an order; the fake cannot tell them apart, so only one is changed.
        left["/v1/load_lora_adapter"] = .init(body: "Success: LoRA adapter 'b' added successfully.")
        right["/v1/load_lora_adapter"] = .init(
            status: 404, body: try Recorded.text("vllm-0.32.0-load-error.json"))
        left.serve(["a", "b"])
        let mixed = await deck.perform(.register(name: "b", path: "/loras/b", overrideBase: false), by: "test")
        guard case .partly(let message) = mixed else {
            Issue.record("\(mixed)")
            return
        }
        #expect(message.contains("1 of 2 did it"))
        #expect(message.contains("127.0.0.1:\(left.address.port): Success: LoRA adapter 'b' added successfully."))
        #expect(message.contains("127.0.0.1:\(right.address.port): Loading lora nope failed: No adapter found"))
        #expect(left.bodies("/v1/load_lora_adapter").last == #"{"lora_name":"b","lora_path":"/loras/b"}"#)
        // What is there at once, and what sets the other one apart.
        let after = try #require(await newest(deck))
        #expect(after.adapters.map(\.name) == ["a", "b"])
        #expect(after.replicas.map(\.note) == [nil, "lacks b"])
        #expect(after.events.last?.kind == .register && after.events.last?.level == .warning)

        left["/v1/unload_lora_adapter"] = .init(body: "Success: LoRA adapter 'b' removed successfully.")
        left.serve(["a"])
        let evicted = await deck.perform(
            .only(replica: "127.0.0.1:\(left.address.port)", .evict(adapter: "b", digest: nil, mode: .drain)),
            by: "test")
        #expect(evicted.succeeded)
        let gone = try #require(await newest(deck))
        #expect(gone.adapters.map(\.state) == [.resident, .registered])
        // It is loaded again from where it was.
        _ = await deck.perform(.only(replica: "127.0.0.1:\(left.address.port)", .load(adapter: "b")), by: "test")
        #expect(left.bodies("/v1/load_lora_adapter").last == #"{"lora_name":"b","lora_path":"/loras/b"}"#)
        #expect(await !deck.perform(.only(replica: "nowhere", .load(adapter: "b")), by: "test").succeeded)
        #expect(await !deck.perform(.pin(adapter: "a"), by: "test").succeeded)
        #expect(await !deck.perform(.load(adapter: "never-seen"), by: "test").succeeded)
    }

    @Test("mixed kinds: sums, the fuller cache, unknown figures by engine, actions that any of them can do")
    func mixed() async throws {
        let vllm = try FakeEngine.vllm(["bench-0000", "other"], metrics: Recorded.text("vllm-0.32.0-metrics-busy.txt"))
        let llama = try FakeEngine.llama()
        defer {
            vllm.stop()
            llama.stop()
        }
        let deck = FleetDeck([vllm.address, llama.address], key: nil)
        #expect(await deck.start().isEmpty)
        defer { deck.stop() }
        let shown = try #require(await newest(deck))
        #expect(shown.deck.summary == "1 llama.cpp, 1 vllm")
        #expect(shown.running == 4 && shown.waiting == 4)
        #expect(shown.waits.map(\.count) == [3, 1])
        #expect(shown.adapters.map(\.name) == ["bench-0000", "bench-0001", "bench-0002", "bench-0003", "other"])
        #expect(shown.requests.count == 4 && shown.requests[0].origin == "127.0.0.1:\(llama.address.port)")
        #expect(
            shown.unknown[.latency]?.contains("llama.cpp") == true || shown.unknown[.latency] == FleetDeck.firstLook)
        #expect(shown.disabled[.load] == nil && shown.disabled[.pin] != nil)
        #expect(shown.replicas[1].note?.contains("lacks other") == true)
        #expect(shown.events.contains { $0.message.contains("requests that name no adapter get all of these") })
    }

    @Test("down at the start, then up; down again; another kind in its place")
    func comesAndGoes() async throws {
        let engine = try FakeEngine.vllm()
        let other = try FakeEngine.vllm()
        defer { other.stop() }
        let models = engine["/v1/models"]
        engine["/v1/models"] = .init(status: 503, body: #"{"error":{"message":"Loading model"}}"#)
        let deck = FleetDeck([engine.address, other.address], key: nil)
        #expect(await deck.start().isEmpty)
        defer { deck.stop() }
        let first = try #require(await newest(deck))
        guard case .down(let reason, _) = first.replicas[0].state else {
            Issue.record("\(first.replicas[0].state)")
            return
        }
        #expect(reason == "it is not ready: Loading model" && first.replicas[0].engine == nil)
        engine["/v1/models"] = models
        let up = await snapshot(deck) { $0.replicas[0].state == .up }
        #expect(up?.replicas[0].engine == .vllm)
        engine.stop()
        let stale = await snapshot(deck) { if case .stale = $0.replicas[0].state { true } else { false } }
        #expect(stale?.replicas[0].running == 0)
    }

    @Test("nobody there: the reason")
    func nobody() async throws {
        let deck = FleetDeck([HTTPAddress(loopbackPort: 1)], key: nil)
        let reasons = await deck.start()
        deck.stop()
        #expect(reasons["127.0.0.1:1"]?.contains("Connection refused") == true)
    }

    @Test(
        "garbage, other servers and huge answers are no engine",
        arguments: [
            ("/v1/models", "<html>", "neither vLLM"),
            ("/v1/models", "", "neither vLLM"),
            ("/v1/models", #"{"data":[]}"#, "neither vLLM"),
            ("/other", "x", "there is no engine"),
        ])
    func garbage(path: String, body: String, reason: String) async throws {
        let engine = try FakeEngine([path: .init(body: body)])
        defer { engine.stop() }
        let deck = FleetDeck([engine.address], key: nil)
        let reasons = await deck.start()
        deck.stop()
        #expect(reasons.values.first?.contains(reason) == true, "\(reasons)")
    }

    @Test("an answer without an end is cut off")
    func endless() async throws {
        let engine = try FakeEngine.vllm()
        defer { engine.stop() }
        engine["/metrics"] = .init(
            body: "", pieces: Array(repeating: String(repeating: "a 1\n", count: 1 << 18), count: 20))
        let replica = Replica(engine.address, name: "it", key: nil)
        await replica.look()
        guard case .down(let reason, _) = replica.report.state else {
            Issue.record("\(replica.report.state)")
            return
        }
        #expect(reason.contains("larger than"))
    }

    @Test("a key that is wanted is asked for, and sent when it is given")
    func key() async throws {
        let engine = try FakeEngine(["/v1/models": .init(status: 401, body: #"{"error":"Unauthorized"}"#)])
        defer { engine.stop() }
        let deck = FleetDeck([engine.address], key: nil)
        #expect(await deck.start().values.first?.contains("--key") == true)
        deck.stop()
    }

    @Test("discovery finds engines among ports, and nothing else; who has not answered in time is left out")
    func discovery() async throws {
        let vllm = try FakeEngine.vllm()
        let llama = try FakeEngine.llama()
        let web = try FakeEngine(["/": .init(body: "hello")])
        let slow = try FakeEngine.vllm()
        slow.hold()
        defer { for engine in [vllm, llama, web, slow] { engine.stop() } }
        let clock = ManualClock()
        var found: Set<HTTPAddress> = []
        let answers = LoopbackDiscovery.answers(
            ports: [vllm, llama, web, slow].map(\.address.port) + [1], seconds: 1.5, clock: clock)
        for await address in answers {
            found.insert(address)
            clock.advance(by: .milliseconds(740))
            // Once both are there, the time is nearly up.
            if found.count == 2 { clock.advance(by: .milliseconds(20)) }
        }
        #expect(found == [vllm.address, llama.address])
        #expect(clock.sleepsThatEnded == 1)
    }

    @Test("discovery ends when all have answered, whatever the clock says")
    func discoveryEnds() async throws {
        let vllm = try FakeEngine.vllm()
        let web = try FakeEngine(["/": .init(body: "hello")])
        defer { for engine in [vllm, web] { engine.stop() } }
        let clock = ManualClock()
        var found: [HTTPAddress] = []
        let answers = LoopbackDiscovery.answers(
            ports: [vllm.address.port, web.address.port, 1], seconds: 1.5, clock: clock)
        for await address in answers { found.append(address) }
        #expect(found == [vllm.address])
        #expect(clock.sleepsThatEnded == 0)
    }
}

@Suite("Figures of a fleet") struct FleetFigureTests {
    private func report(
        _ name: String, ttft: [(edge: Double, count: Double)], waiting: Int = 0, kv: Double = 0.1,
        adapters: [String] = ["a"], base: String = "m"
    ) throws -> ReplicaReport {
        var report = ReplicaReport(name: name, address: HTTPAddress(loopbackPort: 1), state: .up)
        report.kind = .vllm
        var reading = EngineReading(baseName: base)
        reading.running = 1
        reading.waiting = waiting
        reading.kvUsage = kv
        reading.adapters = adapters.map { EngineReading.Adapter(name: $0, path: nil) }
        report.reading = reading
        report.known = Set(adapters)
        let empty = try #require(BucketCounts(cumulative: ttft.map { (edge: $0.edge, count: 0) }))
        let full = try #require(BucketCounts(cumulative: ttft))
        report.window.take(
            CounterReading(counters: [.generatedTokens: 0], histograms: [.timeToFirstToken: empty]), at: 0)
        report.window.take(
            CounterReading(counters: [.generatedTokens: 20], histograms: [.timeToFirstToken: full]), at: 2)
        return report
    }

    private func snapshot(_ reports: [ReplicaReport]) throws -> DeckSnapshot {
        try #require(
            FleetSnapshot(reports: reports, requests: [], events: [], index: 1, time: Date(), watched: 1).snapshot)
    }

    @Test("percentiles of a fleet are those of all values, not the mean of each engine's")
    func percentiles() throws {
        let fast = try report("fast", ttft: [(0.1, 90), (1, 90), (10, 90), (.infinity, 90)])
        let slow = try report("slow", ttft: [(0.1, 0), (1, 0), (10, 10), (.infinity, 10)])
        let shown = try snapshot([fast, slow])
        let ttft = try #require(shown.totals.timeToFirstToken)
        #expect(ttft.count == 100 && ttft.p50 < 0.1 && ttft.p95 > 1 && ttft.isBucketed)
        #expect(shown.tokensPerSecond == 20)
        #expect(shown.replicas[1].note == "TTFT p95 9.6 s, elsewhere 95 ms")
    }

    @Test("imbalance is named: queue, cache, adapters, base")
    func imbalance() throws {
        let edges: [(edge: Double, count: Double)] = [(1, 0), (.infinity, 0)]
        let notes = FleetBalance.notes([
            try report("one", ttft: edges, waiting: 12, kv: 0.97), try report("two", ttft: edges, waiting: 1),
            try report("three", ttft: edges, adapters: ["a", "b", "c", "d", "e"]),
            try report("four", ttft: edges, base: "n"),
        ])
        #expect(notes[0]?.contains("12 wait, elsewhere 0 to 1") == true)
        #expect(notes[0]?.contains("KV 97% full, elsewhere 10%") == true)
        #expect(notes[1]?.contains("lacks b and 3 more") == true)
        #expect(notes[2] == nil)
        #expect(notes[3]?.contains("its base is n, the others' m") == true)
        #expect(FleetBalance.notes([try report("one", ttft: edges, waiting: 12)]) == [nil])
    }

    @Test("an engine that is down counts for nothing, and its adapters are no longer served")
    func down() throws {
        var gone = try report("gone", ttft: [(1, 5), (.infinity, 5)], waiting: 7, adapters: ["a", "b"])
        gone.state = .down(reason: "refused", retryIn: 4)
        let shown = try snapshot([gone, try report("here", ttft: [(1, 5), (.infinity, 5)])])
        #expect(shown.running == 1 && shown.waiting == 0 && shown.totals.timeToFirstToken?.count == 5)
        #expect(shown.adapters.map(\.state) == [.resident, .registered])
        #expect(shown.replicas[0].running == nil && shown.replicas[0].state == .down(reason: "refused", retryIn: 4))
        let none = try snapshot([gone])
        #expect(none.unknown.count == DeckFigure.allCases.count && none.disabled.count == DeckAction.allCases.count)
    }

    @Test("health: up, stale, down; the next try comes later and later, and at most half a minute later")
    func health() {
        var health = ReplicaHealth(at: 0)
        #expect(health.state(at: 0) == .down(reason: "it has not answered yet", retryIn: 0))
        _ = health.answered(at: 1)
        #expect(health.state(at: 2) == .up)
        #expect(health.state(at: 5) == .stale(seconds: 4))
        var delays: [Double] = []
        for second in 0..<8 { delays.append(health.failed("refused", at: 5 + Double(second))) }
        #expect(delays == [1, 2, 4, 8, 16, 30, 30, 30])
        #expect(health.state(at: 6) == .stale(seconds: 5, reason: "refused"))
        #expect(health.state(at: 12) == .down(reason: "refused", retryIn: 30))
        _ = health.answered(at: 13)
        #expect(health.state(at: 13) == .up)
    }
}

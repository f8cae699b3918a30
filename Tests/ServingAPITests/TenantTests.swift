import DeckCore
import DeckWire
import Foundation
import HTTPTypes
import ModelFiles
import Synchronization
import Testing

@testable import ServingAPI

@Suite("Tenants") struct TenantTests {
    private func key(_ tenant: String, admin: Bool = false) -> (key: APIKey, record: KeyRecord) {
        let key = APIKey()
        return (key, KeyRecord(id: key.id, hash: key.hash, tenant: tenant, isAdministrator: admin, created: Date()))
    }

    @Test func aTenantSeesAndUsesItsOwnOnly() async throws {
        let (mine, admin) = (key("alpha"), key("ops", admin: true))
        let directory = TenantDirectory(
            tenants: [TenantRecord(name: "alpha", adapters: ["a"]), TenantRecord(name: "ops")],
            keys: [mine.record, admin.record])
        let deck = ScriptedDeck(adapters: ["a", "b"])
        let server = try await TestServer.start(deck, directory: directory, find: TestServing.folders(["c"]))
        let text = mine.key.text
        let body = { (model: String) in #"{"model":"\#(model)","prompt":"x","max_tokens":1}"# }
        #expect(try await server.post("/v1/completions", body("a"), key: text).status == 200)
        #expect(try await server.post("/v1/completions", body("base"), key: text).status == 200)
        #expect(deck.state.withLock { $0.requests.allSatisfy { $0.origin == "alpha" } })
        for model in ["b", "c", "nope"] {
            let answer = try await server.post("/v1/completions", body(model), key: text)
            #expect(answer.status == 404)
            #expect(answer.body.contains("Valid aliases: base, a."))
            #expect(try await server.post("/tokenize", #"{"model":"\#(model)","prompt":"x"}"#, key: text).status == 404)
            #expect(try await server.get("/v1/models/\(model)", key: text).status == 404)
        }
        let models = try await server.get("/v1/models", key: text).json["data"]?.array?.map { $0["id"]?.string }
        #expect(models == ["base", "a"])
        let metrics = try await server.get("/metrics", key: text).body
        #expect(metrics.contains(#"adapter="a""#) && !metrics.contains(#"adapter="b""#))
        #expect(metrics.contains(#"loradeck:generation_tokens_total{adapter="base"} 1.0"#))
        #expect(deck.state.withLock { $0.commands.isEmpty })
        #expect(try await server.get("/v1/models", key: admin.key.text).json["data"]?.array?.count == 3)
        await server.stop()
    }

    @Test(arguments: [
        ("POST", "/v1/load_lora_adapter"), ("POST", "/v1/unload_lora_adapter"), ("GET", "/deck/v1/snapshot"),
        ("GET", "/deck/v1/stream"), ("POST", "/deck/v1/command"), ("POST", "/deck/v1/prompt"),
    ])
    func administratorsRoutesRefuseATenant(_ method: String, _ path: String) async throws {
        let mine = key("alpha")
        let directory = TenantDirectory(tenants: [TenantRecord(name: "alpha", adapters: nil)], keys: [mine.record])
        let deck = ScriptedDeck()
        let server = try await TestServer.start(deck, directory: directory)
        for (key, status) in [(mine.key.text, 403), (nil, 401), (APIKey().text, 401), ("ldk-", 401)] as [(String?, Int)]
        {
            let answer =
                method == "GET" ? try await server.get(path, key: key) : try await server.post(path, "{}", key: key)
            #expect(answer.status == status)
        }
        #expect(deck.state.withLock { $0.commands.isEmpty && $0.begun == 0 })
        await server.stop()
    }

    /// Two tenants of one adapter: each reads its own requests, and nothing of the pool.
    @Test func metricsTellATenantNothingOfOthers() async throws {
        let (mine, other, admin) = (key("alpha"), key("beta"), key("ops", admin: true))
        let directory = TenantDirectory(
            tenants: [
                TenantRecord(name: "alpha", adapters: ["a"]), TenantRecord(name: "beta", adapters: ["a", "b"]),
                TenantRecord(name: "ops"),
            ], keys: [mine.record, other.record, admin.record])
        let deck = ScriptedDeck(adapters: ["a", "b"])
        func live(_ id: UInt64, _ adapter: String?, _ origin: String, _ phase: RequestPhase) -> RequestSnapshot {
            RequestSnapshot(
                id: RequestID(id), adapter: adapter, digest: nil, origin: origin, submitted: Date(), phase: phase,
                promptTokens: 10, cachedTokens: 8, generatedTokens: 0, timeline: RequestTimeline())
        }
        deck.state.withLock {
            $0.shown = [
                live(1, "a", "alpha", .decode), live(2, "a", "beta", .decode),
                live(3, "a", "beta", .waiting(.preempted)),
                live(4, nil, "beta", .decode), live(5, nil, "alpha", .waiting(.preempted)),
                live(6, "b", "beta", .decode), live(7, "a", "alpha", .finished(.length)),
            ]
        }
        let server = try await TestServer.start(deck, directory: directory)
        let body = { (model: String, tokens: Int) in #"{"model":"\#(model)","prompt":"xyz","max_tokens":\#(tokens)}"# }
        for (key, model, tokens) in [
            (mine.key, "a", 2), (mine.key, "base", 3), (other.key, "a", 40), (other.key, "base", 50),
            (other.key, "b", 60),
        ] {
            #expect(try await server.post("/v1/completions", body(model, tokens), key: key.text).status == 200)
        }
        let metrics = try await server.get("/metrics", key: mine.key.text).body
        for line in [
            #"loradeck:generation_tokens_total{adapter="a"} 2.0"#,
            #"loradeck:generation_tokens_total{adapter="base"} 3.0"#,
            #"vllm:generation_tokens_total{engine="0",model_name="base"} 5.0"#,
            #"vllm:prompt_tokens_total{engine="0",model_name="base"} 6.0"#,
            #"vllm:num_requests_running{engine="0",model_name="base"} 1.0"#,
            #"vllm:num_requests_waiting{engine="0",model_name="base"} 1.0"#,
            #"loradeck:requests_running{adapter="a"} 1.0"#, #"loradeck:requests_waiting{adapter="base"} 1.0"#,
        ] {
            #expect(metrics.contains(line), "\(line)")
        }
        for word in [
            "beta", #""b""#, "pool", "evictions", "loads_total", "hits_total", "adapter_pages", "resident", "prefix",
            "kv_", "reloads", "waiting_by_reason",
        ] {
            #expect(!metrics.contains(word), "\(word)")
        }
        let whole = try await server.get("/metrics", key: admin.key.text).body
        #expect(whole.contains(#"loradeck:generation_tokens_total{adapter="a"} 42.0"#))
        #expect(whole.contains(#"vllm:generation_tokens_total{engine="0",model_name="base"} 155.0"#))
        #expect(whole.contains("loradeck:pool_pages"))
        await server.stop()
    }

    @Test(arguments: [false, true]) func arithmeticWithOthersNamesIsAnOperators(streams: Bool) async throws {
        let (mine, admin) = (key("alpha"), key("ops", admin: true))
        let directory = TenantDirectory(
            tenants: [TenantRecord(name: "alpha", adapters: nil), TenantRecord(name: "ops")],
            keys: [mine.record, admin.record])
        let deck = ScriptedDeck()
        deck.state.withLock {
            $0.failure = (.unavailable, "a does not fit now", nil)
            $0.failureInFull = "a does not fit, 40 pages are pinned (rival 40)"
        }
        let server = try await TestServer.start(deck, directory: directory)
        let body = #"{"model":"a","prompt":"x","max_tokens":1,"stream":\#(streams)}"#
        let told = try await server.post("/v1/completions", body, key: mine.key.text)
        #expect(told.status == 503)
        #expect(try told.json["error"]?["message"]?.string == "a does not fit now")
        let full = try await server.post("/v1/completions", body, key: admin.key.text)
        #expect(try full.json["error"]?["message"]?.string == "a does not fit, 40 pages are pinned (rival 40)")
        await server.stop()
    }

    @Test func requestsAtOnce() throws {
        let gate = TenantGate()
        let tenant = TenantRecord(name: "t", maxConcurrent: 2)
        let first = try gate.admit(tenant)
        let second = try gate.admit(tenant)
        do {
            _ = try gate.admit(tenant)
            Issue.record("it was admitted")
        } catch {
            #expect(error.status == 429 && error.retryAfter == 1)
        }
        first.release()
        first.release()
        let third = try gate.admit(tenant)
        #expect(throws: APIError.self) { _ = try gate.admit(tenant) }
        withExtendedLifetime((second, third)) {}
    }

    /// The error of something that must not be let in.
    private func refusal(_ body: () throws -> Void) -> APIError? {
        do {
            try body()
            return nil
        } catch {
            return error as? APIError
        }
    }

    @Test func answersCountNotRequests() throws {
        let gate = TenantGate()
        let tenant = TenantRecord(name: "t", maxConcurrent: 4)
        let three = try gate.admit(tenant)
        try three.grow(to: 3)
        let one = try gate.admit(tenant)
        let full = refusal { try one.grow(to: 2) }
        #expect(full?.status == 429 && full?.message.contains("3 answers under way, and the request wants 2") == true)
        // What ended makes room, answer by answer.
        three.releaseOne()
        try one.grow(to: 2)
        #expect(refusal { _ = try gate.admit(tenant) }?.status == 429)
        three.release()
        try one.grow(to: 4)
        one.release()
        let all = try gate.admit(tenant)
        try all.grow(to: 4)
        withExtendedLifetime((three, one, all)) {}
    }

    @Test func moreThanEverFitsIsNeverWorthAnotherTry() throws {
        let gate = TenantGate()
        let permit = try gate.admit(TenantRecord(name: "t", maxConcurrent: 4))
        let refused = refusal { try permit.grow(to: 5) }
        #expect(refused?.status == 400 && refused?.retryAfter == nil)
        #expect(refused?.message.contains("wants 5 answers") == true && refused?.message.contains("4 at once") == true)
        try permit.grow(to: 4)
        let free = try gate.admit(TenantRecord(name: "free"))
        try free.grow(to: 1_000_000)
        withExtendedLifetime((permit, free)) {}
    }

    @Test func anAbandonedPermitGivesItsPlacesBack() throws {
        let gate = TenantGate()
        let tenant = TenantRecord(name: "t", maxConcurrent: 2)
        for _ in 0..<3 {
            let permit = try gate.admit(tenant)
            try permit.grow(to: 2)
        }
    }

    @Test func answersOverHTTP() async throws {
        let mine = key("alpha")
        let directory = TenantDirectory(
            tenants: [TenantRecord(name: "alpha", adapters: [], maxConcurrent: 3)], keys: [mine.record])
        let deck = ScriptedDeck(pause: .milliseconds(5))
        let server = try await TestServer.start(deck, directory: directory)
        let never = try await server.post(
            "/v1/completions", #"{"prompt":["x","y"],"n":2,"max_tokens":1}"#, key: mine.key.text)
        #expect(never.status == 400 && never.body.contains("wants 4 answers"))
        async let running = server.post(
            "/v1/completions", #"{"prompt":["x","y"],"max_tokens":60}"#, key: mine.key.text)
        #expect(await eventually { deck.live == 2 })
        let full = try await server.post(
            "/v1/completions", #"{"prompt":"x","n":2,"max_tokens":1}"#, key: mine.key.text)
        #expect(full.status == 429 && full.body.contains("2 answers under way"))
        #expect(
            try await server.post("/v1/completions", #"{"prompt":"x","max_tokens":1}"#, key: mine.key.text).status
                == 200)
        #expect(try await running.status == 200)
        // Places of answers that ended are free again.
        for _ in 0..<4 {
            let again = try await server.post(
                "/v1/completions", #"{"prompt":"x","n":3,"max_tokens":1}"#, key: mine.key.text)
            #expect(again.status == 200)
        }
        await server.stop()
    }

    @Test func limitsOverHTTP() async throws {
        let mine = key("alpha")
        let directory = TenantDirectory(
            tenants: [TenantRecord(name: "alpha", adapters: [], maxConcurrent: 1, maxContext: 50)],
            keys: [mine.record])
        let deck = ScriptedDeck(pause: .milliseconds(5))
        let server = try await TestServer.start(deck, directory: directory)
        let long = #"{"prompt":"x","max_tokens":50}"#
        let refused = try await server.post("/v1/completions", long, key: mine.key.text)
        #expect(refused.status == 400 && refused.body.contains("50 tokens"))
        async let running = server.post("/v1/completions", #"{"prompt":"x","max_tokens":45}"#, key: mine.key.text)
        #expect(await eventually { deck.live == 1 })
        let full = try await server.post("/v1/completions", #"{"prompt":"x","max_tokens":1}"#, key: mine.key.text)
        #expect(full.status == 429 && full.head.contains("Retry-After: 1"))
        #expect(try await running.status == 200)
        await server.stop()
    }

    @Test func keysAreOfOneForm() throws {
        let key = APIKey()
        #expect(APIKey(key.text) == key && key.hash == APIKey(key.text)?.hash)
        #expect(key.matches(key.hash) && !key.matches(APIKey().hash))
        for text in ["", "ldk-", String(key.text.dropLast()), key.text + "0", "sk-" + key.text.dropFirst(3)] {
            #expect(APIKey(text) == nil)
        }
    }

    @Test func loadAndUnload() async throws {
        let deck = ScriptedDeck(adapters: ["a"])
        let server = try await TestServer.start(deck)
        let load = try await server.post(
            "/v1/load_lora_adapter", #"{"lora_name":"new","lora_path":"folder/new","pinned":true}"#)
        #expect(load.status == 200 && load.body == "Success: LoRA adapter 'new' added successfully.")
        #expect(
            deck.state.withLock { $0.commands.map(\.command) } == [
                .register(name: "new", path: "folder/new", overrideBase: false), .load(adapter: "new"),
                .pin(adapter: "new"),
            ])
        let again = try await server.post("/v1/load_lora_adapter", #"{"lora_name":"a","lora_path":"x"}"#)
        #expect(again.status == 400 && again.body.contains("has already been loaded"))
        let gone = try await server.post("/v1/unload_lora_adapter", #"{"lora_name":"a"}"#)
        #expect(gone.status == 200)
        #expect(deck.state.withLock { $0.commands.last?.command } == .evict(adapter: "a", digest: nil, mode: .drain))
        let unknown = try await server.post("/v1/unload_lora_adapter", #"{"lora_name":"nope"}"#)
        #expect(unknown.status == 404)
        #expect(try unknown.json["error"]?["message"]?.string == "The lora adapter 'nope' cannot be found.")
        deck.state.withLock { $0.outcome = .refused("/etc leads out of the adapter root /adapters") }
        let out = try await server.post("/v1/load_lora_adapter", #"{"lora_name":"e","lora_path":"../etc"}"#)
        #expect(out.status == 400 && out.body.contains("leads out of the adapter root"))
        await server.stop()
    }
}

import DeckCore
import DeckWire
import Foundation
import ModelFiles
import TestSupport
import Synchronization
import Testing

@testable import ServingAPI

@Suite("Completions over HTTP") struct CompletionTests {
    private func fixture(_ name: String) throws -> String {
        try String(
            contentsOf: Fixture.root.appendingPathComponent("Tests/ServingAPITests/Fixtures/\(name)"), encoding: .utf8)
    }

    /// Every member that vLLM writes and that is not a matter of its own engine.
    private func keys(_ value: JSONValue?) -> Set<String> {
        Set(value?.object?.keys.map { $0 } ?? []).subtracting([
            "prompt_token_ids", "prompt_text", "token_ids", "routed_experts", "prompt_logprobs", "kv_transfer_params",
            "ec_transfer_params", "metrics", "completion_tokens_details", "system_fingerprint",
        ])
    }

    /// What vLLM writes and we do not.
    private func missing(_ theirs: JSONValue?, _ ours: JSONValue?) -> Set<String> {
        keys(theirs).subtracting(keys(ours))
    }

    @Test func whole() async throws {
        let deck = ScriptedDeck()
        let server = try await TestServer.start(deck)
        let answer = try await server.post(
            "/v1/completions", #"{"model":"a","prompt":"hello","max_tokens":3,"seed":7,"n":2}"#)
        #expect(answer.status == 200)
        let json = try answer.json
        let choices = try #require(json["choices"]?.array)
        #expect(choices.map { $0["text"]?.string } == ["w0 w1 w2", "w0 w1 w2"])
        #expect(choices.map { $0["index"]?.int } == [0, 1])
        #expect(choices.allSatisfy { $0["finish_reason"]?.string == "length" })
        #expect(json["usage"]?["prompt_tokens"]?.int == 5 && json["usage"]?["completion_tokens"]?.int == 6)
        #expect(json["usage"]?["total_tokens"]?.int == 11 && json["model"]?.string == "a")
        let sent = deck.state.withLock { $0.requests }
        #expect(
            sent.map(\.sampling.seed) == [7, 8] && sent.allSatisfy { $0.adapter == "a" && $0.sampling.temperature == 1 }
        )
        #expect(sent[0].content == .tokens(Array("hello".utf8).map { Int($0) }))
        await server.stop()
    }

    @Test func logprobsAndEchoAsVLLMWritesThem() async throws {
        let server = try await TestServer.start(ScriptedDeck())
        let answer = try await server.post(
            "/v1/completions", #"{"prompt":[72,105],"max_tokens":2,"logprobs":2,"echo":true}"#)
        let ours = try answer.json
        let theirs = try JSONValue.parse(
            Array(fixture("vllm-0.32.0-completion-logprobs-echo.json").utf8), source: "vLLM")
        #expect(missing(theirs, ours) == [])
        let choice = try #require(ours["choices"]?.array?.first)
        #expect(missing(theirs["choices"]?.array?.first, choice) == [])
        #expect(choice["text"]?.string == "Hiw0 w1")
        let logprobs = try #require(choice["logprobs"])
        #expect(keys(theirs["choices"]?.array?.first?["logprobs"]) == keys(logprobs))
        #expect(logprobs["text_offset"]?.array?.prefix(3) == [.int(0), .int(1), .int(2)])
        #expect(logprobs["token_logprobs"]?.array?.map { $0.number } == [nil, -0.25, -0.5, -0.5])
        #expect(logprobs["tokens"]?.array?.prefix(2) == [.string("H"), .string("i")])
        #expect(logprobs["top_logprobs"]?.array?.first == .null)
        // The token itself and two more, of the prompt as of the answer.
        #expect(
            logprobs["top_logprobs"]?.array?[1] == ["i": .double(-0.25), "<": .double(-0.125), "=": .double(-1.125)])
        #expect(logprobs["top_logprobs"]?.array?[2].object?.count == 3)
        await server.stop()
    }

    @Test func promptsOfEveryForm() async throws {
        let deck = ScriptedDeck()
        let server = try await TestServer.start(deck)
        for (prompt, count) in [(#""x""#, 1), (#"["x","y"]"#, 2), ("[1,2]", 1), ("[[1],[2,3],[4]]", 3)] {
            let answer = try await server.post("/v1/completions", #"{"prompt":\#(prompt),"max_tokens":1}"#)
            #expect(try answer.json["choices"]?.array?.count == count, "\(prompt)")
        }
        for prompt in ["[]", "[[]]", "[300]", "[-1]", "[1.5]", "{}", "null", #"[1,"x"]"#, #"["x",1]"#, "7"] {
            let answer = try await server.post("/v1/completions", #"{"prompt":\#(prompt),"max_tokens":1}"#)
            #expect(answer.status == 400, "\(prompt)")
            #expect(try answer.json["error"]?["message"]?.string?.isEmpty == false)
        }
        await server.stop()
    }

    @Test func chatStreamAsVLLMWritesIt() async throws {
        let server = try await TestServer.start(ScriptedDeck())
        let answer = try await server.post(
            "/v1/chat/completions",
            #"""
            {"model":"b","messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}],"max_tokens":4,"stream":true,
             "stream_options":{"include_usage":true}}
            """#)
        #expect(answer.status == 200 && answer.head.lowercased().contains("text/event-stream"))
        let theirs = try fixture("vllm-0.32.0-chat-stream.txt").components(separatedBy: "\n\n")
            .filter { $0.hasPrefix("data: ") }.map { String($0.dropFirst(6)) }
        #expect(answer.events.last == "[DONE]" && theirs.last == "[DONE]")
        let ours = try answer.events.dropLast().map { try JSONValue.parse(Array($0.utf8), source: "ours") }
        let vllm = try theirs.dropLast().map { try JSONValue.parse(Array($0.utf8), source: "vLLM") }
        // The first, one in the middle, and the one with the usage.
        for (mine, other) in [(ours.first, vllm.first), (ours[1], vllm[1]), (ours.last, vllm.last)] {
            #expect(missing(other, mine) == [])
            let (choice, another) = (mine?["choices"]?.array?.first, other?["choices"]?.array?.first)
            #expect(missing(another, choice) == [])
            #expect(keys(choice?["delta"]) == keys(another?["delta"]))
        }
        let text = ours.compactMap { $0["choices"]?.array?.first?["delta"]?["content"]?.string }.joined()
        #expect(text == "w0 w1 w2 w3")
        #expect(ours.dropLast().last?["choices"]?.array?.first?["finish_reason"]?.string == "length")
        #expect(ours.last?["usage"]?["completion_tokens"]?.int == 4)
        await server.stop()
    }

    @Test func chatLogprobs() async throws {
        let server = try await TestServer.start(ScriptedDeck())
        let answer = try await server.post(
            "/v1/chat/completions",
            #"{"messages":[{"role":"user","content":"Hi"}],"max_tokens":1,"logprobs":true,"top_logprobs":2}"#)
        let choice = try #require(try answer.json["choices"]?.array?.first)
        let entry = try #require(choice["logprobs"]?["content"]?.array?.first)
        #expect(entry["logprob"]?.number == -0.5 && entry["top_logprobs"]?.array?.count == 2)
        #expect(entry["bytes"]?.array == [.int(0)])
        #expect(choice["message"]?["role"]?.string == "assistant")
        await server.stop()
    }

    @Test(arguments: [
        #"{"prompt":"x","tools":[{}]}"#, #"{"prompt":"x","max_tokens":0}"#, #"{"prompt":"x","temperature":3}"#,
        #"{"prompt":"x","n":0}"#, #"{"prompt":"x","n":1000}"#, #"{"prompt":"x","logprobs":21}"#,
        #"{"prompt":"x","logit_bias":{"999":1}}"#, #"{"prompt":"x","logit_bias":{"1":101}}"#,
        #"{"prompt":"x","response_format":{"type":"json_schema"}}"#, #"{"prompt":"x","best_of":2}"#,
        #"{"prompt":"x","stream_options":{}}"#, #"{"prompt":"x","min_tokens":3}"#, #"{"prompt":"x","suffix":"y"}"#,
        #"{"prompt":"x","stop":[1]}"#, #"{"prompt":"x","max_tokens":100000}"#, #"{"prompt":"x","echo":1}"#,
        #"{"prompt":"x","prompt":"y"}"#, "[]", "", "{", #"{"prompt":"\#u{0}"}"#,
    ])
    func refused(_ body: String) async throws {
        let deck = ScriptedDeck()
        let server = try await TestServer.start(deck)
        let answer = try await server.post("/v1/completions", body)
        #expect(answer.status == 400, "\(answer.body)")
        #expect(try answer.json["error"]?["code"]?.int == 400)
        #expect(deck.state.withLock { $0.begun } == 0)
        await server.stop()
    }

    @Test func unknownModelAsVLLMSaysIt() async throws {
        let deck = ScriptedDeck(adapters: [])
        let server = try await TestServer.start(deck)
        deck.state.withLock { $0.failure = (.unknownAdapter, "there is no adapter nope", nil) }
        let answer = try await server.post("/v1/completions", #"{"model":"nope","prompt":"x"}"#)
        #expect(answer.status == 404)
        #expect(
            try answer.json == JSONValue.parse(Array(fixture("vllm-0.32.0-unknown-model.json").utf8), source: "vLLM"))
        await server.stop()
    }

    @Test func fullQueuesAreToldWhenToRetry() async throws {
        let deck = ScriptedDeck()
        let server = try await TestServer.start(deck)
        deck.state.withLock { $0.failure = (.overloaded, "7 requests wait, the limit is 7", 3.2) }
        for stream in ["true", "false"] {
            let answer = try await server.post("/v1/completions", #"{"prompt":"x","stream":\#(stream)}"#)
            #expect(answer.status == 429 && answer.head.contains("Retry-After: 4"))
            #expect(try answer.json["error"]?["message"]?.string == "7 requests wait, the limit is 7")
        }
        await server.stop()
    }

    @Test func aNewFolderIsServedOnFirstUse() async throws {
        let deck = ScriptedDeck()
        let server = try await TestServer.start(deck, find: TestServing.folders(["fresh", "bad"]))
        let answer = try await server.post("/v1/completions", #"{"model":"fresh","prompt":"x","max_tokens":1}"#)
        #expect(answer.status == 200)
        #expect(
            deck.state.withLock { $0.commands.map(\.command) } == [
                .register(name: "fresh", path: "fresh", overrideBase: false)
            ])
        deck.state.withLock { $0.outcome = .refused("bad is not registered: wrong base") }
        for _ in 0..<3 {
            let refused = try await server.post("/v1/completions", #"{"model":"bad","prompt":"x","max_tokens":1}"#)
            #expect(refused.status == 404 && refused.body.contains("wrong base"))
        }
        // It was read once.
        #expect(deck.state.withLock { $0.commands.count } == 2)
        await server.stop()
    }

    @Test func aRefusedAdapterIsAskedForAgainWhenItsFilesChange() async throws {
        let folder = try Fixture.temporaryFolder()
        let path = folder.appendingPathComponent("half").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        let known = Mutex<String?>(nil)
        let deck = ScriptedDeck()
        deck.state.withLock { $0.outcome = .refused("half is not registered: truncated") }
        let server = try await TestServer.start(
            deck,
            find: { name in
                guard name == "acme/half", let trace = AdapterTrace(path: path, root: nil) else { return nil }
                return UnregisteredAdapter(path: path, trace: trace, refusal: known.withLock { $0 })
            })
        func ask() async throws -> (status: Int, commands: Int) {
            let answer = try await server.post("/v1/completions", #"{"model":"acme/half","prompt":"x","max_tokens":1}"#)
            return (answer.status, deck.state.withLock { $0.commands.count })
        }
        // Read once while nothing changes.
        for _ in 0..<3 { #expect(try await ask() == (404, 1)) }
        // Each file that comes is a reason to read again, at once.
        for (index, name) in ["adapter_config.json", "adapter_model.safetensors"].enumerated() {
            try Data("{}".utf8).write(to: URL(fileURLWithPath: path).appendingPathComponent(name))
            for _ in 0..<3 { #expect(try await ask() == (404, 2 + index)) }
        }
        // What its reader remembers is ordered once, for the audit log.
        known.withLock { $0 = "its weights are not finite" }
        try Data("{ }".utf8).write(to: URL(fileURLWithPath: path).appendingPathComponent("adapter_config.json"))
        for _ in 0..<3 { #expect(try await ask() == (404, 4)) }
        known.withLock { $0 = nil }
        deck.state.withLock { $0.outcome = .done("registered") }
        try Data("{  }".utf8).write(to: URL(fileURLWithPath: path).appendingPathComponent("adapter_config.json"))
        #expect(try await ask() == (200, 5))
        await server.stop()
    }

    /// A folder of the root is called as the base is: it is not served, and the base does not answer in its place.
    @Test(arguments: ["toy", "toy/toy"]) func theBaseAnswersForNoAdapter(_ name: String) async throws {
        let deck = ScriptedDeck()
        let server = try await TestServer.start(deck, find: TestServing.folders([name, "base"]))
        for (path, body) in [
            ("/v1/completions", #"{"model":"\#(name)","prompt":"x","max_tokens":1}"#),
            ("/v1/chat/completions", #"{"model":"\#(name)","messages":[{"role":"user","content":"x"}]}"#),
            ("/tokenize", #"{"model":"\#(name)","prompt":"x"}"#),
        ] {
            let answer = try await server.post(path, body)
            #expect(answer.status == 404 && answer.body.contains("a name of the base and of an adapter"))
        }
        #expect(deck.state.withLock { $0.begun } == 0)
        // What names nobody else is the base's: its own name, and a request without one.
        for body in [#"{"model":"base","prompt":"x","max_tokens":1}"#, #"{"prompt":"x","max_tokens":1}"#] {
            #expect(try await server.post("/v1/completions", body).status == 200)
        }
        #expect(try await server.get("/v1/models/\(name)").status == 404)
        #expect(try await server.get("/v1/models/base").status == 200)
        await server.stop()
        let plain = try await TestServer.start(ScriptedDeck())
        let body = #"{"model":"\#(name)","prompt":"x","max_tokens":1}"#
        #expect(try await plain.post("/v1/completions", body).status == 200)
        await plain.stop()
    }

    @Test func tokens() async throws {
        let server = try await TestServer.start(ScriptedDeck())
        let answer = try await server.post("/tokenize", #"{"prompt":"Hi","return_token_strs":true}"#)
        #expect(
            try answer.json
                == JSONValue.parse(
                    Array(#"{"count":2,"max_model_len":100000,"tokens":[72,105],"token_strs":["H","i"]}"#.utf8),
                    source: "test"))
        #expect(try await server.post("/detokenize", #"{"tokens":[72,105]}"#).json["prompt"]?.string == "Hi")
        #expect(try await server.post("/tokenize", #"{"prompt":"Hi","model":"nope"}"#).status == 404)
        await server.stop()
    }
}

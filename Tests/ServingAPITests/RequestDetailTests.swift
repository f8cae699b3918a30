import DeckCore
import Foundation
import ModelFiles
import Synchronization
import Testing

@testable import ServingAPI

/// Small things that a client stumbles over.
@Suite("Details of requests") struct RequestDetailTests {
    private func message(_ answer: RawAnswer) throws -> String {
        try answer.json["error"]?["message"]?.string ?? ""
    }

    @Test(
        "A seed is any 64-bit number; -1 and null draw one",
        arguments: [
            ("-1", nil), ("null", nil), ("0", 0), ("7", 7), ("7.0", 7), ("-2", UInt64(bitPattern: -2)),
            ("9223372036854775807", UInt64(Int64.max)), ("-9223372036854775808", 1 << 63),
        ] as [(String, UInt64?)])
    func seeds(text: String, seed: UInt64?) async throws {
        let deck = ScriptedDeck()
        let server = try await TestServer.start(deck)
        let answer = try await server.post("/v1/completions", #"{"prompt":"x","max_tokens":1,"seed":\#(text)}"#)
        #expect(answer.status == 200)
        #expect(deck.state.withLock { $0.requests.map(\.sampling.seed) } == [seed])
        await server.stop()
    }

    @Test(
        "What is there instead of what is wanted is shown",
        arguments: [
            (
                #""seed":9223372036854775808"#,
                "seed must be -9223372036854775808 to 9223372036854775807, not 9223372036854775808"
            ),
            (
                #""seed":-1e30"#,
                "seed must be -9223372036854775808 to 9223372036854775807, not -1000000000000000019884624838656"
            ),
            (#""seed":1.5"#, "seed must be a whole number, not 1.5"),
            (#""seed":"7""#, #"seed must be a whole number, not "7""#),
            (#""seed":true"#, "seed must be a whole number, not true"),
            (#""max_tokens":0"#, "max_tokens must be 1 to 2147483647, not 0"),
            (#""temperature":"hot""#, #"temperature must be a number, not "hot""#),
            (#""temperature":2.5"#, "temperature must be 0 to 2, not 2.5"),
            (#""top_p":0"#, "top_p must be above 0 and at most 1, not 0"),
            (#""n":[]"#, "n must be a whole number, not an empty array"),
            (#""echo":"yes""#, #"echo must be true or false, not "yes""#),
            (#""stop":[1]"#, "stop must be a string or an array of strings, not [1]"),
            (#""model":{}"#, "model must be a string, not an empty object"),
            (#""response_format":{"type":"xml"}"#, #"response_format.type must be text or json_object, not "xml""#),
            (#""response_format":{}"#, "response_format.type is missing"),
            (#""logit_bias":{"1":"x"}"#, #"logit_bias of token 1 must be -100 to 100, not "x""#),
            (#""best_of":3"#, "best_of must be n, which is 1, not 3: send n and choose"),
            (#""stream_options":{"include_usage":true}"#, "stream_options needs stream to be true"),
        ])
    func shown(member: String, words: String) async throws {
        let server = try await TestServer.start(ScriptedDeck())
        let answer = try await server.post("/v1/completions", #"{"prompt":"x",\#(member)}"#)
        #expect(answer.status == 400)
        #expect(try message(answer) == words)
        await server.stop()
    }

    @Test(
        "Chats say which message is wrong, and how",
        arguments: [
            (#"[]"#, "messages is empty"), (#"{}"#, "messages must be an array of messages, not an empty object"),
            (#""hi""#, #"messages must be an array of messages, not "hi""#),
            (#"["hi"]"#, #"messages[0] must be an object, not "hi""#),
            (#"[{"content":"x"}]"#, "messages[0].role is missing"),
            (
                #"[{"role":"user","content":"x"},{"role":"tool","content":"y"}]"#,
                #"messages[1].role must be system, developer, user or assistant, not "tool""#
            ),
            (#"[{"role":"user","content":5}]"#, "messages[0].content must be a string or an array of parts, not 5"),
            (#"[{"role":"user","content":[{"type":"text"}]}]"#, "messages[0].content[0].text is missing"),
            (#"[{"role":"user","content":["x"]}]"#, #"messages[0].content[0] must be an object, not "x""#),
        ])
    func chats(messages: String, words: String) async throws {
        let server = try await TestServer.start(ScriptedDeck())
        let answer = try await server.post("/v1/chat/completions", #"{"messages":\#(messages)}"#)
        #expect(answer.status == 400)
        #expect(try message(answer) == words)
        await server.stop()
    }

    @Test(
        "A path that is nearly one names it",
        arguments: [
            ("/v1//chat/completions", "/v1/chat/completions"), ("/chat/completions", "/v1/chat/completions"),
            ("/v1/v1/chat/completions", "/v1/chat/completions"), ("/v1/chat/completions/", "/v1/chat/completions"),
            ("/v1/completions/v1/completions", "/v1/completions"), ("/completions", "/v1/completions"),
            ("/openai/v1/chat/completions", "/v1/chat/completions"), ("/V1/Chat/Completions", "/v1/chat/completions"),
            ("/v1/chat/completion", "/v1/chat/completions"), ("/v1/model", "/v1/models"), ("/models", "/v1/models"),
            ("/v1/models/", "/v1/models"), ("/v1/tokenize", "/tokenize"), ("/v1/metrics", "/metrics"),
            ("/v1/load_lora_adaptor", "/v1/load_lora_adapter"), ("/healthz", "/health"),
            ("/deck/snapshot", "/deck/v1/snapshot"),
        ])
    func paths(path: String, meant: String) async throws {
        let server = try await TestServer.start(ScriptedDeck())
        let answer = try await server.get(path)
        #expect(answer.status == 404)
        #expect(try message(answer).hasSuffix("the nearest path is \(meant)"), "\(answer.body)")
        await server.stop()
    }

    @Test("A path that is near nothing names nothing", arguments: ["/", "/nothing", "/v1/embeddings", "/v1"])
    func strangePaths(path: String) async throws {
        let server = try await TestServer.start(ScriptedDeck())
        let answer = try await server.get(path)
        #expect(answer.status == 404)
        #expect(try message(answer) == "Not Found: GET \(path)")
        let odd = "/" + String(repeating: "v1/", count: 3000)
        #expect(APIRoute.meant(by: odd) == nil)
        await server.stop()
    }
}

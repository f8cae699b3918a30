import DeckCore
import DeckWire
import Foundation
import ModelFiles
import Synchronization
import Testing

@testable import ServingAPI

/// A server that is told to end.
@Suite("Draining", .serialized) struct DrainTests {
    private static func body(tokens: Int, streams: Bool) -> String {
        #"{"model":"a","prompt":"x","max_tokens":\#(tokens),"stream":\#(streams)}"#
    }

    private func open(_ server: TestServer, _ text: String) async throws -> UncheckedBox {
        let port = server.port
        return try await onThread {
            let client = try RawClient(port: port)
            client.send(text)
            _ = client.read()
            return UncheckedBox(client)
        }
    }

    private func rest(_ client: UncheckedBox) async throws -> String {
        try await onThread { String(decoding: client.value.readAll(), as: UTF8.self) }
    }

    @Test func runningAnswersEndAndNothingNewBegins() async throws {
        let deck = ScriptedDeck(adapters: ["a"], pause: .milliseconds(20))
        let server = try await TestServer.start(deck) { $0.drainSeconds = 600 }
        #expect(await eventually { (try? await server.get("/ready").status) == 200 })
        let stream = try await open(
            server, TestServer.request("/v1/completions", Self.body(tokens: 150, streams: true)))
        async let document = server.post("/v1/completions", Self.body(tokens: 150, streams: false))
        #expect(await eventually { deck.live == 2 })
        #expect(server.server.end() == 2)
        // Who looks is served, who brings work is not.
        for path in ["/health", "/v1/models", "/metrics"] { #expect(try await server.get(path).status == 200) }
        #expect(try await server.get("/metrics").body.contains("loradeck:draining 1.0"))
        for answer in [
            try await server.get("/ready"),
            try await server.post("/v1/completions", Self.body(tokens: 1, streams: true)),
            try await server.post("/tokenize", #"{"prompt":"x"}"#), try await server.post("/deck/v1/command", "{}"),
            try await server.post("/v1/load_lora_adapter", #"{"lora_name":"n","lora_path":"n"}"#),
        ] {
            #expect(answer.status == 503 && answer.head.contains("Retry-After: "))
            let error = try answer.json["error"]
            #expect(error?["type"]?.string == "ServiceUnavailableError" && error?["code"]?.int == 503)
        }
        #expect(deck.state.withLock { $0.begun == 2 && $0.commands.isEmpty })
        // Both come to their own ends, and then the server does.
        #expect(try await rest(stream).contains("w149"))
        #expect(try await document.json["choices"]?.array?.first?["text"]?.string?.hasSuffix("w149") == true)
        try await server.ended()
        #expect(deck.state.withLock { $0.aborted } == 0)
    }

    @Test func whatOutlastsItsTimeIsToldSo() async throws {
        let deck = ScriptedDeck(adapters: ["a"], pause: .milliseconds(5))
        let server = try await TestServer.start(deck) { $0.drainSeconds = 0.2 }
        let stream = try await open(
            server, TestServer.request("/v1/completions", Self.body(tokens: 3000, streams: true)))
        let order = PromptOrder(
            requests: [PromptRequest(adapter: "a", content: .raw("x"), maxTokens: 3000, origin: "x")])
        let prompts = try await open(
            server,
            TestServer.request("/deck/v1/prompt", String(decoding: JSONValue.encoding(order).text, as: UTF8.self)))
        let console = try await open(
            server, "GET /deck/v1/stream HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        async let document = server.post("/v1/completions", Self.body(tokens: 3000, streams: false))
        #expect(await eventually { deck.live == 3 })
        #expect(server.server.end() == 3)
        let end = try await rest(stream)
        #expect(end.contains("the server ended before the answer did") && end.contains("data: [DONE]"))
        let last = try await rest(prompts)
        #expect(last.contains(#""failed""#) && last.contains("the server ended before the answer did"))
        #expect(try await document.status == 503)
        for text in [end, last, try await rest(console)] { #expect(text.hasSuffix("0\r\n\r\n")) }
        try await server.ended()
        #expect(deck.live == 0)
    }

    @Test func toldTwiceItEndsAtOnce() async throws {
        let deck = ScriptedDeck(adapters: ["a"], pause: .milliseconds(5))
        let server = try await TestServer.start(deck) { $0.drainSeconds = 3600 }
        let stream = try await open(
            server, TestServer.request("/v1/completions", Self.body(tokens: 3000, streams: true)))
        #expect(server.server.end() == 1)
        #expect(server.server.end() == 0)
        try await server.ended()
        _ = try await rest(stream)
        #expect(await eventually { deck.live == 0 })
    }

    /// Neither an idle connection nor a console that looks on is waited for.
    @Test func onlyAnswersAreWaitedFor() async throws {
        let server = try await TestServer.start(ScriptedDeck()) { $0.drainSeconds = 3600 }
        let port = server.port
        let idle = try await onThread {
            let client = try RawClient(port: port)
            client.send(TestServer.request("/v1/completions", #"{"prompt":"x","max_tokens":2}"#, close: false))
            _ = client.readOne()
            return UncheckedBox(client)
        }
        let console = try await open(
            server, "GET /deck/v1/stream HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        #expect(server.server.end() == 0)
        #expect(try await rest(console).hasSuffix("0\r\n\r\n"))
        try await server.ended()
        _ = idle
    }

    /// A client that goes while it is waited for; and a body whose head came before.
    @Test func aClientThatGoesIsNotWaitedForAndALateBodyIsServed() async throws {
        let deck = ScriptedDeck(adapters: ["a"], pause: .milliseconds(5))
        let server = try await TestServer.start(deck) { $0.drainSeconds = 3600 }
        let gone = try await open(
            server, TestServer.request("/v1/completions", Self.body(tokens: 3000, streams: true)))
        let body = Self.body(tokens: 2, streams: false)
        let late = try await open(
            server,
            "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n"
                + "Expect: 100-continue\r\nContent-Length: \(body.utf8.count)\r\n\r\n")
        #expect(server.server.end() == 2)
        gone.value.reset()
        #expect(await eventually { deck.live == 0 })
        let answer = try await onThread {
            late.value.send(body)
            return late.value.readAnswer()
        }
        #expect(answer.status == 200)
        try await server.ended()
    }

    @Test func readyTellsOfARegistryThatCannotBeRead() async throws {
        let ops = TestTenant("ops", isAdministrator: true)
        let server = try await TestServer.start(ScriptedDeck())
        let status = { try await server.get("/ready").status }
        #expect(await eventually { (try? await status()) == 200 })
        server.directory.update(server.directory.current.unread("/secret/path is gone"))
        let answer = try await server.get("/ready")
        #expect(answer.status == 503 && answer.head.contains("Retry-After: ") && !answer.body.contains("/secret"))
        #expect(try await server.get("/v1/models").status == 503)
        #expect(try await server.get("/health").status == 200)
        // With keys there is somebody to serve.
        server.directory.update(TenantDirectory([ops]))
        server.directory.update(server.directory.current.unread("it is gone"))
        #expect(try await status() == 200)
        let metrics = try await server.get("/metrics", key: ops.key.text)
        #expect(metrics.status == 200 && metrics.body.contains("loradeck:registry_sound 0.0"))
        server.directory.update(TenantDirectory([ops]))
        #expect(try await server.get("/metrics", key: ops.key.text).body.contains("loradeck:registry_sound 1.0"))
        await server.stop()
    }
}

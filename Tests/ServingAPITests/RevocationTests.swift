import DeckCore
import DeckWire
import Foundation
import ModelFiles
import Synchronization
import Testing

@testable import ServingAPI

/// What becomes of requests whose sender may not ask any more before their answers are whole.
@Suite("Revocation", .serialized) struct RevocationTests {
    private let mine = TestTenant("alpha", adapters: ["a", "b"])
    private let ops = TestTenant("ops", isAdministrator: true)
    private let other = TestTenant("beta", adapters: ["a"])
    /// It never comes to the end of an answer.
    private let deck = ScriptedDeck(adapters: ["a", "b"], pause: .milliseconds(5))

    private func start() async throws -> TestServer {
        try await TestServer.start(deck, directory: TenantDirectory([mine, ops, other]))
    }

    private static let endless = #"{"model":"a","prompt":"x","max_tokens":3000,"stream":true}"#

    private static let endlessPrompts: String = {
        let request = PromptRequest(adapter: "a", content: .raw("x"), maxTokens: 3000, origin: "x")
        let order = PromptOrder(requests: [request, request])
        return (try? JSONValue.encoding(order)).map { String(decoding: $0.text, as: UTF8.self) } ?? ""
    }()

    /// Opens a request and returns when its answer has begun.
    private func open(_ server: TestServer, _ text: String, waits: Bool = true) async throws -> UncheckedBox {
        let port = server.port
        return try await onThread {
            let client = try RawClient(port: port)
            client.send(text)
            if waits { _ = client.read() }
            return UncheckedBox(client)
        }
    }

    private func rest(_ client: UncheckedBox) async throws -> String {
        try await onThread { String(decoding: client.value.readAll(), as: UTF8.self) }
    }

    @Test func aRevokedKeyEndsItsStream() async throws {
        let server = try await start()
        let revoked = try await open(
            server, TestServer.request("/v1/completions", Self.endless, key: mine.key.text))
        let kept = try await open(
            server, TestServer.request("/v1/completions", Self.endless, key: other.key.text))
        server.directory.update(TenantDirectory([ops, other], revoked: [mine]))
        let end = try await rest(revoked)
        #expect(end.contains("the API key is not valid") && end.contains("AuthenticationError"))
        #expect(end.contains("data: [DONE]") && end.hasSuffix("0\r\n\r\n"))
        // The deck works for it no more, and goes on for others.
        #expect(await eventually { deck.state.withLock { $0.aborted } == 1 })
        #expect(deck.live == 1)
        #expect(try await onThread { !kept.value.read().isEmpty })
        await server.stop()
    }

    @Test func aRevokedKeyEndsADocumentAndAStreamThatIsSilent() async throws {
        let silent = ScriptedDeck(adapters: ["a"], pause: .seconds(1000))
        let server = try await TestServer.start(silent, directory: TenantDirectory([mine]))
        let document = Self.endless.replacing(#","stream":true"#, with: "")
        let port = server.port
        let key = mine.key.text
        async let answer = onThread {
            let client = try RawClient(port: port)
            client.send(TestServer.request("/v1/completions", document, key: key))
            return client.readAnswer()
        }
        let stream = try await open(
            server, TestServer.request("/v1/completions", Self.endless, key: mine.key.text))
        #expect(await eventually { silent.live == 2 })
        server.directory.update(TenantDirectory([], revoked: [mine]))
        #expect(try await answer.status == 401)
        #expect(try await rest(stream).contains("the API key is not valid"))
        #expect(await eventually { silent.live == 0 })
        await server.stop()
    }

    /// Each prompt of a console is told why it ended.
    @Test func aRevokedKeyEndsPrompts() async throws {
        let server = try await start()
        let client = try await open(
            server, TestServer.request("/deck/v1/prompt", Self.endlessPrompts, key: ops.key.text))
        server.directory.update(TenantDirectory([mine, other], revoked: [ops]))
        let end = try await rest(client)
        #expect(end.components(separatedBy: "the API key is not valid").count == 3 && end.hasSuffix("0\r\n\r\n"))
        #expect(await eventually { deck.live == 0 })
        await server.stop()
    }

    @Test(arguments: [false, true]) func aRevokedKeyEndsTheDecksStream(isPacked: Bool) async throws {
        let server = try await start()
        let coding = isPacked ? "Accept-Encoding: deflate\r\n" : ""
        let client = try await open(
            server,
            "GET /deck/v1/stream HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\(coding)"
                + "Authorization: Bearer \(ops.key.text)\r\n\r\n")
        server.directory.update(TenantDirectory([mine], revoked: [ops]))
        let end = try await onThread { client.value.readAll() }
        #expect(end.suffix(5) == Array("0\r\n\r\n".utf8))
        await server.stop()
    }

    /// The server asks for the body when it has let the head in; the body comes when the key is gone.
    @Test(arguments: [
        ("/deck/v1/command", #"{"command":{"unregister":{"adapter":"a"}},"actor":"x"}"#),
        ("/v1/load_lora_adapter", #"{"lora_name":"new","lora_path":"new"}"#),
        ("/v1/unload_lora_adapter", #"{"lora_name":"a"}"#), ("/v1/completions", #"{"prompt":"x","max_tokens":1}"#),
        ("/tokenize", #"{"prompt":"x"}"#), ("/deck/v1/prompt", RevocationTests.endlessPrompts),
    ])
    func aBodyAfterTheRevocationIsRefused(_ path: String, _ body: String) async throws {
        for isChunked in [false, true] {
            let server = try await start()
            let (port, key, directory) = (server.port, ops.key.text, server.directory)
            let after = TenantDirectory([mine], revoked: [ops])
            let answer = try await onThread {
                let client = try RawClient(port: port)
                client.send(
                    "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "Authorization: Bearer \(key)\r\nExpect: 100-continue\r\nConnection: close\r\n"
                        + (isChunked
                            ? "Transfer-Encoding: chunked\r\n\r\n" : "Content-Length: \(body.utf8.count)\r\n\r\n"))
                let word = String(decoding: client.read(), as: UTF8.self)
                let size = String(body.utf8.count, radix: 16)
                let text = isChunked ? "\(size)\r\n\(body)\r\n0\r\n\r\n" : body
                client.send(String(text.prefix(4)))
                directory.update(after)
                client.send(String(text.dropFirst(4)))
                return (word, client.readAnswer())
            }
            #expect(answer.0.hasPrefix("HTTP/1.1 100"))
            #expect(answer.1.status == 401, "\(answer.1)")
            #expect(deck.state.withLock { $0.commands.isEmpty && $0.begun == 0 })
            await server.stop()
        }
    }

    /// Who was let in without a key may not stay when there is one.
    @Test func theFirstKeyEndsWhatRanWithoutOne() async throws {
        let server = try await TestServer.start(deck)
        let stream = try await open(server, TestServer.request("/v1/completions", Self.endless))
        server.directory.update(TenantDirectory([ops]))
        #expect(try await rest(stream).contains("an API key is needed"))
        #expect(try await server.get("/v1/models").status == 401)
        await server.stop()
    }

    @Test func aTenantThatMayLessIsCutOffAndAnotherIsNot() async throws {
        let server = try await start()
        let client = try await open(server, TestServer.request("/v1/completions", Self.endless, key: mine.key.text))
        let kept = try await open(server, TestServer.request("/v1/completions", Self.endless, key: other.key.text))
        var (less, more) = (mine.record, other.record)
        less.adapters = ["b"]
        more.adapters = ["a", "c"]
        server.directory.update(
            TenantDirectory(tenants: [less, more, ops.record], keys: [mine, other, ops].map(\.keyRecord)))
        #expect(try await rest(client).contains("PermissionDeniedError"))
        #expect(await eventually { deck.live == 1 })
        #expect(try await onThread { !kept.value.read().isEmpty })
        await server.stop()
    }

    /// Nothing is left of a request that ended by itself.
    @Test func watchesAreForgotten() async throws {
        let live = LiveDirectory(TenantDirectory([mine]))
        let access = try live.current.access(Credential(shown: .key(mine.key), peer: .unixSocket))
        let ended = Mutex(0)
        var departure: Departure? = Departure()
        departure?.follow(live, access)
        _ = departure?.whenGone { ended.withLock { $0 += 1 } }
        departure = nil
        live.update(TenantDirectory([], revoked: [mine]))
        #expect(ended.withLock { $0 } == 0)
        // One that begins after the revocation ends at once.
        let late = Departure()
        late.follow(live, access)
        #expect(late.isGone && late.reason?.status == 401)
    }
}

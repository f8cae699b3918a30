import DeckCore
import Foundation
import Logging
import ModelFiles
import Synchronization
import TestSupport
import Testing

@testable import ServingAPI

/// Clients that go, stall, lie or shout.
@Suite("Connections", .serialized) struct ConnectionTests {
    private static let stream = #"{"prompt":"x","max_tokens":100000,"stream":true}"#.replacing("100000", with: "90000")

    @Test func keptAliveConnectionsServeOneAfterTheOther() async throws {
        let server = try await TestServer.start(ScriptedDeck())
        let port = server.port
        let statuses = try await onThread {
            let client = try RawClient(port: port)
            return (0..<3).map { index in
                let body = #"{"prompt":"\#(index)","max_tokens":2}"#
                client.send(TestServer.request("/v1/completions", body, close: false))
                return client.readOne().status
            }
        }
        #expect(statuses == [200, 200, 200])
        await server.stop()
    }

    @Test func aClientThatGoesEndsItsRequest() async throws {
        let deck = ScriptedDeck(pause: .milliseconds(5))
        let server = try await TestServer.start(deck)
        let port = server.port
        var sent = 0
        // In the middle of a stream, at its beginning, and waiting for a whole document; closed and reset.
        for (body, waits) in [
            (Self.stream, true), (Self.stream, false), (Self.stream.replacing("true", with: "false"), false),
        ] {
            for resets in [false, true] {
                let client = try await onThread {
                    let client = try RawClient(port: port)
                    client.send(TestServer.request("/v1/completions", body))
                    if waits { _ = client.read() }
                    return UncheckedBox(client)
                }
                sent += 1
                #expect(await eventually { deck.state.withLock { $0.begun } == sent })
                if resets { client.value.reset() } else { client.value.shut() }
                #expect(await eventually { deck.live == 0 }, "\(body) \(waits) \(resets)")
            }
        }
        #expect(deck.state.withLock { $0.aborted } == 6)
        await server.stop()
    }

    @Test func twoHundredConnectionsHalfOfThemCut() async throws {
        let deck = ScriptedDeck(pause: .milliseconds(2))
        let server = try await TestServer.start(deck)
        let port = server.port
        let whole = try await withThrowingTaskGroup(of: Bool?.self) { group in
            var random = SeededGenerator(seed: 200)
            for index in 0..<200 {
                let (pause, resets) = (Double.random(in: 0...0.2, using: &random), Bool.random(using: &random))
                group.addTask {
                    try await onThread {
                        let client = try RawClient(port: port)
                        let isCut = index % 2 == 0
                        let body = isCut ? Self.stream : #"{"prompt":"x","max_tokens":20,"stream":true}"#
                        client.send(TestServer.request("/v1/completions", body))
                        guard isCut else { return client.readAnswer().events.last == "[DONE]" }
                        Thread.sleep(forTimeInterval: pause)
                        if resets { client.reset() } else { client.shut() }
                        return nil
                    }
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 == true ? 1 : 0 }
        }
        #expect(whole == 100)
        #expect(await eventually { deck.live == 0 })
        #expect(try await server.get("/health").status == 200)
        await server.stop()
    }

    @Test func aSlowReaderIsGivenUpAndHoldsNobodyUp() async throws {
        // Every token is long, so that no buffer of the kernel hides the client's sloth.
        // It never ends by itself: a deck that has finished cannot be aborted.
        let deck = ScriptedDeck(pause: .microseconds(50), word: String(repeating: "w", count: 4000))
        let server = try await TestServer.start(deck) { $0.maxBehind = 64 }
        let port = server.port
        let slow = try await onThread {
            let client = try RawClient(port: port, receiveBuffer: 4096)
            client.send(TestServer.request("/v1/completions", Self.stream))
            return UncheckedBox(client)
        }
        #expect(await eventually { deck.state.withLock { $0.aborted } == 1 })
        #expect(try await server.post("/v1/completions", #"{"prompt":"x","max_tokens":2}"#).status == 200)
        // What it gets in the end is cut, not a whole answer.
        let rest = try await onThread { slow.value.readAll() }
        #expect(!String(decoding: rest.suffix(100), as: UTF8.self).contains("[DONE]"))
        await server.stop()
    }

    @Test func aClientThatNeverReadsIsDisconnected() async throws {
        let deck = ScriptedDeck(word: String(repeating: "w", count: 4000))
        let server = try await TestServer.start(deck) {
            $0.maxBehind = 1_000_000
            $0.stalledSeconds = 0.3
        }
        let port = server.port
        let slow = try await onThread {
            let client = try RawClient(port: port, receiveBuffer: 4096)
            client.send(TestServer.request("/v1/completions", #"{"prompt":"x","max_tokens":3000,"stream":true}"#))
            return UncheckedBox(client)
        }
        #expect(await eventually { deck.state.withLock { $0.begun } == 1 && deck.live == 0 })
        _ = slow
        await server.stop()
    }

    @Test(arguments: [
        // Smuggled: two lengths, a length and chunks, folded and unknown codings.
        "POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
        "POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/models HTTP/1.1\r\n\r\n",
        "POST /health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: +4\r\n\r\nabcd",
        "POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length : 4\r\n\r\nabcd",
        "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        "GARBAGE\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}",
        "GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\u{0}b\r\n\r\n",
    ])
    func malformedGetsA4xxAndNothingElse(_ text: String) async throws {
        let deck = ScriptedDeck()
        let server = try await TestServer.start(deck)
        let port = server.port
        let answer = try await onThread {
            let client = try RawClient(port: port)
            client.send(text)
            return String(decoding: client.readAll(), as: UTF8.self)
        }
        #expect((400..<500).contains(RawClient.answer(Array(answer.utf8)).status), "\(answer)")
        #expect(answer.components(separatedBy: "HTTP/1.1 ").count == 2, "\(answer)")
        #expect(deck.state.withLock { $0.begun } == 0)
        await server.stop()
    }

    @Test func oversizedAndHalfSent() async throws {
        let deck = ScriptedDeck()
        let server = try await TestServer.start(deck) {
            $0.maxBodyBytes = 1000
            // The answer has half as long again before the connection is closed without one.
            $0.requestSeconds = 4
        }
        let large = String(repeating: "x", count: 2000)
        let port = server.port
        #expect(try await server.post("/v1/completions", #"{"prompt":"\#(large)"}"#).status == 413)
        // Without a length that could be looked at first.
        let chunks = (0..<20).map { _ in "64\r\n\(String(repeating: "x", count: 100))\r\n" }.joined() + "0\r\n\r\n"
        let chunked =
            "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n\(chunks)"
        #expect(try await server.exchange(chunked).status == 413)
        let headers = "GET /health HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "y", count: 100_000))\r\n\r\n"
        #expect((400..<500).contains(try await server.exchange(headers).status))
        // Half a body, and then silence, or the end.
        let half = TestServer.request("/v1/completions", #"{"prompt":"x","max_tokens":1}"#).dropLast(5)
        let statuses = try await onThread {
            let silent = try RawClient(port: port)
            silent.send(String(half))
            let late = silent.readAnswer().status
            let head = try RawClient(port: port)
            head.send("POST /v1/comp")
            return (late, head.readAll().isEmpty)
        }
        #expect(statuses.0 == 408 && statuses.1)
        #expect(deck.state.withLock { $0.begun } == 0)
        await server.stop()
    }

    @Test func methodsTypesAndHosts() async throws {
        let server = try await TestServer.start(ScriptedDeck())
        #expect(try await server.get("/v1/completions").status == 405)
        #expect(try await server.get("/nothing").status == 404)
        let plain = TestServer.request("/v1/completions", "{}").replacing("application/json", with: "text/plain")
        #expect(try await server.exchange(plain).status == 415)
        // A name of the web that was made to lead to this machine.
        let rebound = TestServer.request("/v1/completions", "{}").replacing(
            "Host: localhost", with: "Host: evil.example")
        #expect(try await server.exchange(rebound).status == 403)
        #expect(try await server.get("/version").json["version"]?.string == "9.9")
        for path in ["/health", "/ping"] { #expect(try await server.get(path).status == 200) }
        await server.stop()
    }

    @Test func withoutKeysOnlyThisMachine() async throws {
        let options = ServerOptions(address: .tcp(host: "0.0.0.0", port: 0))
        #expect(throws: APIServer.Refusal.self) {
            _ = try APIServer(
                TestServing(ScriptedDeck()), meters: RequestMeters(), options: options, version: "1",
                log: .init(label: "test"))
        }
    }
}

/// Hands a client from one thread to the next; they use it one after the other.
struct UncheckedBox: @unchecked Sendable {
    let value: RawClient

    init(_ value: RawClient) { self.value = value }
}

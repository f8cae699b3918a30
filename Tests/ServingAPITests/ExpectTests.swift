import Foundation
import Synchronization
import Testing

@testable import ServingAPI

/// Clients that hold their body back until they are told to send it.
@Suite("Expect") struct ExpectTests {
    private static func head(_ expect: String, length: Int, path: String = "/v1/completions") -> String {
        "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: \(expect)\r\n"
            + "Content-Length: \(length)\r\n\r\n"
    }

    @Test(
        "A client that waits for a word before its body gets it, twice on one connection",
        arguments: ["100-continue", "100-Continue"])
    func continues(expect: String) async throws {
        let server = try await TestServer.start(ScriptedDeck())
        let port = server.port
        let body = #"{"prompt":"x","max_tokens":1}"#
        let answers = try await onThread {
            let client = try RawClient(port: port)
            return (0..<2).map { _ in
                client.send(Self.head(expect, length: body.utf8.count))
                let word = String(decoding: client.read(), as: UTF8.self)
                client.send(body)
                return (word, client.readOne().status)
            }
        }
        for (word, status) in answers {
            #expect(word == "HTTP/1.1 100 Continue\r\n\r\n")
            #expect(status == 200)
        }
        await server.stop()
    }

    @Test(
        "What its head alone refuses is never sent, and the connection ends",
        arguments: [
            (ExpectTests.head("100-continue", length: 10).replacing("application/json", with: "text/plain"), 415),
            (ExpectTests.head("100-continue", length: 1_000_000_000), 413),
            (ExpectTests.head("100-continue", length: 10, path: "/nowhere"), 404),
            (ExpectTests.head("100-continue", length: 10).replacing("localhost", with: "evil.example"), 403),
            (ExpectTests.head("200-maybe", length: 10), 417),
            (ExpectTests.head("100-continue, 200-maybe", length: 10), 417),
            (ExpectTests.head("", length: 10).replacing("Expect: ", with: "Expect: x"), 417),
            ("GET /v1/models HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n\r\n", 200),
        ])
    func refusedByTheHead(head: String, status: Int) async throws {
        let deck = ScriptedDeck()
        let server = try await TestServer.start(deck)
        let answer = try await server.exchange(head)
        #expect(answer.status == status, "\(answer.head)")
        #expect(answer.head.lowercased().contains("connection: close"))
        #expect(deck.state.withLock { $0.begun } == 0)
        await server.stop()
    }
}

import DeckCore
import Foundation
import ModelFiles
import Synchronization
import TestSupport
import Testing

@testable import ServingAPI

/// A deck whose updates are given by hand.
private final class HandDeck: Deck {
    private let script = ScriptedDeck()
    private let open = Mutex<[AsyncStream<PromptUpdate>.Continuation]>([])

    var count: Int { open.withLock { $0.count } }

    func snapshots() -> AsyncStream<DeckSnapshot> { script.snapshots() }
    func perform(_ command: DeckCommand, by actor: String) async -> CommandOutcome { .done("done") }

    func submit(_ requests: [PromptRequest]) -> [AsyncStream<PromptUpdate>] {
        requests.map { _ in
            let (stream, continuation) = AsyncStream.makeStream(of: PromptUpdate.self)
            open.withLock { $0.append(continuation) }
            return stream
        }
    }

    func say(_ update: PromptUpdate) {
        let continuation = open.withLock { $0.last }
        continuation?.yield(update)
        switch update {
        case .finished, .failed: continuation?.finish()
        case .started, .promptAlternatives, .token: break
        }
    }
}

/// A stream that is silent gives signs of life, at times that a clock in the test's hand says.
@Suite("Silent streams", .serialized) struct SilenceTests {
    private static let comment = ": keep-alive\n\n"
    private let deck = HandDeck()
    private let time = ManualClock()

    /// Reads until what came since the last time holds `text`; returns it.
    private func read(_ client: UncheckedBox, until text: String) async throws -> String {
        try await onThread {
            var bytes: [UInt8] = []
            while !String(decoding: bytes, as: UTF8.self).contains(text) {
                let more = client.value.read()
                if more.isEmpty { break }
                bytes += more
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    private func stream(_ server: TestServer, path: String = "/v1/completions", _ body: String) async throws
        -> UncheckedBox
    {
        let port = server.port
        return try await onThread {
            let client = try RawClient(port: port)
            client.send(TestServer.request(path, body))
            return UncheckedBox(client)
        }
    }

    private func start() async throws -> TestServer {
        let keepAlive = KeepAlive(seconds: 15, clock: time)
        return try await TestServer.start(deck) { $0.keepAlive = keepAlive }
    }

    @Test("A comment every fifteen seconds while it waits, and none while tokens come")
    func comments() async throws {
        let server = try await start()
        let client = try await stream(
            server, path: "/v1/chat/completions",
            #"{"messages":[{"role":"user","content":"x"}],"stream":true,"max_tokens":3}"#)
        #expect(await eventually { deck.count == 1 })
        deck.say(.started(RequestID(1), promptTokens: [1]))
        let head = try await read(client, until: "assistant")
        #expect(head.contains("200 OK") && !head.contains(Self.comment))
        // In the queue for 75 seconds.
        for _ in 0..<5 {
            #expect(await eventually { time.sleeping == 1 })
            time.advance(by: .seconds(14))
            time.advance(by: .seconds(1))
            let piece = try await read(client, until: Self.comment)
            #expect(piece.components(separatedBy: Self.comment).count == 2)
        }
        // A token five seconds later puts the next sign of life off.
        #expect(await eventually { time.sleeping == 1 })
        time.advance(by: .seconds(5))
        deck.say(.token(id: 7, text: "one", logprob: nil, top: []))
        #expect(!(try await read(client, until: "one")).contains(Self.comment))
        time.advance(by: .seconds(10))
        #expect(await eventually { time.sleeping == 1 })
        time.advance(by: .seconds(5))
        let after = try await read(client, until: Self.comment)
        #expect(after.contains(Self.comment))
        deck.say(.finished(.stop, text: "", promptLogprobs: [], timeline: RequestTimeline(finished: 1)))
        let end = try await read(client, until: "[DONE]")
        #expect(end.contains("[DONE]") && !end.contains(Self.comment))
        #expect(await eventually { time.sleeping == 0 })
        await server.stop()
    }

    @Test("A request that nobody took in for so long gets its head, and a refusal after that is an event")
    func beforeTheStart() async throws {
        let server = try await start()
        let client = try await stream(server, #"{"prompt":"x","stream":true,"max_tokens":3}"#)
        #expect(await eventually { deck.count == 1 && time.sleeping == 1 })
        time.advance(by: .seconds(15))
        let head = try await read(client, until: Self.comment)
        #expect(head.contains("200 OK") && head.contains("text/event-stream"))
        deck.say(.failed(.overloaded, "the queue is full"))
        let rest = try await read(client, until: "[DONE]")
        #expect(rest.contains("the queue is full") && rest.contains("429"))
        await server.stop()
    }

    @Test("A whole document has no comments, and nobody waits to make one")
    func documents() async throws {
        let server = try await start()
        let client = try await stream(server, #"{"prompt":"x","max_tokens":3}"#)
        #expect(await eventually { deck.count == 1 })
        deck.say(.started(RequestID(1), promptTokens: [1]))
        time.advance(by: .seconds(100))
        #expect(time.sleeping == 0)
        deck.say(.token(id: 7, text: "one", logprob: nil, top: []))
        deck.say(.finished(.length, text: "", promptLogprobs: [], timeline: RequestTimeline(finished: 1)))
        let answer = try await onThread { client.value.readAnswer() }
        #expect(try answer.json["choices"]?.array?.first?["text"]?.string == "one")
        await server.stop()
    }

    @Test("A client that goes takes the clock's sleeper along")
    func gone() async throws {
        let server = try await start()
        let client = try await stream(server, #"{"prompt":"x","stream":true,"max_tokens":3}"#)
        #expect(await eventually { deck.count == 1 && time.sleeping == 1 })
        client.value.reset()
        #expect(await eventually { time.sleeping == 0 })
        await server.stop()
    }

    @Test("A server's own clock is there without being asked for")
    func byDefault() {
        #expect(ServerOptions(address: .tcp(host: "127.0.0.1", port: 0)).keepAlive?.seconds == 15)
    }
}

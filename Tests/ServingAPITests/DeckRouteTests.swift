import DeckCore
import DeckWire
import Foundation
import ModelFiles
import Synchronization
import Testing

@testable import ServingAPI

@Suite("The deck's own routes") struct DeckRouteTests {
    private static let get = "GET /deck/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"

    /// The first frames of a stream as snapshots.
    private func watch(_ port: Int, frames: Int) async throws -> [DeckSnapshot] {
        try await onThread {
            let client = try RawClient(port: port)
            client.send(Self.get)
            var decoder = DeckStreamDecoder()
            var snapshots: [DeckSnapshot] = []
            var rest: [UInt8] = []
            while snapshots.count < frames {
                let more = client.read()
                if more.isEmpty { break }
                rest += more
                // Chunk sizes stand between the lines; frames begin with a brace.
                while let end = rest.firstIndex(of: 0x0A) {
                    let line = Array(rest[..<end])
                    rest.removeFirst(end + 1)
                    if line.first == UInt8(ascii: "{") { snapshots.append(try decoder.apply(line)) }
                }
            }
            return snapshots
        }
    }

    @Test func severalConsolesReadTheStream() async throws {
        let deck = ScriptedDeck()
        let server = try await TestServer.start(deck)
        let port = server.port
        async let first = watch(port, frames: 4)
        async let second = watch(port, frames: 3)
        for snapshots in [try await first, try await second] {
            #expect(snapshots.count >= 3)
            #expect(snapshots.map(\.index) == snapshots.map(\.index).sorted())
            #expect(snapshots.allSatisfy { $0.adapters.map(\.name) == ["a", "b"] && $0.pool.pages.count == 64 })
        }
        // Both consoles left; a third one still finds a whole one first.
        #expect(try await watch(port, frames: 1).count == 1)
        await server.stop()
    }

    @Test func snapshotCommandAndPrompt() async throws {
        let deck = ScriptedDeck()
        let server = try await TestServer.start(deck)
        let snapshot = try await server.get("/deck/v1/snapshot").json.decoded(as: DeckSnapshot.self)
        #expect(snapshot.deck.baseName == "toy")
        let order = CommandOrder(command: .evict(adapter: "a", digest: nil, mode: .drain), actor: "console")
        let outcome = try await server.post(
            "/deck/v1/command", String(decoding: JSONValue.encoding(order).text, as: UTF8.self))
        #expect(try outcome.json.decoded(as: CommandOutcome.self) == .done("done"))
        #expect(deck.state.withLock { $0.commands.last?.actor } == "console")
        let prompts = PromptOrder(
            requests: ["a", nil].map { PromptRequest(adapter: $0, content: .raw("x"), maxTokens: 2, origin: "console") }
        )
        let answer = try await server.post(
            "/deck/v1/prompt", String(decoding: JSONValue.encoding(prompts).text, as: UTF8.self))
        let frames = try answer.body.split(separator: "\n").map {
            try JSONValue.parse(Array($0.utf8), source: "frame").decoded(as: PromptFrame.self)
        }
        #expect(frames.count == 8)
        for prompt in 0...1 {
            guard case .finished = frames.last(where: { $0.prompt == prompt })?.update else {
                Issue.record("prompt \(prompt) did not finish")
                continue
            }
        }
        #expect(try await server.post("/deck/v1/command", #"{"command":{"drop":{}}}"#).status == 400)
        await server.stop()
    }
}

import DeckCore
import DeckWire
import Foundation
import HTTPClient
import Synchronization
import TestSupport
import Testing

@testable import RemoteEngines

/// Peers on loopback that send what no engine sends.
@Suite("Hostile peers", .serialized) struct HostilePeerTests {
    /// A loradeck whose stream `send` writes.
    private func loradeck(_ stream: @escaping @Sendable ((String) -> Bool) -> Void) throws -> FakeServer {
        try FakeServer(stream: { path, send in
            if path == "/deck/v1/stream" {
                guard send("HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n") else { return }
                stream(send)
            } else {
                let list = #"{"object":"list","data":[{"id":"smol","owned_by":"loradeck","parent":null}]}"#
                _ = send("HTTP/1.1 200 OK\r\nContent-Length: \(list.utf8.count)\r\n\r\n\(list)")
            }
        })
    }

    private func frame(index: Int = 1, adapters: Int = 0) throws -> String {
        var encoder = DeckStreamEncoder()
        return String(
            decoding: try encoder.encode(FullSnapshot.make(index: index, adapters: adapters)), as: UTF8.self) + "\n"
    }

    /// What the deck at a server's port says when it cannot be shown.
    private func reason(_ server: FakeServer, patience: Double = 30) async -> String {
        let deck = LoradeckDeck(HTTPAddress(loopbackPort: server.port), key: nil, patience: patience)
        defer { deck.stop() }
        return await deck.start().values.first ?? "it is shown"
    }

    @Test("empty lines and single bytes are no answer", arguments: ["\n", " \r\n", "x"])
    func drips(piece: String) async throws {
        let server = try loradeck { send in while send(piece) { usleep(20_000) } }
        defer { server.stop() }
        #expect(await reason(server, patience: 0.5) == "no frame of its stream has come for 1 s")
    }

    @Test("a frame that never ends is no answer")
    func endlessFrame() async throws {
        let text = try frame()
        let server = try loradeck { send in
            for byte in text.dropLast() where !send(String(byte)) { return }
            while send(" ") { usleep(20_000) }
        }
        defer { server.stop() }
        #expect(await reason(server, patience: 0.5) == "no frame of its stream has come for 1 s")
    }

    @Test("a first frame that cannot be is said with field and value")
    func wrongAtOnce() async throws {
        let text = try frame()
            .replacingOccurrences(of: "\"pageBytes\":32768", with: "\"pageBytes\":4611686018427387904")
        let server = try loradeck { send in _ = send(text) }
        defer { server.stop() }
        #expect(await reason(server) == "engine sent pool.pageBytes 4611686018427387904: more than 2^36")
    }

    @Test("more adapters than are shown are refused by their number")
    func tooMany() async throws {
        let text = try frame(adapters: 20_000)
        let server = try loradeck { send in while send(text) {} }
        defer { server.stop() }
        #expect(await reason(server) == "engine sent adapters 20006 elements: more than 10000")
    }

    @Test("a wrong frame after good ones ends the line, and the next good one brings it back")
    func wrongLater() async throws {
        let (good, again) = (try frame(), try frame(index: 5))
        let wrong = good.replacingOccurrences(of: "\"uptime\":192", with: "\"uptime\":-1")
        let opened = Mutex(0)
        let server = try loradeck { send in
            let isFirst = opened.withLock { count in
                count += 1
                return count == 1
            }
            guard isFirst else {
                while send(again) { usleep(50_000) }
                return
            }
            _ = send(good) && send(wrong)
        }
        defer { server.stop() }
        let deck = LoradeckDeck(HTTPAddress(loopbackPort: server.port), key: nil)
        defer { deck.stop() }
        #expect(await deck.start().isEmpty)
        var troubles: [String?] = []
        for await shown in deck.snapshots() {
            let trouble = shown.replicas.count == 1 ? shown.replicas[0].state.trouble : nil
            if troubles.last != .some(trouble) { troubles.append(trouble) }
            if trouble != nil { #expect(shown.disabled.count == DeckAction.allCases.count) }
            if shown.time == FullSnapshot.start.addingTimeInterval(5) { break }
        }
        #expect(troubles.compactMap(\.self) == ["engine sent uptime -1: less than 0"])
        #expect(troubles.last == .some(nil))
    }

    @Test("a hundred thousand models are refused by their number")
    func manyModels() async throws {
        let cards = (0..<100_000).map { #"{"id":"m\#($0)","owned_by":"vllm","parent":"base"}"# }.joined(separator: ",")
        let list = #"{"object":"list","data":[{"id":"base","owned_by":"vllm","parent":null},\#(cards)]}"#
        let server = try FakeServer { _, _ in
            ["HTTP/1.1 200 OK\r\nContent-Length: \(list.utf8.count)\r\n\r\n", list]
        }
        defer { server.stop() }
        let deck = await Attachment.open([HTTPAddress(loopbackPort: server.port)], key: nil)
        defer { deck.stop() }
        #expect(await deck.start().values.first == "engine sent /v1/models data 100001 elements: more than 10000")
    }

    @Test("an answer's stream that cannot be is an error in words")
    func wrongAnswer() throws {
        let event = try #require(AnswerEvent(#"{"content":"a","tokens":[-5],"id_slot":0}"#, dialect: .llama))
        #expect(event.error == "engine sent tokens[0] -5: less than 0")
        let long = try #require(AnswerEvent(#"{"content":"a","tokens":[9223372036854775807]}"#, dialect: .llama))
        #expect(long.error == "engine sent tokens[0] 9223372036854775807: more than 2^48")
        #expect(AnswerEvent(#"{"content":"a","tokens":[5],"id_slot":-1}"#, dialect: .llama)?.error == nil)
    }

    @Test("an engine that serves other names at every look is not remembered without end")
    func endlessNames() async throws {
        let looks = Mutex(0)
        let server = try FakeServer { path, _ in
            let body: String
            switch path {
            case "/v1/models":
                let look = looks.withLock { count in
                    count += 1
                    return count
                }
                let cards = (0..<9_000).map { #"{"id":"m\#(look)-\#($0)","owned_by":"vllm","parent":"base"}"# }
                body =
                    #"{"object":"list","data":[{"id":"base","owned_by":"vllm","parent":null},"#
                    + cards.joined(separator: ",") + "]}"
            case "/version": body = #"{"version":"0.32.0"}"#
            default: return ["HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"]
            }
            return ["HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n", body]
        }
        defer { server.stop() }
        let replica = Replica(HTTPAddress(loopbackPort: server.port), name: "gpu", key: nil)
        var most = 0
        for _ in 0..<6 {
            await replica.look()
            most = max(most, replica.report.known.count)
        }
        #expect(replica.report.reading?.adapters.count == 9_000)
        #expect(most > 9_000 && most <= Replica.mostKnown + 9_000, "\(most)")
    }
}

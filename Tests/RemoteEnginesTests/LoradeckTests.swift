import DeckCore
import DeckWire
import Foundation
import HTTPClient
import ModelFiles
import Testing

@testable import RemoteEngines

@Suite("Another loradeck") struct LoradeckTests {
    private func snapshot(_ index: Int, tokens: Double = 1, pages: [UInt16] = [0, 1, 1]) -> DeckSnapshot {
        let adapter = AdapterSnapshot(
            name: "a", digest: nil, tenant: "t", state: .resident, isPinned: true, facts: nil, proof: nil, pages: 2,
            pagesNeeded: 2, overheadBytes: 5, kvPages: 0, running: 1, waiting: 0, tokensPerSecond: tokens,
            timeToFirstToken: nil, interTokenLatency: nil, hits: 1, loads: 1, evictions: 0, requestsFinished: 0,
            tokensGenerated: 3, lastUsed: nil, lastLoadSeconds: 0.5)
        return DeckSnapshot(
            index: index, time: Date(timeIntervalSinceReferenceDate: Double(index)), uptime: Double(index),
            deck: DeckIdentity(
                kind: .embedded, baseName: "smol", baseDigest: nil, summary: "llama", contextLength: 8192, threads: 2),
            disabled: [.resize: "why"], adapters: [adapter], base: adapter,
            pool: PoolSnapshot(
                pageBytes: 1024, tokensPerPage: 16, owners: [.free, .adapter(name: "a", phase: .pinned)], pages: pages,
                freePages: 1, kvPages: 0, adapterPages: 2, evictablePages: 0, ownerOverheadBytes: [0, 5],
                prefixes: PrefixSnapshot(), spills: nil), requests: [], step: nil, recentSteps: [], events: [],
            tokensPerSecond: tokens, promptTokensPerSecond: 0,
            process: ProcessUsage(residentBytes: 1, processorShare: 0.1))
    }

    private func frames(_ snapshots: [DeckSnapshot]) throws -> [String] {
        var encoder = DeckStreamEncoder()
        return try snapshots.map { String(decoding: try encoder.encode($0), as: UTF8.self) + "\n" }
    }

    private func deck(_ answers: [String: FakeEngine.Answer]) throws -> FakeEngine {
        var answers = answers
        answers["/v1/models"] = .init(
            body: #"{"object":"list","data":[{"id":"smol","owned_by":"loradeck","parent":null}]}"#)
        return try FakeEngine(answers)
    }

    @Test("the stream is shown whole, pages too; it is found out by itself")
    func stream() async throws {
        let server = try deck([
            "/deck/v1/stream": .init(body: "", pieces: frames([snapshot(1), snapshot(2, tokens: 7)]))
        ])
        defer { server.stop() }
        let deck = await Attachment.open([server.address], key: nil)
        defer { deck.stop() }
        #expect(deck is LoradeckDeck)
        #expect(await deck.start().isEmpty)
        var shown: DeckSnapshot?
        for await next in deck.snapshots() {
            shown = next
            if next.tokensPerSecond == 7 { break }
        }
        let last = try #require(shown)
        #expect(last.pool.pages == [0, 1, 1] && last.pool.owners.count == 2 && last.adapters[0].isPinned)
        #expect(last.deck.kind == .loradeck && last.deck.address == server.address.description)
        #expect(last.replicas.map(\.engine) == [.loradeck])
        #expect(last.index == 2)
    }

    @Test("a stream that ends disables everything with the reason, and comes back")
    func reconnects() async throws {
        let server = try deck(["/deck/v1/stream": .init(body: "", pieces: frames([snapshot(1)]))])
        defer { server.stop() }
        let deck = LoradeckDeck(server.address, key: nil)
        defer { deck.stop() }
        #expect(await deck.start().isEmpty)
        var sawEnd = false
        for await next in deck.snapshots() {
            if next.disabled[.prompt] != nil {
                sawEnd = true
                #expect(next.disabled[.prompt] == "the deck does not answer: the deck ended the stream")
                if case .stale = next.replicas[0].state {} else { Issue.record("\(next.replicas[0].state)") }
                server["/deck/v1/stream"] = .init(body: "", pieces: try frames([snapshot(9, tokens: 3)]))
            } else if sawEnd, next.tokensPerSecond == 3 {
                #expect(next.disabled == [.resize: "why"])
                break
            }
        }
        #expect(sawEnd)
    }

    @Test(
        "what is no stream is said: a key is wanted, garbage, frames that do not fit",
        arguments: [
            (401, #"{"error":{"message":"a key is needed"}}"#, "a key is needed: give --key"),
            (200, "nonsense\n", "the deck's stream"),
            (200, #"{"since": 4, "patch": {}}"# + "\n", "follows snapshot 4"),
        ])
    func refusals(status: Int, body: String, reason: String) async throws {
        let server = try deck(["/deck/v1/stream": .init(status: status, body: body)])
        defer { server.stop() }
        let deck = LoradeckDeck(server.address, key: nil)
        defer { deck.stop() }
        let reasons = await deck.start()
        #expect(reasons.values.first?.contains(reason) == true, "\(reasons)")
    }

    @Test("commands and prompts go through its own routes, compared prompts in one call")
    func orders() async throws {
        let outcome = try JSONValue.encoding(CommandOutcome.refused("pinned")).text
        let lines = try [
            PromptFrame(prompt: 1, update: .started(RequestID(7), promptTokens: [1])),
            PromptFrame(prompt: 0, update: .failed(.unknownAdapter, "no adapter x")),
            PromptFrame(prompt: 1, update: .token(id: 4, text: "Hi", logprob: nil, top: [])),
            PromptFrame(
                prompt: 1,
                update: .finished(.stop, text: "", promptLogprobs: [], timeline: RequestTimeline(finished: 1))),
            PromptFrame(prompt: 9, update: .failed(.internal, "nobody's")),
        ].map { String(decoding: try JSONValue.encoding($0).text, as: UTF8.self) + "\n" }
        let server = try deck([
            "/deck/v1/command": .init(body: String(decoding: outcome, as: UTF8.self)),
            "/deck/v1/prompt": .init(body: "", pieces: lines),
        ])
        defer { server.stop() }
        let deck = LoradeckDeck(server.address, key: nil)
        let only = DeckCommand.only(replica: server.address.place, .evict(adapter: "a", digest: nil, mode: .abort))
        #expect(await deck.perform(only, by: "me") == .refused("pinned"))
        let body = try #require(server.bodies("/deck/v1/command").first)
        let order = try JSONValue.parse(Array(body.utf8), source: "order").decoded(as: CommandOrder.self)
        #expect(order == CommandOrder(command: .evict(adapter: "a", digest: nil, mode: .abort), actor: "me"))

        let requests = ["x", nil].map { PromptRequest(adapter: $0, content: .raw("Hi"), maxTokens: 2, origin: "me") }
        let streams = deck.submit(requests)
        let first = await streams[0].reduce(into: []) { $0.append($1) }
        let second = await streams[1].reduce(into: []) { $0.append($1) }
        #expect(first == [.failed(.unknownAdapter, "no adapter x")])
        #expect(second.count == 3)
        #expect(server.bodies("/deck/v1/prompt").count == 1)
        server["/deck/v1/prompt"] = .init(body: "", pieces: [lines[0]])
        let broken = await deck.submit(requests)[1].reduce(into: []) { $0.append($1) }
        #expect(broken.last == .failed(.internal, "the answer broke off"))
    }

    @Test("in a fleet it is summed with the others")
    func fleet() async throws {
        let server = try deck([
            "/deck/v1/snapshot": .init(
                body: String(decoding: try JSONValue.encoding(snapshot(3)).text, as: UTF8.self)),
            "/metrics": .init(body: "vllm:generation_tokens_total 5\nvllm:num_requests_running 1\n"),
        ])
        let vllm = try FakeEngine.vllm(["b"])
        defer {
            server.stop()
            vllm.stop()
        }
        let deck = await Attachment.open([server.address, vllm.address], key: nil)
        defer { deck.stop() }
        #expect(await deck.start().isEmpty)
        for await shown in deck.snapshots() {
            #expect(shown.adapters.map(\.name) == ["a", "b"])
            #expect(shown.replicas.map(\.engine) == [.loradeck, .vllm])
            #expect(shown.replicas[0].kvUsage == 2.0 / 3 && shown.unknown[.pages] != nil)
            break
        }
    }

    @Test("lines come whole, wherever they are split, without empty ones")
    func lines() throws {
        var lines = FrameLines()
        func feed(_ text: String) throws -> [String] {
            try lines.feed(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(try feed("ab").isEmpty)
        #expect(try feed("c\n\r\n\nde\nf") == ["abc", "de"])
        #expect(try feed("\n") == ["f"])
    }
}

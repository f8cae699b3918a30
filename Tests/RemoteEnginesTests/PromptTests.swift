import DeckCore
import Foundation
import HTTPClient
import Testing

@testable import RemoteEngines

@Suite("Prompts to engines elsewhere") struct PromptTests {
    private func request(_ adapter: String?, _ content: PromptRequest.Content = .raw("Hello")) -> PromptRequest {
        PromptRequest(adapter: adapter, content: content, maxTokens: 4, origin: "test")
    }

    private func all(_ stream: AsyncStream<PromptUpdate>) async -> [PromptUpdate] {
        await stream.reduce(into: []) { $0.append($1) }
    }

    @Test("vLLM's recorded chat stream: text, tokens, end and the time of the first token")
    func chat() async throws {
        let engine = try FakeEngine.vllm(["bench-0001"])
        defer { engine.stop() }
        engine["/v1/chat/completions"] = .init(body: "", pieces: [try Recorded.text("vllm-0.32.0-chat-stream.txt")])
        let deck = FleetDeck([engine.address], key: nil)
        #expect(await deck.start().isEmpty)
        defer { deck.stop() }
        let updates = await all(
            deck.submit([request("bench-0001", .chat([ChatMessage(role: "user", content: "Hi")]))])[0])
        guard case .started(_, let prompt) = updates.first,
            case .finished(let reason, _, _, let timeline) = updates.last
        else {
            Issue.record("\(updates)")
            return
        }
        var text = ""
        var tokens = 0
        for case .token(_, let piece, _, _) in updates {
            text += piece
            tokens += 1
        }
        #expect(text == "Hi! How can" && tokens == 4 && reason == .length && prompt.isEmpty)
        let first = try #require(timeline.firstToken)
        let end = try #require(timeline.finished)
        #expect(first > 0 && end >= first)
        let body = try #require(engine.bodies("/v1/chat/completions").first)
        #expect(body.contains(#""model":"bench-0001""#) && body.contains(#""return_token_ids":true"#))
    }

    @Test("token ids, several in one event, and an answer that is refused")
    func tokens() async throws {
        let engine = try FakeEngine.vllm(["a"])
        defer { engine.stop() }
        engine["/v1/completions"] = .init(
            body: "",
            pieces: [
                #"data: {"choices":[{"text":"Good ","token_ids":[5,6],"prompt_token_ids":[1,2,3],"finish_reason":null}]}"#
                    + "\n\n",
                #"data: {"choices":[{"text":"day","token_ids":[7],"finish_reason":"stop"}]}"# + "\n\ndata: [DONE]\n\n",
            ])
        let deck = FleetDeck([engine.address], key: nil)
        #expect(await deck.start().isEmpty)
        defer { deck.stop() }
        let updates = await all(deck.submit([request("a")])[0])
        guard case .started(_, let prompt) = updates.first else {
            Issue.record("\(updates)")
            return
        }
        #expect(prompt == [1, 2, 3])
        let ids = updates.compactMap { if case .token(let id, _, _, _) = $0 { id } else { nil } }
        #expect(ids == [5, 6, 7])
        engine["/v1/completions"] = .init(status: 404, body: try Recorded.text("vllm-0.32.0-unknown-model.json"))
        let refused = await all(deck.submit([request("a")])[0])
        #expect(refused == [.failed(.unknownAdapter, "The model `nope` does not exist. Valid aliases: base.")])
        #expect(await all(deck.submit([request("nobody")])[0]) == [.failed(.unknownAdapter, "no engine serves nobody")])
    }

    @Test("llama.cpp gets every adapter's scale, so that the base is the base, and no cached prefix")
    func llama() async throws {
        let engine = try FakeEngine.llama()
        defer { engine.stop() }
        engine["/apply-template"] = .init(body: #"{"prompt":"<|im_start|>user\nHi"}"#)
        engine["/tokenize"] = .init(body: #"{"tokens":[1,4093]}"#)
        engine["/completion"] = .init(
            body: "",
            pieces: [
                #"data: {"content":"Yo","tokens":[88],"stop":false,"id_slot":2}"# + "\n\n",
                #"data: {"content":"","tokens":[],"stop":true,"stop_type":"limit","id_slot":2}"# + "\n\n",
            ])
        let deck = FleetDeck([engine.address], key: nil)
        #expect(await deck.start().isEmpty)
        defer { deck.stop() }
        let chat = PromptRequest.Content.chat([ChatMessage(role: "user", content: "Hi")])
        for (adapter, scales) in [(nil, [0, 0, 0, 0]), ("bench-0002", [0, 0, 1, 0])] as [(String?, [Int])] {
            let updates = await all(deck.submit([request(adapter, chat)])[0])
            #expect(updates.count == 3 && updates.contains(.token(id: 88, text: "Yo", logprob: nil, top: [])))
            if case .started(_, let prompt) = updates[0] { #expect(prompt == [1, 4093]) }
            let body = try #require(engine.bodies("/completion").last)
            struct Body: Decodable {
                let prompt: [Int]
                let cache_prompt: Bool
                let lora: [LlamaClient.Scale]
            }
            let sent = try JSONDecoder().decode(Body.self, from: Data(body.utf8))
            #expect(sent.prompt == [1, 4093] && !sent.cache_prompt)
            #expect(sent.lora == scales.enumerated().map { LlamaClient.Scale(id: $0, scale: Double($1)) })
        }
    }

    @Test("an abort closes the connection, and the prompt is shown as aborted")
    func abort() async throws {
        let engine = try FakeEngine.vllm(["a"])
        defer { engine.stop() }
        let deck = FleetDeck([engine.address], key: nil)
        #expect(await deck.start().isEmpty)
        defer { deck.stop() }
        engine.slow(2)
        let stream = deck.submit([request("a")])[0]
        #expect(await holds { await first(deck)?.requests.isEmpty == false })
        let id = try #require(await first(deck)?.requests.first?.id)
        #expect(await deck.perform(.abort(id), by: "test").succeeded)
        #expect(await !deck.perform(.abort(RequestID(999)), by: "test").succeeded)
        _ = await all(stream)
        #expect(await holds { await first(deck)?.requests.first?.phase.isLive == false })
    }

    private func first(_ deck: FleetDeck) async -> DeckSnapshot? {
        for await snapshot in deck.snapshots() { return snapshot }
        return nil
    }

    @Test("compared prompts go to one engine that has all they ask for, the least busy")
    func routing() async throws {
        let both = try FakeEngine.vllm(["a", "b"])
        let one = try FakeEngine.vllm(["a"])
        let answer = FakeEngine.Answer(
            body: "", pieces: [#"data: {"choices":[{"text":"x","finish_reason":"stop"}]}"# + "\n\n"])
        for engine in [both, one] { engine["/v1/completions"] = answer }
        defer {
            both.stop()
            one.stop()
        }
        let deck = FleetDeck([one.address, both.address], key: nil)
        #expect(await deck.start().isEmpty)
        defer { deck.stop() }
        for stream in deck.submit([request("a"), request("b"), request(nil)]) { _ = await all(stream) }
        #expect(both.bodies("/v1/completions").count == 3 && one.bodies("/v1/completions").isEmpty)
    }
}

import DeckCore
import Foundation
import Synchronization
import Testing

@testable import ServingAPI

/// After 200 the next request sees the adapter, though the newest snapshot is from before.
@Suite("Read your writes") struct ReadYourWritesTests {
    private func load(_ server: TestServer, _ name: String, _ more: String = "") async throws -> RawAnswer {
        try await server.post("/v1/load_lora_adapter", #"{"lora_name": "\#(name)", "lora_path": "\#(name)"\#(more)}"#)
    }

    @Test("a loaded adapter is there for every route at once, and gone for every route when it is unregistered")
    func everyRoute() async throws {
        let deck = ScriptedDeck(adapters: ["a"], showsOneMoment: true)
        let server = try await TestServer.start(deck)
        // The moment that snapshots show is over.
        #expect(try await server.get("/deck/v1/snapshot").status == 200)
        for index in 0..<10 {
            let name = "n\(index)"
            #expect(try await load(server, name).status == 200)
            #expect(try await server.get("/v1/models/\(name)").status == 200)
            #expect(try await server.get("/v1/models").body.contains("\"\(name)\""))
            #expect(try await server.get("/deck/v1/snapshot").body.contains("\"\(name)\""))
            #expect(try await server.post("/tokenize", #"{"model": "\#(name)", "prompt": "x"}"#).status == 200)
            let again = try await server.post(
                "/v1/load_lora_adapter", #"{"lora_name": "\#(name)", "lora_path": "elsewhere"}"#)
            #expect(again.status == 400 && again.body.contains("already been loaded"))
            #expect(try await server.post("/v1/unload_lora_adapter", #"{"lora_name": "\#(name)"}"#).status == 200)
            // Out of the pool it stays registered; from the same place it may be loaded again.
            #expect(try await server.get("/v1/models/\(name)").status == 200)
            #expect(try await load(server, name).status == 200)
            let order = #"{"command": {"unregister": {"adapter": "\#(name)"}}, "actor": "x"}"#
            #expect(try await server.post("/deck/v1/command", order).status == 200)
            #expect(try await server.get("/v1/models/\(name)").status == 404)
            #expect(try await server.post("/tokenize", #"{"model": "\#(name)", "prompt": "x"}"#).status == 404)
            #expect(try await server.post("/v1/unload_lora_adapter", #"{"lora_name": "\#(name)"}"#).status == 404)
            #expect(try await !server.get("/v1/models").body.contains("\"\(name)\""))
        }
        await server.stop()
    }

    @Test("an adapter that the engine took out a moment before is unloaded already")
    func unloadedMeanwhile() async throws {
        let deck = ScriptedDeck(adapters: ["a"], showsOneMoment: true)
        let server = try await TestServer.start(deck)
        deck.state.withLock { $0.cold = ["a"] }
        #expect(try await server.post("/v1/unload_lora_adapter", #"{"lora_name": "a"}"#).status == 200)
        #expect(deck.state.withLock { $0.commands.isEmpty })
        deck.state.withLock { state in
            state.cold = []
            state.outcome = .refused("a is pinned; unpin it first")
        }
        #expect(try await server.post("/v1/unload_lora_adapter", #"{"lora_name": "a"}"#).status == 400)
        await server.stop()
    }

    @Test("a name is found in either form of Unicode, and its card has the one that it is kept in")
    func canonical() async throws {
        let deck = ScriptedDeck(adapters: ["caf\u{E9}"], showsOneMoment: true)
        let server = try await TestServer.start(deck)
        for spelling in ["caf%C3%A9", "cafe%CC%81"] {
            let answer = try await server.get("/v1/models/\(spelling)")
            #expect(answer.status == 200 && answer.body.utf8.count > 0)
            #expect(answer.body.unicodeScalars.contains("\u{E9}") && !answer.body.unicodeScalars.contains("\u{301}"))
        }
        let body = #"{"model": "cafe\u0301", "prompt": "x", "max_tokens": 1}"#
        #expect(try await server.post("/v1/completions", body).status == 200)
        #expect(deck.state.withLock { $0.requests.last?.adapter.map { Array($0.utf8) } } == Array("caf\u{E9}".utf8))
        await server.stop()
    }
}

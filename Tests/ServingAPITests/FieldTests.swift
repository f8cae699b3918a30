import DeckCore
import DeckWire
import Foundation
import ModelFiles
import TestSupport
import Synchronization
import Testing

@testable import ServingAPI

/// Nothing of a request is dropped in silence (invariant 13).
@Suite("Fields of requests") struct FieldTests {
    private static let tables: [(table: FieldTable, path: String, base: [String: JSONValue])] = [
        (.completions, "/v1/completions", ["prompt": "x", "max_tokens": .int(1)]),
        (
            .chat, "/v1/chat/completions",
            ["messages": [["role": "user", "content": "Hi"]], "max_tokens": .int(1)]
        ),
        (.tokenize, "/tokenize", ["prompt": "x"]), (.detokenize, "/detokenize", ["tokens": [.int(72)]]),
        (.loadAdapter, "/v1/load_lora_adapter", ["lora_name": "a"]),
        (.unloadAdapter, "/v1/unload_lora_adapter", ["lora_name": "a"]),
    ]

    private func text(_ members: [String: JSONValue]) -> String {
        String(decoding: JSONValue.object(members).text, as: UTF8.self)
    }

    private func error(_ answer: RawAnswer) throws -> (message: String, param: String) {
        let error = try #require(try answer.json["error"])
        return (error["message"]?.string ?? "", error["param"]?.string ?? "")
    }

    private func refusal(_ body: String, of table: FieldTable) throws -> (reason: String, path: String) {
        let members = try #require(try JSONValue.parse(Array(body.utf8), source: "test").object)
        let fault = try #require(table.fault(in: members), "\(body)")
        return (fault.reason, fault.path)
    }

    @Test(
        "A request to the base that asks for an adapter is told that model names it",
        arguments: [
            (#""lora_path":"x""#, "lora_path"), (#""lora":"x""#, "lora"), (#""lora":[{"id":0,"scale":1}]"#, "lora"),
            (#""adapter_id":"x""#, "adapter_id"), (#""parameters":{"adapter_id":"x"}"#, "parameters.adapter_id"),
            (#""adapters":["x"]"#, "adapters"), (#""lora_adapter":"x""#, "lora_adapter"),
            (#""lora_request":{"lora_name":"x"}"#, "lora_request"), (#""adapter_name":"x""#, "adapter_name"),
            (#""options":{"adapter":"x"}"#, "options.adapter"), (#""extra_body":{"lora":"x"}"#, "extra_body.lora"),
        ])
    func adapters(member: String, path: String) async throws {
        let deck = ScriptedDeck()
        let server = try await TestServer.start(deck)
        for (endpoint, rest) in [
            ("/v1/completions", #""prompt":"x""#),
            ("/v1/chat/completions", #""messages":[{"role":"user","content":"x"}]"#),
        ] {
            let answer = try await server.post(endpoint, #"{"model":"base",\#(rest),"max_tokens":1,\#(member)}"#)
            #expect(answer.status == 400, "\(endpoint) \(member)")
            let error = try error(answer)
            #expect(error.param == path && error.message.contains("`model` names the adapter"), "\(error)")
        }
        #expect(deck.state.withLock { $0.begun } == 0)
        await server.stop()
    }

    @Test(
        "A field that is not honoured is refused with the way out",
        arguments: [
            (#"{"prompt":"x","grammar":"root"}"#, "grammar", "json_object"),
            (#"{"prompt":"x","regex":"a+"}"#, "regex", "json_object"),
            (#"{"prompt":"x","n_predict":5}"#, "n_predict", "use max_tokens"),
            (#"{"prompt":"x","max_new_tokens":5}"#, "max_new_tokens", "use max_tokens"),
            (#"{"prompt":"x","mirostat":2}"#, "mirostat", "temperature"),
            (#"{"prompt":"x","priority":3}"#, "priority", "weights"),
            (#"{"prompt":"x","temprature":0}"#, "temprature", "nearest in /v1/completions is temperature"),
            (#"{"prompt":"x","max_token":3}"#, "max_token", "is max_tokens"),
            (#"{"prompt":"x","maxTokens":3}"#, "maxTokens", "is max_tokens"),
            (#"{"prompt":"x","topp":0.5}"#, "topp", "is top_p"),
            (#"{"prompt":"x","repeat_penalty":1.1}"#, "repeat_penalty", "use repetition_penalty"),
            (#"{"prompt":"x","messages":[{}]}"#, "messages", "/v1/chat/completions"),
            (#"{"prompt":"x","xyzzy":1}"#, "xyzzy", "leave it out"),
            (
                #"{"prompt":"x","stream":true,"stream_options":{"include_usag":true}}"#, "stream_options.include_usag",
                "include_usage"
            ),
            (
                #"{"prompt":"x","response_format":{"type":"json_object","json_schema":{"a":1}}}"#,
                "response_format.json_schema", "prompt"
            ),
            (#"{"prompt":"x","response_format":{"typ":"text"}}"#, "response_format.typ", "is type"),
            (#"{"prompt":"x","parameters":{"max_new_tokens":5}}"#, "parameters", "beside `model`"),
            (#"{"prompt":"x","reasoning_effort":"high"}"#, "reasoning_effort", "one part"),
        ])
    func refused(body: String, path: String, words: String) throws {
        let found = try refusal(body, of: .completions)
        #expect(found.path == path && found.reason.contains(path) && found.reason.contains(words), "\(found)")
    }

    @Test(
        "Chats are looked through to the last part",
        arguments: [
            (#"{"messages":[{"role":"user","content":"x"}],"best_of":2}"#, "best_of", "use n"),
            (#"{"messages":[{"role":"user","content":"x"}],"prompt":"y"}"#, "prompt", "messages"),
            (#"{"messages":[{"role":"user","contents":"x"}]}"#, "messages[0].contents", "is content"),
            (
                #"{"messages":[{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"1"}]}]}"#,
                "messages[1].tool_calls", "content"
            ),
            (
                #"{"messages":[{"role":"user","content":[{"type":"text","txt":"x"}]}]}"#, "messages[0].content[0].txt",
                "is text"
            ),
            (
                #"{"messages":[{"role":"user","content":[{"type":"text","text":"x"},{"type":"image_url","image_url":{"url":"u"}}]}]}"#,
                "messages[0].content[1].image_url", "text only"
            ),
            (#"{"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function"}]}"#, "tools", "prompt"),
            (
                #"{"messages":[{"role":"user","content":"x"}],"chat_template_kwargs":{"enable_thinking":true}}"#,
                "chat_template_kwargs", "message"
            ),
        ])
    func chats(body: String, path: String, words: String) throws {
        let found = try refusal(body, of: .chat)
        #expect(found.path == path && found.reason.contains(path) && found.reason.contains(words), "\(found)")
    }

    @Test("The other endpoints refuse by name too")
    func others() async throws {
        let deck = ScriptedDeck()
        let server = try await TestServer.start(deck)
        for (path, body, param, words) in [
            ("/tokenize", #"{"prompt":"x","add_special":true}"#, "add_special", "add_special_tokens"),
            ("/tokenize", #"{"promt":"x"}"#, "promt", "prompt"),
            ("/tokenize", #"{"content":"x"}"#, "content", "use prompt"),
            ("/tokenize", #"{"prompt":"x","messages":[{"role":"user","content":"x"}]}"#, "prompt", "either"),
            (
                "/tokenize", #"{"messages":[{"role":"user","content":"x"}],"add_special_tokens":true}"#,
                "add_special_tokens", "template"
            ),
            ("/detokenize", #"{"tokens":[72],"tokns":1}"#, "tokns", "tokens"),
            ("/v1/load_lora_adapter", #"{"lora_name":"a","pined":true}"#, "pined", "pinned"),
            ("/v1/load_lora_adapter", #"{"lora_name":"a","base_model_name":"b"}"#, "base_model_name", "configuration"),
            ("/v1/unload_lora_adapter", #"{"lora_name":"a","name":"b"}"#, "name", "use lora_name"),
            (
                "/deck/v1/command", #"{"command":{"load":{"adapter":"a"}},"actor":"x","readonly":true}"#, "readonly",
                "leave it out"
            ),
            (
                "/deck/v1/command", #"{"command":{"load":{"adapter":"a","pinned":true}},"actor":"x"}"#,
                "command.load.pinned", "leave it out"
            ),
            ("/deck/v1/prompt", #"{"requests":[],"request":1}"#, "request", "requests"),
        ] {
            let answer = try await server.post(path, body)
            #expect(answer.status == 400, "\(path) \(body): \(answer.body)")
            let error = try error(answer)
            #expect(error.param == param && error.message.contains(words), "\(error)")
        }
        #expect(deck.state.withLock { $0.begun == 0 && $0.commands.isEmpty })
        await server.stop()
    }

    @Test("A prompt's members are all read, and one more is not")
    func consolePrompts() throws {
        var sampling = SamplingParameters()
        sampling.logitBias = [5: 1]
        sampling.seed = .max
        let request = PromptRequest(
            adapter: "a", content: .chat([ChatMessage(role: "user", content: "x")]), maxTokens: 1, sampling: sampling,
            stop: ["y"], logprobs: 1, promptLogprobs: true, promptAlternatives: 2, forcedTokens: [1], ignoresEnd: true,
            format: .jsonObject, origin: "console", cacheSalt: "s")
        let tree = try JSONValue.encoding(request)
        let whole = try tree.decodedWhole(as: PromptRequest.self)
        #expect(whole.value == request && whole.unread == nil)
        var members = try #require(tree.object)
        var sample = try #require(members["sampling"]?.object)
        sample["topp"] = .int(1)
        members["sampling"] = .object(sample)
        let unread = try #require(try JSONValue.object(members).decodedWhole(as: PromptRequest.self).unread)
        #expect(unread.path == "sampling.topp" && unread.known.contains("topP"))
        // What a newer console says is optional, so that an older one is understood.
        members["promptAlternatives"] = nil
        members["cacheSalt"] = nil
        #expect(try JSONValue.object(members).decoded(as: PromptRequest.self).cacheSalt == nil)
    }

    @Test("A field that is null is not there, whatever its rule")
    func nulls() async throws {
        let server = try await TestServer.start(ScriptedDeck())
        for (table, path, base) in Self.tables {
            var members = base
            for rule in table.rules where members[rule.name] == nil { members[rule.name] = .null }
            let answer = try await server.post(path, text(members))
            #expect(answer.status == 200, "\(path): \(answer.body)")
        }
        await server.stop()
    }

    @Test("Every honoured field is read: a value that cannot be is refused by its name")
    func honouredFieldsAreRead() async throws {
        let server = try await TestServer.start(ScriptedDeck())
        for (table, path, base) in Self.tables {
            for rule in table.rules where rule.isHonoured {
                var members = base
                // No field is an array of an empty array.
                members[rule.name] = [[]]
                if rule.name == "stream_options" { members["stream"] = .bool(true) }
                if rule.name == "messages" { members["prompt"] = nil }
                let answer = try await server.post(path, text(members))
                #expect(answer.status == 400, "\(path) \(rule.name): \(answer.body)")
                guard answer.status == 400 else { continue }
                let error = try error(answer)
                #expect(error.param.hasPrefix(rule.name) && error.message.contains(rule.name), "\(path): \(error)")
            }
        }
        await server.stop()
    }

    @Test("Harmless fields change nothing, whatever they say")
    func harmless() async throws {
        let deck = ScriptedDeck()
        let server = try await TestServer.start(deck)
        for (table, path, base) in Self.tables.prefix(2) {
            var members = base
            for rule in table.rules { if case .harmless = rule.fate { members[rule.name] = ["x": [.int(1)]] } }
            #expect(members.count > 10)
            #expect(try await server.post(path, text(base)).status == 200)
            #expect(try await server.post(path, text(members)).status == 200)
        }
        let sent = deck.state.withLock { $0.requests }
        #expect(sent.count == 4 && sent[0] == sent[1] && sent[2] == sent[3])
        await server.stop()
    }

    @Test("A cache salt reaches the deck, and has bounds")
    func cacheSalt() async throws {
        let deck = ScriptedDeck()
        let server = try await TestServer.start(deck)
        for salt in [#""pepper""#, "null"] {
            let answer = try await server.post(
                "/v1/completions", #"{"prompt":"x","max_tokens":1,"cache_salt":\#(salt)}"#)
            #expect(answer.status == 200)
        }
        #expect(deck.state.withLock { $0.requests.map(\.cacheSalt) } == ["pepper", nil])
        for salt in [#""""#, "7", "\"\(String(repeating: "é", count: 129))\""] {
            let answer = try await server.post(
                "/v1/completions", #"{"prompt":"x","max_tokens":1,"cache_salt":\#(salt)}"#)
            #expect(try answer.status == 400 && error(answer).param == "cache_salt", "\(salt)")
        }
        await server.stop()
    }

    @Test("One slip of the hand names the field that was meant")
    func slips() {
        var random = SeededGenerator(seed: 7)
        let letters = Array("abcdefghijklmnopqrstuvwxyz_")
        var tried = 0
        for table in [FieldTable.completions, .chat, .batchLine] {
            for rule in table.rules where rule.isHonoured && rule.name.count >= 5 {
                for _ in 0..<20 {
                    var name = Array(rule.name)
                    let place = Int.random(in: 0..<name.count - 1, using: &random)
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: name.remove(at: place)
                    case 1: name.insert(letters.randomElement(using: &random)!, at: place)
                    case 2: name[place] = letters.randomElement(using: &random)!
                    default: name.swapAt(place, place + 1)
                    }
                    let slip = String(name)
                    guard table[slip] == nil else { continue }
                    tried += 1
                    let fault = table.fault(in: [slip: .int(1)])
                    #expect(fault?.reason.contains("nearest in \(table.title) is ") == true, "\(slip)")
                    #expect(NearestName.of(slip, among: [rule.name]) == rule.name, "\(slip)")
                }
            }
        }
        #expect(tried > 500)
    }

    @Test("Names that nobody could mean are near nothing")
    func farNames() {
        for name in ["", "x", "completely_different", String(repeating: "temperature", count: 500), "\u{0}", "🙂"] {
            #expect(NearestName.of(name, among: ["temperature", "top_p", "model"]) == nil, "\(name.prefix(30))")
        }
        #expect(NearestName.of("Temperature", among: ["temperature"]) == "temperature")
        #expect(NearestName.of("max-tokens", among: ["max_tokens"]) == "max_tokens")
        #expect(NearestName.of("tempreature", among: ["temperature", "temperatures"]) == "temperature")
    }

    /// `LORADECK_WRITE_GOLDENS=1` writes it anew.
    @Test("The page of fields is made from the tables, and the manual leads to it")
    func manual() throws {
        let file = Fixture.root.appendingPathComponent("Sources/ServingAPI/FIELDS.md")
        if ProcessInfo.processInfo.environment["LORADECK_WRITE_GOLDENS"] != nil {
            try FieldManual.text.write(to: file, atomically: true, encoding: .utf8)
        }
        let written = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        let wanted = FieldManual.text.split(separator: "\n")
        for (row, line) in wanted.enumerated() { #expect(written.dropFirst(row).first == line) }
        #expect(written.count == wanted.count)
        let readme = try String(
            contentsOf: Fixture.root.appendingPathComponent("README.md"), encoding: .utf8)
        #expect(readme.contains("(Sources/ServingAPI/FIELDS.md)"))
    }
}

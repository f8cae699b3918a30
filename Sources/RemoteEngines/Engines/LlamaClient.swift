import DeckCore
import DeckWire
import Foundation
import HTTPClient

/// llama.cpp's server.
struct LlamaClient: EngineClient {
    struct Props: Decodable, Sendable {
        struct Defaults: Decodable, Sendable { let n_ctx: Int? }

        /// There in llama.cpp's answer, whatever else is.
        let default_generation_settings: Defaults
        let total_slots: Int?
        let model_alias: String?
        let model_path: String?
        let model_ftype: String?
        let build_info: String?
        let is_sleeping: Bool?
    }

    struct Adapter: Decodable, Sendable, CheckedOnWire {
        static let wireBounds: [String: WireBounds] = ["scale": .signed]

        let id: Int
        let path: String
        let scale: Double?

        /// Its file without the suffix.
        var name: String { URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent }
    }

    struct Scale: Codable, Hashable, Sendable, CheckedOnWire {
        static let wireBounds: [String: WireBounds] = ["scale": .signed]

        let id: Int
        let scale: Double
    }

    private struct Prompt: Decodable { let prompt: String }
    private struct Tokens: Decodable, CheckedOnWire {
        static let wireBounds: [String: WireBounds] = ["tokens": .tokens]

        let tokens: [Int]
    }
    private struct Chat: Encodable { let messages: [ChatMessage] }

    private struct Text: Encodable {
        let content: String
        let add_special = true
        let parse_special: Bool
    }

    let line: EngineLine

    var kind: DeckIdentity.Kind { .llamaCpp }

    init(_ line: EngineLine) { self.line = line }

    func read() async throws -> EngineReading {
        async let props = line.need("/props", as: Props.self)
        async let adapters = line.look("/lora-adapters", as: [Adapter].self)
        async let slots = line.look("/slots", as: [LlamaSlot].self)
        async let metrics = line.look("/metrics")
        let page = try await metrics.map { MetricsPage($0, prefixes: ["llamacpp:"]) }
        return try Self.reading(
            try await props, adapters: try await adapters ?? [], slots: try await slots, metrics: page)
    }

    func perform(
        _ command: DeckCommand, by actor: String, path: @Sendable (String) -> String?
    ) async -> CommandOutcome {
        .refused(Self.disabled[command.action] ?? "\(command.commandLine): llama.cpp cannot do that")
    }

    /// One call of its native API, with the prompt's tokens: it names every token that it generates.
    func call(for request: PromptRequest) async throws -> PromptCall {
        let adapters = try await line.look("/lora-adapters", as: [Adapter].self) ?? []
        let wanted = try request.adapter.map { name in
            guard let adapter = adapters.first(where: { $0.name == name }) else {
                throw EngineTrouble("llama.cpp has no adapter \(name)")
            }
            return adapter.id
        }
        // It applies every adapter that it has to a request that names none.
        let scales = adapters.map { Scale(id: $0.id, scale: $0.id == wanted ? 1 : 0) }
        return try PromptCall.llama(request, tokens: try await tokens(of: request.content), scales: scales)
    }

    private func tokens(of content: PromptRequest.Content) async throws -> [Int] {
        switch content {
        case .tokens(let ids): return ids
        case .raw(let text):
            return try await post("/tokenize", Text(content: text, parse_special: false), as: Tokens.self).tokens
        case .chat(let messages):
            let prompt = try await post("/apply-template", Chat(messages: messages), as: Prompt.self).prompt
            return try await post("/tokenize", Text(content: prompt, parse_special: true), as: Tokens.self).tokens
        }
    }

    private func post<Body: Encodable, Value: Decodable>(
        _ path: String, _ body: Body, as type: Value.Type
    ) async throws -> Value {
        let reply = try await line.looks.post(path, try JSONEncoder().encode(body))
        guard reply.status == 200 else {
            throw EngineTrouble("\(path) answers \(reply.status): \(ServerComplaint.text(reply.body))")
        }
        return try EngineAnswer.value(reply.body, of: path)
    }

    static let loadsAtStart = "llama.cpp's server loads its adapters when it starts (--lora FILE)"
}

import DeckCore
import DeckWire
import Foundation
import HTTPClient
import ModelFiles

/// Finds out what answers at an address.
enum EngineProbe {
    /// Throws `EngineTrouble` with what is there instead, and what to do.
    static func identify(_ line: EngineLine) async throws -> any EngineClient {
        // Each of them names itself in its list of models.
        let models = try await line.looks.get("/v1/models")
        switch models.status {
        case 200: break
        case 401, 403:
            // llama.cpp and vLLM say what they are without a key; nothing else can be read so.
            throw EngineTrouble("\(line.address.place) wants a key: give --key or LORADECK_KEY")
        case 503: throw EngineTrouble("it is not ready: \(ServerComplaint.text(models.body))")
        default: throw EngineTrouble("there is no engine: /v1/models answers \(models.status)")
        }
        switch try owner(models.body) {
        case "loradeck": return LoradeckClient(line)
        case "vllm": return try await VLLMClient(line)
        case "sglang": return try await SGLangClient(line)
        case "llamacpp": return LlamaClient(line)
        case let other:
            // Names can be changed; these paths are each engine's own.
            if try await answers(line, "/props") { return LlamaClient(line) }
            if try await answers(line, "/get_model_info") { return try await SGLangClient(line) }
            if try await answers(line, "/version") { return try await VLLMClient(line) }
            let name = other.map { " (“\($0.prefix(40))”)" } ?? ""
            throw EngineTrouble("what answers\(name) is neither vLLM, SGLang, llama.cpp nor loradeck")
        }
    }

    /// Nil for what is no list of models. Throws for one that cannot be true.
    private static func owner(_ body: Data) throws -> String? {
        guard let tree = try? JSONValue.parse(Array(body), source: "/v1/models"), tree["data"]?.array != nil else {
            return nil
        }
        return try EngineAnswer.value(body, of: "/v1/models", as: ModelList.self).owner
    }

    private static func answers(_ line: EngineLine, _ path: String) async throws -> Bool {
        try await line.looks.get(path).status == 200
    }
}

import DeckCore
import Foundation
import HTTPClient

/// vLLM's OpenAI-compatible server.
struct VLLMClient: LoadingEngine {
    let line: EngineLine
    let version: String?
    /// Whether it loads adapters while it runs; nil when that cannot be told.
    let loadsAtRunTime: Bool?

    var kind: DeckIdentity.Kind { .vllm }

    private struct Version: Decodable { let version: String }

    init(_ line: EngineLine) async throws {
        self.line = line
        version = try await line.look("/version", as: Version.self)?.version
        // A path that takes POST only says so; one that is not there is not found.
        switch try await line.looks.get("/v1/load_lora_adapter").status {
        case 405: loadsAtRunTime = true
        case 404: loadsAtRunTime = false
        default: loadsAtRunTime = nil
        }
    }

    init(_ line: EngineLine, version: String?, loadsAtRunTime: Bool?) {
        self.line = line
        self.version = version
        self.loadsAtRunTime = loadsAtRunTime
    }

    func read() async throws -> EngineReading {
        async let models = line.need("/v1/models", as: ModelList.self)
        async let metrics = line.look("/metrics")
        let page = try await metrics.map { MetricsPage($0, prefixes: ["vllm:", "process_start_time_seconds"]) }
        var reading = try Self.reading(try await models, metrics: page)
        reading.version = version
        if loadsAtRunTime == false {
            for action in [DeckAction.load, .register, .evict, .unregister] {
                reading.disabled[action] =
                    "vLLM loads no adapters while it runs: start it with VLLM_ALLOW_RUNTIME_LORA_UPDATING=True"
            }
        }
        return reading
    }

    func load(name: String, path: String) async throws -> String {
        try await order("/v1/load_lora_adapter", LoraOrder(lora_name: name, lora_path: path))
    }

    func unload(name: String) async throws -> String {
        try await order("/v1/unload_lora_adapter", LoraOrder(lora_name: name))
    }

    private func order(_ path: String, _ order: LoraOrder) async throws -> String {
        let reply = try await line.orders.post(path, try order.body())
        guard reply.status == 200 else { throw EngineTrouble(ServerComplaint.text(reply.body)) }
        return String(decoding: reply.body.prefix(300), as: UTF8.self)
    }

    func call(for request: PromptRequest) async throws -> PromptCall {
        let base = try await line.need("/v1/models", as: ModelList.self).base?.id
        guard let model = request.adapter ?? base else { throw EngineTrouble("/v1/models lists no base model") }
        return try PromptCall.openAI(request, model: model, returnsTokens: true)
    }
}

import DeckCore
import Foundation
import HTTPClient

/// SGLang's server.
struct SGLangClient: LoadingEngine {
    /// What `/server_info` (`/get_server_info` before) says of how the server was started.
    struct ServerInfo: Decodable, Sendable {
        let version: String?
        let enable_lora: Bool?
        let max_loras_per_batch: Int?
    }

    private struct Outcome: Decodable {
        let success: Bool?
        let error_message: String?
    }

    let line: EngineLine
    let info: ServerInfo?

    var kind: DeckIdentity.Kind { .sglang }

    init(_ line: EngineLine) async throws {
        self.line = line
        if let info = try await line.look("/server_info", as: ServerInfo.self) {
            self.info = info
        } else {
            info = try await line.look("/get_server_info", as: ServerInfo.self)
        }
    }

    func read() async throws -> EngineReading {
        async let models = line.need("/v1/models", as: ModelList.self)
        async let metrics = line.look("/metrics")
        let page = try await metrics.map { MetricsPage($0, prefixes: ["sglang:", "process_start_time_seconds"]) }
        return try Self.reading(try await models, metrics: page, info: info)
    }

    func load(name: String, path: String) async throws -> String {
        try await order("/load_lora_adapter", LoraOrder(lora_name: name, lora_path: path))
        return "SGLang loaded \(name)"
    }

    func unload(name: String) async throws -> String {
        try await order("/unload_lora_adapter", LoraOrder(lora_name: name))
        return "SGLang unloaded \(name)"
    }

    private func order(_ path: String, _ order: LoraOrder) async throws {
        let reply = try await line.orders.post(path, try order.body())
        let outcome = try? EngineAnswer.value(reply.body, of: path, as: Outcome.self)
        guard reply.status == 200, outcome?.success != false else {
            throw EngineTrouble(ServerComplaint.text(reply.body))
        }
    }

    func call(for request: PromptRequest) async throws -> PromptCall {
        guard let base = try await line.need("/v1/models", as: ModelList.self).base?.id else {
            throw EngineTrouble("/v1/models lists no base model")
        }
        // Its API names an adapter behind the base.
        let model = request.adapter.map { "\(base):\($0)" } ?? base
        return try PromptCall.openAI(request, model: model, returnsTokens: false)
    }
}

extension SGLangClient {
    /// What SGLang's list of models, its metrics and its start say together.
    static func reading(_ models: ModelList, metrics page: MetricsPage?, info: ServerInfo?) throws(EngineTrouble)
        -> EngineReading
    {
        var reading = try models.reading()
        reading.version = info?.version
        reading.unknown = unknown
        reading.disabled = disabled
        if info?.enable_lora == false {
            for action in [DeckAction.load, .register, .evict, .unregister] {
                reading.disabled[action] = "SGLang serves no adapters: start it with --enable-lora"
            }
        }
        if let most = info?.max_loras_per_batch { reading.facts.append("\(most.counted("adapter")) in a batch") }
        guard let page, page.sampleCount > 0 else {
            for figure in [DeckFigure.load, .waits, .rates, .latency, .prefixes] {
                reading.unknown[figure] = "SGLang shows no metrics: start it with --enable-metrics"
            }
            return reading
        }
        reading.running = try count(page, "sglang:num_running_reqs")
        reading.waiting = try count(page, "sglang:num_queue_reqs")
        if reading.running == nil || reading.waiting == nil {
            reading.unknown[.load] = "SGLang's metrics do not count its requests"
        }
        if let waiting = reading.waiting, waiting > 0 {
            reading.waits = [WaitSummary(reason: "queued", count: waiting)]
        }
        reading.kvUsage = try page.largest("sglang:token_usage").map { min(1, $0) }
        if let used = try count(page, "sglang:lora_pool_slots_used"),
            let slots = try count(page, "sglang:lora_pool_slots_total")
        {
            reading.facts.append("\(used) of \(slots) adapter slots active")
        }
        if let tokens = try count(page, "sglang:max_total_num_tokens") { reading.facts.append("KV \(tokens) tokens") }
        reading.started = try page.processStart
        var counters: [Counter: Double] = [:]
        counters[.promptTokens] = try page.sum("sglang:prompt_tokens_total", "sglang:prompt_tokens")
        counters[.generatedTokens] = try page.sum("sglang:generation_tokens_total", "sglang:generation_tokens")
        counters[.finished] = try page.sum("sglang:num_requests_total", "sglang:num_requests")
        counters[.prefixHits] = try page.sum("sglang:cached_tokens_total", "sglang:cached_tokens")
        if counters[.prefixHits] != nil { counters[.prefixLookups] = counters[.promptTokens] }
        var histograms: [Latency: BucketCounts] = [:]
        histograms[.timeToFirstToken] = try page.histogram("sglang:time_to_first_token_seconds")
        histograms[.interToken] = try page.histogram(
            "sglang:inter_token_latency_seconds", "sglang:time_per_output_token_seconds")
        histograms[.queue] = try page.histogram("sglang:queue_time_seconds")
        reading.counts = CounterReading(counters: counters, histograms: histograms)
        if counters[.generatedTokens] == nil { reading.unknown[.rates] = "SGLang's metrics count no tokens" }
        if histograms[.timeToFirstToken] == nil, histograms[.interToken] == nil {
            reading.unknown[.latency] = "SGLang's metrics have no latency histograms"
        }
        if counters[.prefixHits] == nil { reading.unknown[.prefixes] = "SGLang's metrics count no cached tokens" }
        return reading
    }

    /// Schedulers of one engine that work on the same requests each count them; one of them is enough.
    private static func count(_ page: MetricsPage, _ name: String) throws(EngineTrouble) -> Int? {
        try page.count(name) {
            ($0.labels["tp_rank"] ?? "0") == "0" && ($0.labels["pp_rank"] ?? "0") == "0"
        }
    }

    private static let unknown: [DeckFigure: String] = [
        .pages: "SGLang does not show its pool's pages",
        .residency: "SGLang lists the adapters that it serves, not which of them are in memory",
        .adapterRequests: "SGLang's metrics have no adapter dimension",
        .adapterRates: "SGLang's metrics have no adapter dimension",
        .adapterLatency: "SGLang's metrics have no adapter dimension",
        .adapterCounts: "SGLang's metrics have no adapter dimension",
        .pins: "SGLang does not say which adapters are pinned",
        .proof: "SGLang does not measure an adapter's effect",
        .steps: "SGLang does not show its batches",
        .requests: "SGLang does not list requests; those sent from here are shown",
        .thrash: "SGLang does not count loads",
        .tenants: "SGLang knows no tenants",
        .process: "SGLang's engine runs in processes that its metrics do not show",
    ]

    private static let disabled: [DeckAction: String] = [
        .pin: "SGLang pins an adapter only when it loads it",
        .resize: "SGLang's pool is sized when it starts",
        .verify: "SGLang checks an adapter when it loads it",
        .rollback: "SGLang keeps no versions: unload the name, then load the other path under it",
        .admission: "SGLang cannot pause admission over HTTP",
    ]
}

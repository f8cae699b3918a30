import DeckCore
import Foundation

extension VLLMClient {
    /// What vLLM's list of models and its metrics say together.
    static func reading(_ models: ModelList, metrics page: MetricsPage?) throws(EngineTrouble) -> EngineReading {
        var reading = try models.reading()
        reading.unknown = unknown
        reading.disabled = disabled
        guard let page else {
            for figure in [DeckFigure.load, .waits, .rates, .latency, .prefixes] {
                reading.unknown[figure] = "vLLM does not show /metrics"
            }
            return reading
        }
        reading.running = try page.count("vllm:num_requests_running")
        reading.waiting = try page.count("vllm:num_requests_waiting")
        if reading.running == nil || reading.waiting == nil {
            reading.unknown[.load] = "vLLM's metrics do not count its requests"
        }
        let reasons = page["vllm:num_requests_waiting_by_reason"]
        if reasons.isEmpty, reading.waiting != 0 {
            reading.unknown[.waits] = "this vLLM does not say why requests wait"
        }
        var waits: [String: Int] = [:]
        for sample in reasons {
            let count = try sample.number(of: "vllm:num_requests_waiting_by_reason").map { Int($0) } ?? 0
            if count > 0 { waits[waitReason(sample.labels["reason"] ?? "unnamed"), default: 0] += count }
        }
        reading.waits = waits.map { WaitSummary(reason: $0.key, count: $0.value) }
            .sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }
        // Of several engines behind one server the fullest one counts.
        reading.kvUsage = try page.largest("vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc").map { min(1, $0) }
        reading.started = try page.processStart
        try readCounters(page, into: &reading)
        try readActivity(page, into: &reading)
        try readSizes(page, into: &reading)
        return reading
    }

    static func readCounters(_ page: MetricsPage, into reading: inout EngineReading) throws(EngineTrouble) {
        var counters: [Counter: Double] = [:]
        counters[.promptTokens] = try page.sum("vllm:prompt_tokens_total", "vllm:prompt_tokens")
        counters[.generatedTokens] = try page.sum("vllm:generation_tokens_total", "vllm:generation_tokens")
        counters[.finished] = try page.sum("vllm:request_success_total", "vllm:request_success")
        counters[.preemptions] = try page.sum("vllm:num_preemptions_total", "vllm:num_preemptions")
        counters[.prefixLookups] = try page.sum(
            "vllm:prefix_cache_queries_total", "vllm:prefix_cache_queries", "vllm:gpu_prefix_cache_queries_total",
            "vllm:gpu_prefix_cache_queries")
        counters[.prefixHits] = try page.sum(
            "vllm:prefix_cache_hits_total", "vllm:prefix_cache_hits", "vllm:gpu_prefix_cache_hits_total",
            "vllm:gpu_prefix_cache_hits")
        var histograms: [Latency: BucketCounts] = [:]
        histograms[.timeToFirstToken] = try page.histogram("vllm:time_to_first_token_seconds")
        histograms[.interToken] = try page.histogram(
            "vllm:inter_token_latency_seconds", "vllm:time_per_output_token_seconds")
        histograms[.queue] = try page.histogram("vllm:request_queue_time_seconds")
        histograms[.prefill] = try page.histogram("vllm:request_prefill_time_seconds")
        histograms[.decode] = try page.histogram("vllm:request_decode_time_seconds")
        reading.counts = CounterReading(counters: counters, histograms: histograms)
        if counters[.generatedTokens] == nil { reading.unknown[.rates] = "vLLM's metrics count no tokens" }
        if histograms[.timeToFirstToken] == nil, histograms[.interToken] == nil {
            reading.unknown[.latency] = "vLLM's metrics have no latency histograms"
        }
        if counters[.prefixLookups] == nil { reading.unknown[.prefixes] = "vLLM's metrics count no cached prefixes" }
    }

    /// A series stays for every combination of names that ever ran, valued by the time when it did: only the newest says
    /// what runs. Running and waiting names are the same set.
    private static func readActivity(_ page: MetricsPage, into reading: inout EngineReading) throws(EngineTrouble) {
        let series = page["vllm:lora_requests_info"].filter(\.value.isFinite)
        guard let newest = series.max(by: { $0.value < $1.value }) else {
            // The series appears with the first request for an adapter.
            for index in reading.adapters.indices { reading.adapters[index].isActive = false }
            return
        }
        // An idle engine writes no further series.
        let isIdle = reading.running == 0 && reading.waiting == 0
        let names = ["running_lora_adapters", "waiting_lora_adapters"].flatMap { label in
            (newest.labels[label] ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        let active = isIdle ? [] : Set(names)
        for index in reading.adapters.indices {
            reading.adapters[index].isActive = active.contains(reading.adapters[index].name)
        }
        if let most = try newest.count(inLabel: "max_lora", of: "vllm:lora_requests_info") {
            reading.facts.append("\(most.counted("adapter")) in a batch")
        }
    }

    private static func readSizes(_ page: MetricsPage, into reading: inout EngineReading) throws(EngineTrouble) {
        let name = "vllm:cache_config_info"
        guard let info = page[name].first, let blocks = try info.count(inLabel: "num_gpu_blocks", of: name),
            let size = try info.count(inLabel: "block_size", of: name)
        else { return }
        reading.facts.append("KV \(blocks.counted("block")) of \(size.counted("token"))")
    }

    /// vLLM's word for why a request waits, in ours.
    private static func waitReason(_ reason: String) -> String {
        switch reason {
        case "capacity": "batch or KV full"
        case "deferred": "deferred (adapter slots, transfers)"
        default: reason
        }
    }

    private static let unknown: [DeckFigure: String] = [
        .pages: "vLLM does not show its pool's pages",
        .residency: "vLLM lists the adapters that it serves, not which of them are in memory",
        .adapterRequests: "vLLM names the adapters in flight, without counts",
        .adapterRates: "vLLM's metrics have no adapter dimension",
        .adapterLatency: "vLLM's metrics have no adapter dimension",
        .adapterCounts: "vLLM's metrics have no adapter dimension",
        .pins: "vLLM has no pins over HTTP",
        .proof: "vLLM does not measure an adapter's effect",
        .steps: "vLLM does not show its batches",
        .requests: "vLLM does not list requests; those sent from here are shown",
        .thrash: "vLLM does not count loads",
        .tenants: "vLLM knows no tenants",
        .process: "vLLM's engine runs in processes that its metrics do not show",
    ]

    private static let disabled: [DeckAction: String] = [
        .pin: "vLLM has no pins over HTTP",
        .resize: "vLLM's pool is sized when it starts",
        .verify: "vLLM checks an adapter when it loads it",
        .rollback: "vLLM keeps no versions: load the other path under the name",
        .admission: "vLLM cannot pause admission over HTTP",
    ]
}

import DeckCore
import Foundation

extension VLLMClient {
    /// What vLLM's list of models and its metrics say together.
    static func reading(_ models: ModelList, metrics page: MetricsPage?) throws -> EngineReading {
        var reading = try models.reading()
        reading.unknown = unknown
        reading.disabled = disabled
        guard let page else {
            for figure in [DeckFigure.load, .waits, .rates, .latency, .prefixes] {
                reading.unknown[figure] = "vLLM does not show /metrics"
            }
            return reading
        }
        reading.running = page.sum("vllm:num_requests_running").map(count)
        reading.waiting = page.sum("vllm:num_requests_waiting").map(count)
        if reading.running == nil || reading.waiting == nil {
            reading.unknown[.load] = "vLLM's metrics do not count its requests"
        }
        let reasons = page["vllm:num_requests_waiting_by_reason"]
        if reasons.isEmpty, reading.waiting != 0 {
            reading.unknown[.waits] = "this vLLM does not say why requests wait"
        }
        var waits: [String: Int] = [:]
        for sample in reasons where sample.value >= 1 && sample.value.isFinite {
            waits[waitReason(sample.labels["reason"] ?? "unnamed"), default: 0] += count(sample.value)
        }
        reading.waits = waits.map { WaitSummary(reason: $0.key, count: $0.value) }
            .sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }
        // Of several engines behind one server the fullest one counts.
        reading.kvUsage = page.largest("vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc")
            .map { min(1, max(0, $0)) }
        reading.started = page.largest("process_start_time_seconds").map { Date(timeIntervalSince1970: $0) }
        readCounters(page, into: &reading)
        readActivity(page, into: &reading)
        readSizes(page, into: &reading)
        return reading
    }

    static func readCounters(_ page: MetricsPage, into reading: inout EngineReading) {
        var counters: [Counter: Double] = [:]
        counters[.promptTokens] = page.sum("vllm:prompt_tokens_total", "vllm:prompt_tokens")
        counters[.generatedTokens] = page.sum("vllm:generation_tokens_total", "vllm:generation_tokens")
        counters[.finished] = page.sum("vllm:request_success_total", "vllm:request_success")
        counters[.preemptions] = page.sum("vllm:num_preemptions_total", "vllm:num_preemptions")
        counters[.prefixLookups] = page.sum(
            "vllm:prefix_cache_queries_total", "vllm:prefix_cache_queries", "vllm:gpu_prefix_cache_queries_total",
            "vllm:gpu_prefix_cache_queries")
        counters[.prefixHits] = page.sum(
            "vllm:prefix_cache_hits_total", "vllm:prefix_cache_hits", "vllm:gpu_prefix_cache_hits_total",
            "vllm:gpu_prefix_cache_hits")
        var histograms: [Latency: BucketCounts] = [:]
        histograms[.timeToFirstToken] = page.histogram("vllm:time_to_first_token_seconds")
        histograms[.interToken] = page.histogram(
            "vllm:inter_token_latency_seconds", "vllm:time_per_output_token_seconds")
        histograms[.queue] = page.histogram("vllm:request_queue_time_seconds")
        histograms[.prefill] = page.histogram("vllm:request_prefill_time_seconds")
        histograms[.decode] = page.histogram("vllm:request_decode_time_seconds")
        reading.counts = CounterReading(counters: counters, histograms: histograms)
        if counters[.generatedTokens] == nil { reading.unknown[.rates] = "vLLM's metrics count no tokens" }
        if histograms[.timeToFirstToken] == nil, histograms[.interToken] == nil {
            reading.unknown[.latency] = "vLLM's metrics have no latency histograms"
        }
        if counters[.prefixLookups] == nil { reading.unknown[.prefixes] = "vLLM's metrics count no cached prefixes" }
    }

    /// A series stays for every combination of names that ever ran, valued by the time when it did: only the newest says
    /// what runs. Running and waiting names are the same set.
    private static func readActivity(_ page: MetricsPage, into reading: inout EngineReading) {
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
        if let most = newest.labels["max_lora"].flatMap({ Int($0) }) {
            reading.facts.append("\(most.counted("adapter")) in a batch")
        }
    }

    private static func readSizes(_ page: MetricsPage, into reading: inout EngineReading) {
        guard let labels = page["vllm:cache_config_info"].first?.labels,
            let blocks = labels["num_gpu_blocks"].flatMap({ Int($0) }),
            let size = labels["block_size"].flatMap({ Int($0) })
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

    private static func count(_ value: Double) -> Int { Int(min(max(0, value), 1e15)) }

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

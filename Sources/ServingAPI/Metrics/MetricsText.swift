import DeckCore
import Foundation

/// How the server itself is.
struct ServerCondition: Sendable {
    let isDraining: Bool
    let registryIsSound: Bool
}

/// One scrape: the deck and its requests as they are now, as far as somebody may see them.
struct MetricsText {
    let snapshot: DeckSnapshot
    /// By adapter, the base under its name here.
    let meters: [String: RequestMeter]
    /// Those with series of their own; the base always has.
    let chosen: Set<String>
    /// A tenant sees its own requests only, and nothing of the deck as a whole or of what the pool holds.
    let isWhole: Bool
    let server: ServerCondition

    /// As vLLM labels its series.
    private let common = [("engine", "0"), ("model_name", "base")]

    func render() -> String {
        var out = Exposition()
        var total = RequestMeter()
        for meter in meters.values { total.add(meter) }
        load(&out)
        if isWhole { deck(&out) }
        requests(&out, total)
        adapters(&out)
        return out.text
    }

    // MARK: vLLM's

    private func load(_ out: inout Exposition) {
        let all = snapshot.adapters + [snapshot.base]
        let running = isWhole ? snapshot.running : all.reduce(0) { $0 + $1.running }
        let waiting = isWhole ? snapshot.waiting : all.reduce(0) { $0 + $1.waiting }
        out.metric("vllm:num_requests_running", .gauge, "Number of requests in model execution batches.")
        out.series("vllm:num_requests_running", common, Double(running))
        out.metric("vllm:num_requests_waiting", .gauge, "Number of requests waiting to be processed.")
        out.series("vllm:num_requests_waiting", common, Double(waiting))
        let name = "vllm:lora_requests_info"
        out.metric(name, .gauge, "Running stats on lora requests.")
        let names = { (count: (AdapterSnapshot) -> Int) in
            snapshot.adapters.filter { count($0) > 0 }.map(\.name).joined(separator: ",")
        }
        out.series(
            name,
            [
                ("max_lora", "\(snapshot.adapters.count)"), ("running_lora_adapters", names(\.running)),
                ("waiting_lora_adapters", names(\.waiting)),
            ], snapshot.time.timeIntervalSince1970)
    }

    private func deck(_ out: inout Exposition) {
        let pool = snapshot.pool
        let deferred = snapshot.waits.filter { $0.reason == "adapter" }.reduce(0) { $0 + $1.count }
        var name = "vllm:num_requests_waiting_by_reason"
        out.metric(
            name, .gauge,
            "Number of waiting requests by reason: 'deferred' waits for its adapter, 'capacity' for all else.")
        out.series(name, common + [("reason", "capacity")], Double(max(0, snapshot.waiting - deferred)))
        out.series(name, common + [("reason", "deferred")], Double(deferred))
        name = "vllm:kv_cache_usage_perc"
        out.metric(name, .gauge, "KV-cache usage. 1 means 100 percent usage.")
        let room = pool.pageCount - pool.adapterPages
        out.series(name, common, room > 0 ? Double(pool.kvPages + pool.prefixes.pages) / Double(room) : 0)
        name = "vllm:prefix_cache_queries_total"
        out.metric(name, .counter, "Prefix cache queries, in terms of number of queried tokens.")
        out.series(name, common, Double(pool.prefixes.tokensLookedUp))
        name = "vllm:prefix_cache_hits_total"
        out.metric(name, .counter, "Prefix cache hits, in terms of number of cached tokens.")
        out.series(name, common, Double(pool.prefixes.tokensHit))
        name = "vllm:cache_config_info"
        out.metric(name, .gauge, "Information of the LLMEngine CacheConfig")
        out.series(
            name,
            [
                ("block_size", "\(pool.tokensPerPage)"), ("enable_prefix_caching", "True"), ("engine", "0"),
                ("num_gpu_blocks", "\(pool.pageCount)"),
            ], 1)
        let gauges: [(String, String, Int)] = [
            ("loradeck:pool_pages", "Pages of the pool.", pool.pageCount),
            ("loradeck:pool_free_pages", "Pages that nobody holds.", pool.freePages),
            ("loradeck:pool_evictable_pages", "Pages that eviction could free now.", pool.evictablePages),
            ("loradeck:pool_adapter_pages", "Pages of adapters' weights.", pool.adapterPages),
            ("loradeck:pool_kv_pages", "Pages of KV cache that sequences hold alone.", pool.kvPages),
            ("loradeck:pool_overhead_bytes", "Bytes in owned pages that hold nothing.", pool.overheadBytes),
            ("loradeck:page_bytes", "Bytes of one page.", pool.pageBytes),
            (
                "loradeck:draining", "Whether the server was told to end and takes nothing new.",
                server.isDraining ? 1 : 0
            ),
            (
                "loradeck:registry_sound",
                "Whether the registry is read and stands where it was opened: 0 keeps nothing that is ordered.",
                server.registryIsSound ? 1 : 0
            ),
            ("process_resident_memory_bytes", "Resident memory size in bytes.", snapshot.process.residentBytes),
        ]
        for (name, help, value) in gauges {
            out.metric(name, .gauge, help)
            out.series(name, [], Double(value))
        }
        if let thrash = snapshot.thrash {
            out.metric("loradeck:reloads", .gauge, "Loads within the window of adapters evicted shortly before.")
            out.series("loradeck:reloads", [], Double(thrash.reloads))
        }
    }

    private func requests(_ out: inout Exposition, _ total: RequestMeter) {
        let counters: [(String, String, Int)] = [
            ("vllm:num_preemptions_total", "Cumulative number of preemption from the engine.", total.preemptions),
            ("vllm:prompt_tokens_total", "Number of prefill tokens processed.", total.promptTokenCount),
            ("vllm:generation_tokens_total", "Number of generation tokens processed.", total.generatedTokenCount),
        ]
        for (name, help, value) in counters {
            out.metric(name, .counter, help)
            out.series(name, common, Double(value))
        }
        let name = "vllm:request_success_total"
        out.metric(name, .counter, "Count of successfully processed requests.")
        for (reason, count) in total.finished.sorted(by: { $0.key < $1.key }) {
            out.series(name, common + [("finished_reason", reason)], Double(count))
        }
        let histograms: [(String, String, BucketCounts)] = [
            ("request_prompt_tokens", "Number of prefill tokens processed.", total.promptTokens),
            ("request_generation_tokens", "Number of generation tokens processed.", total.generatedTokens),
            ("time_to_first_token_seconds", "Histogram of time to first token in seconds.", total.timeToFirstToken),
            ("inter_token_latency_seconds", "Histogram of inter-token latency in seconds.", total.interTokenLatency),
            ("e2e_request_latency_seconds", "Histogram of e2e request latency in seconds.", total.endToEnd),
            ("request_queue_time_seconds", "Histogram of time spent in WAITING phase for request.", total.queue),
            ("request_prefill_time_seconds", "Histogram of time spent in PREFILL phase for request.", total.prefill),
            ("request_decode_time_seconds", "Histogram of time spent in DECODE phase for request.", total.decode),
        ]
        for (name, help, counts) in histograms {
            out.metric("vllm:" + name, .histogram, help)
            out.histogram("vllm:" + name, common, counts)
        }
    }

    // MARK: By adapter

    /// What one label stands for.
    private struct Group {
        var running = 0
        var waiting = 0
        var resident = 0
        var pages = 0
        var kvPages = 0
        var loads = 0
        var evictions = 0
        var hits = 0
        var meter = RequestMeter()
    }

    private func groups() -> [(label: String, group: Group)] {
        var groups: [String: Group] = [:]
        let label = { (name: String) in
            name == RequestMeters.base || chosen.contains(name) ? name : SeriesChoice.other
        }
        for adapter in snapshot.adapters + [snapshot.base] {
            var group = groups[label(adapter.name)] ?? Group()
            group.running += adapter.running
            group.waiting += adapter.waiting
            group.resident += adapter.state == .resident ? 1 : 0
            group.pages += adapter.pages
            group.kvPages += adapter.kvPages
            group.loads += adapter.loads
            group.evictions += adapter.evictions
            group.hits += adapter.hits
            groups[label(adapter.name)] = group
        }
        for (name, meter) in meters { groups[label(name), default: Group()].meter.add(meter) }
        return groups.map { ($0.key, $0.value) }.sorted { $0.label < $1.label }
    }

    private func adapters(_ out: inout Exposition) {
        let groups = groups()
        let requests: [(String, Exposition.Kind, String, (Group) -> Int)] = [
            ("requests_running", .gauge, "Running requests.", \.running),
            ("requests_waiting", .gauge, "Waiting requests.", \.waiting),
            ("prompt_tokens_total", .counter, "Tokens of prompts.", \.meter.promptTokenCount),
            ("generation_tokens_total", .counter, "Generated tokens.", \.meter.generatedTokenCount),
        ]
        let holdings: [(String, Exposition.Kind, String, (Group) -> Int)] = [
            ("adapter_resident", .gauge, "Whether its weights are in the pool.", \.resident),
            ("adapter_pages", .gauge, "Pages of its weights.", \.pages),
            ("adapter_kv_pages", .gauge, "Pages of KV cache that its sequences hold alone.", \.kvPages),
            ("adapter_loads_total", .counter, "Loads into the pool.", \.loads),
            ("adapter_evictions_total", .counter, "Evictions from the pool.", \.evictions),
            ("adapter_hits_total", .counter, "Requests that found it resident.", \.hits),
        ]
        for (name, kind, help, value) in requests + (isWhole ? holdings : []) {
            out.metric("loradeck:" + name, kind, help)
            for (label, group) in groups { out.series("loradeck:" + name, [("adapter", label)], Double(value(group))) }
        }
        let counts: [(String, String, String, (Group) -> [String: Int])] = [
            ("requests_finished_total", "finished_reason", "Requests that ended, by how.", \.meter.finished),
            ("requests_refused_total", "kind", "Requests that were refused or given up, by kind.", \.meter.refused),
        ]
        for (name, key, help, value) in counts {
            out.metric("loradeck:" + name, .counter, help)
            for (label, group) in groups {
                for (word, count) in value(group).sorted(by: { $0.key < $1.key }) {
                    out.series("loradeck:" + name, [("adapter", label), (key, word)], Double(count))
                }
            }
        }
        let histograms: [(String, String, (Group) -> BucketCounts)] = [
            ("time_to_first_token_seconds", "Time to first token in seconds.", \.meter.timeToFirstToken),
            ("inter_token_latency_seconds", "Inter-token latency in seconds.", \.meter.interTokenLatency),
        ]
        for (name, help, value) in histograms {
            out.metric("loradeck:" + name, .histogram, help)
            for (label, group) in groups { out.histogram("loradeck:" + name, [("adapter", label)], value(group)) }
        }
    }
}

import DeckCore
import Foundation
import Testing

@testable import RemoteEngines

@Suite("Recorded engines") struct ReadingTests {
    @Test("vLLM under load: what it says, and what it cannot")
    func vllm() throws {
        let reading = try Recorded.vllm("vllm-0.32.0-metrics-busy.txt")
        #expect(reading.baseName == "base" && reading.contextLength == 1024)
        #expect(reading.adapters.map(\.name) == ["bench-0000", "bench-0001", "bench-0002", "bench-0003"])
        #expect(reading.adapters[1].path == "ba/bench-0001")
        #expect(reading.running == 0 && reading.waiting == 3)
        #expect(reading.waits == [WaitSummary(reason: "deferred (adapter slots, transfers)", count: 3)])
        #expect(reading.kvUsage == 0)
        #expect(reading.counts.counters[.generatedTokens] == 144)
        #expect(reading.counts.counters[.promptTokens] == 96)
        #expect(reading.counts.counters[.prefixLookups] == 96 && reading.counts.counters[.prefixHits] == 0)
        #expect(reading.counts.histograms[.timeToFirstToken]?.total == 3)
        let itl = try #require(reading.counts.histograms[.interToken]?.summary)
        #expect(itl.count == 141 && itl.p50 > 0.15 && itl.p50 < 0.2 && itl.p95 > 0.2 && itl.p95 < 0.3 && itl.max == 1)
        #expect(reading.facts == ["2 adapters in a batch", "KV 182 blocks of 128 tokens"])
        // The newest of the series says that nothing runs, whatever older ones say.
        #expect(reading.adapters.allSatisfy { $0.isActive == false })
        for figure in [DeckFigure.residency, .adapterRequests, .adapterLatency, .pages, .proof] {
            #expect(reading.unknown[figure] != nil)
        }
        #expect(reading.unknown[.load] == nil && reading.unknown[.latency] == nil && reading.unknown[.waits] == nil)
    }

    @Test("vLLM's activity is the newest series only")
    func newest() throws {
        let models = try Recorded.value("vllm-0.32.0-v1-models.json", as: ModelList.self)
        func active(_ series: [(names: String, time: Double)], running: Int = 1) throws -> [String] {
            var lines = ["vllm:num_requests_running \(running)", "vllm:num_requests_waiting 0"]
            for (names, time) in series {
                lines.append(
                    "vllm:lora_requests_info{max_lora=\"2\",running_lora_adapters=\"\(names)\",waiting_lora_adapters=\"\"} \(time)"
                )
            }
            let page = MetricsPage(Array(lines.joined(separator: "\n").utf8))
            return try VLLMClient.reading(models, metrics: page).adapters.filter { $0.isActive == true }.map(\.name)
        }
        let series = [("bench-0001,bench-0003", 1.795463984e9), ("bench-0001", 1.795463974e9), ("", 1.795463970e9)]
        #expect(try active(series) == ["bench-0001", "bench-0003"])
        #expect(try active([("bench-0002", 1.8e9)] + series) == ["bench-0002"])
        // An idle engine writes no series that says so.
        #expect(try active(series, running: 0) == [])
        #expect(try active([]) == [])
    }

    @Test("vLLM's older names mean the same")
    func aliases() throws {
        let models = try Recorded.value("vllm-0.32.0-v1-models.json", as: ModelList.self)
        let page = MetricsPage(
            Array(
                """
                vllm:num_requests_running{model_name="m"} 2
                vllm:num_requests_waiting{model_name="m"} 1
                vllm:gpu_cache_usage_perc{model_name="m"} 0.5
                vllm:generation_tokens{model_name="m"} 7
                vllm:gpu_prefix_cache_queries{model_name="m"} 4
                vllm:gpu_prefix_cache_hits{model_name="m"} 3
                vllm:time_per_output_token_seconds_bucket{le="1",model_name="m"} 5
                vllm:time_per_output_token_seconds_bucket{le="+Inf",model_name="m"} 5
                """.utf8))
        let reading = try VLLMClient.reading(models, metrics: page)
        #expect(reading.kvUsage == 0.5 && reading.counts.counters[.generatedTokens] == 7)
        #expect(reading.counts.counters[.prefixLookups] == 4 && reading.counts.counters[.prefixHits] == 3)
        #expect(reading.counts.histograms[.interToken]?.total == 5)
        #expect(reading.unknown[.waits] != nil)
    }

    @Test("an idle vLLM, and one without metrics")
    func idle() throws {
        let idle = try Recorded.vllm("vllm-0.32.0-metrics-idle.txt")
        #expect(idle.running == 0 && idle.waiting == 0 && idle.waits.isEmpty)
        #expect(idle.adapters.allSatisfy { $0.isActive == false })
        let blind = try Recorded.vllm(nil)
        #expect(blind.running == nil && blind.unknown[.load] != nil && blind.unknown[.rates] != nil)
    }

    @Test("llama.cpp under load: slots with their adapters, and a warning about scales that stand")
    func llama() throws {
        let reading = try Recorded.llama()
        #expect(reading.baseName == "SmolLM2-135M-Instruct.Q4_1.gguf" && reading.contextLength == 1024)
        #expect(reading.version == "b0-unknown" && reading.facts == ["4 slots", "Q4_1"])
        #expect(reading.adapters.map(\.name) == ["bench-0000", "bench-0001", "bench-0002", "bench-0003"])
        #expect(reading.adapters.map(\.running) == [1, 0, 2, 1])
        #expect(reading.running == 4 && reading.waiting == 1)
        #expect(reading.waits == [WaitSummary(reason: "all slots busy", count: 1)])
        #expect(reading.requests.map(\.adapter) == ["bench-0002", "bench-0002", "bench-0000", "bench-0003"])
        #expect(reading.requests[0].phase == .decode && reading.requests[0].generatedTokens == 55)
        #expect(reading.requests[0].promptTokens == 32)
        #expect(reading.requests[2].phase == .prefill(done: 0, total: 0))
        #expect(reading.counts.counters[.generatedTokens] == 192)
        #expect(reading.counts.live[.generatedTokens] == 110)
        let usage = try #require(reading.kvUsage)
        #expect(abs(usage - 269.0 / 4096) < 1e-9)
        #expect(reading.warnings.count == 1 && reading.warnings[0].contains("bench-0000 at 1.0"))
        #expect(reading.unknown[.latency] != nil && reading.unknown[.residency] == nil)
        // While some wait, nobody knows for which adapter.
        #expect(reading.unknown[.adapterRequests] != nil)
        for action in [DeckAction.load, .evict, .register, .pin] { #expect(reading.disabled[action] != nil) }
    }

    @Test("llama.cpp without --metrics or --slots says so")
    func blindLlama() throws {
        let reading = try Recorded.llama(metrics: false)
        #expect(reading.running == 4 && reading.waiting == nil)
        #expect(reading.unknown[.load] == "llama.cpp shows no metrics: start it with --metrics")
        let slotless = try Recorded.llama(slots: false)
        #expect(slotless.running == 4 && slotless.requests.isEmpty && slotless.unknown[.requests] != nil)
    }

    @Test("SGLang: one scheduler of several counts, adapters by parent, sizes from its start")
    func sglang() throws {
        let models: ModelList = try EngineAnswer.value(
            Data(
                #"""
                {"object":"list","data":[
                {"id":"qwen","object":"model","owned_by":"sglang","root":"qwen","parent":null,"max_model_len":32768},
                {"id":"lora0","object":"model","owned_by":"sglang","root":"org/lora0","parent":"qwen","max_model_len":null}]}
                """#.utf8), of: "/v1/models")
        let page = MetricsPage(
            Array(
                """
                sglang:num_running_reqs{model_name="qwen",tp_rank="0"} 3
                sglang:num_running_reqs{model_name="qwen",tp_rank="1"} 3
                sglang:num_queue_reqs{model_name="qwen",tp_rank="0"} 5
                sglang:token_usage{model_name="qwen",tp_rank="0"} 0.25
                sglang:lora_pool_slots_used{model_name="qwen",tp_rank="0"} 1
                sglang:lora_pool_slots_total{model_name="qwen",tp_rank="0"} 8
                sglang:prompt_tokens_total{model_name="qwen"} 100
                sglang:generation_tokens_total{model_name="qwen"} 200
                sglang:cached_tokens_total{model_name="qwen",cache_source="device"} 40
                sglang:time_to_first_token_seconds_bucket{le="0.1",model_name="qwen"} 2
                sglang:time_to_first_token_seconds_bucket{le="+Inf",model_name="qwen"} 2
                """.utf8))
        let info = SGLangClient.ServerInfo(version: "0.5.9", enable_lora: true, max_loras_per_batch: 8)
        let reading = try SGLangClient.reading(models, metrics: page, info: info)
        #expect(reading.baseName == "qwen" && reading.adapters.map(\.name) == ["lora0"])
        #expect(reading.running == 3 && reading.waiting == 5 && reading.kvUsage == 0.25)
        #expect(reading.waits == [WaitSummary(reason: "queued", count: 5)])
        #expect(reading.counts.counters[.prefixHits] == 40 && reading.counts.counters[.prefixLookups] == 100)
        #expect(reading.facts == ["8 adapters in a batch", "1 of 8 adapter slots active"])
        #expect(reading.counts.histograms[.timeToFirstToken]?.total == 2)
        let blind = try SGLangClient.reading(models, metrics: nil, info: nil)
        #expect(blind.unknown[.load] == "SGLang shows no metrics: start it with --enable-metrics")
    }

    @Test("complaints are read in every shape that servers write")
    func complaints() throws {
        #expect(
            ServerComplaint.text(try Recorded.data("vllm-0.32.0-load-error.json"))
                == "Loading lora nope failed: No adapter found for /nonexistent")
        #expect(ServerComplaint.text(Data(#"{"error":"busy"}"#.utf8)) == "busy")
        #expect(ServerComplaint.text(Data(#"{"detail":"Not Found"}"#.utf8)) == "Not Found")
        #expect(ServerComplaint.text(Data(#"{"success":false,"error_message":"no"}"#.utf8)) == "no")
        #expect(ServerComplaint.text(Data("plain\n".utf8)) == "plain")
    }
}

import DeckCore
import Foundation
import HTTPClient
import ModelFiles
import TestSupport
import Testing

@testable import RemoteEngines

/// What one kind of engine answers, by path, and how it is read.
struct PeerAnswers: Sendable, CustomTestStringConvertible {
    let kind: DeckIdentity.Kind
    var documents: [String: String]

    var testDescription: String { kind.rawValue }

    static func all() throws -> [PeerAnswers] { [try vllm(), sglang, try llama()] }

    private static func recorded(_ name: String) throws -> String {
        let url = Fixture.root.appendingPathComponent("Tests/RemoteEnginesTests/Fixtures/\(name)")
        return String(decoding: try Data(contentsOf: url), as: UTF8.self)
    }

    static func vllm() throws -> PeerAnswers {
        PeerAnswers(
            kind: .vllm,
            documents: [
                "/v1/models": try recorded("vllm-0.32.0-v1-models.json"),
                "/metrics": try recorded("vllm-0.32.0-metrics-busy.txt"),
            ])
    }

    static func llama() throws -> PeerAnswers {
        PeerAnswers(
            kind: .llamaCpp,
            documents: [
                "/props": try recorded("llama.cpp-b11434-props.txt"),
                "/lora-adapters": try recorded("llama.cpp-b11434-lora-adapters.txt"),
                "/slots": try recorded("llama.cpp-b11434-slots.txt"),
                "/metrics": try recorded("llama.cpp-b11434-metrics.txt"),
            ])
    }

    static let sglang = PeerAnswers(
        kind: .sglang,
        documents: [
            "/v1/models": #"""
            {"object":"list","data":[
            {"id":"qwen","object":"model","owned_by":"sglang","root":"qwen","parent":null,"max_model_len":32768},
            {"id":"lora0","object":"model","owned_by":"sglang","root":"org/lora0","parent":"qwen","max_model_len":9}]}
            """#,
            "/server_info": #"{"version":"0.5.9","enable_lora":true,"max_loras_per_batch":8}"#,
            "/metrics": """
            sglang:num_running_reqs{model_name="qwen",tp_rank="0"} 3
            sglang:num_queue_reqs{model_name="qwen",tp_rank="0"} 5
            sglang:token_usage{model_name="qwen",tp_rank="0"} 0.25
            sglang:lora_pool_slots_used{model_name="qwen",tp_rank="0"} 1
            sglang:lora_pool_slots_total{model_name="qwen",tp_rank="0"} 8
            sglang:max_total_num_tokens{model_name="qwen",tp_rank="0"} 4096
            sglang:prompt_tokens_total{model_name="qwen"} 100
            sglang:generation_tokens_total{model_name="qwen"} 200
            sglang:num_requests_total{model_name="qwen"} 7
            sglang:cached_tokens_total{model_name="qwen",cache_source="device"} 40
            sglang:time_to_first_token_seconds_bucket{le="0.1",model_name="qwen"} 2
            sglang:time_to_first_token_seconds_bucket{le="+Inf",model_name="qwen"} 3
            process_start_time_seconds 1790000000
            """,
        ])

    /// Reads as the engine's client does.
    func reading() throws(EngineTrouble) -> EngineReading {
        func bytes(_ path: String) -> [UInt8] { Array((documents[path] ?? "").utf8) }
        let metrics = bytes("/metrics")
        switch kind {
        case .sglang:
            return try SGLangClient.reading(
                try EngineAnswer.value(bytes("/v1/models"), of: "/v1/models"), metrics: MetricsPage(metrics),
                info: try EngineAnswer.value(bytes("/server_info"), of: "/server_info"))
        case .llamaCpp:
            return try LlamaClient.reading(
                try EngineAnswer.value(bytes("/props"), of: "/props"),
                adapters: try EngineAnswer.value(bytes("/lora-adapters"), of: "/lora-adapters"),
                slots: try EngineAnswer.value(bytes("/slots"), of: "/slots", as: [LlamaSlot].self),
                metrics: MetricsPage(metrics))
        default:
            return try VLLMClient.reading(
                try EngineAnswer.value(bytes("/v1/models"), of: "/v1/models"), metrics: MetricsPage(metrics))
        }
    }

    /// The deck that a console shows of it: what it counted when these were read, after what it had counted before.
    func snapshot(_ reading: EngineReading, after before: EngineReading) throws -> DeckSnapshot? {
        var report = ReplicaReport(name: "gpu:1", address: HTTPAddress(loopbackPort: 1), state: .up)
        report.kind = kind
        report.reading = reading
        report.known = Set(reading.adapters.map(\.name))
        report.window.take(before.counts, at: 0)
        report.window.take(reading.counts, at: 1)
        return FleetSnapshot(
            reports: [report], requests: PromptLedger().requests([report]), events: [], index: 1,
            time: FullSnapshot.start, watched: 5
        ).snapshot
    }
}

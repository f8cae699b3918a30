import Foundation
import TestSupport

@testable import RemoteEngines

/// Answers of real servers, as they were recorded.
enum Recorded {
    static func data(_ name: String) throws -> Data {
        try Data(contentsOf: Fixture.root.appendingPathComponent("Tests/RemoteEnginesTests/Fixtures/\(name)"))
    }

    static func text(_ name: String) throws -> String { String(decoding: try data(name), as: UTF8.self) }

    static func page(_ name: String, prefixes: [String] = []) throws -> MetricsPage {
        MetricsPage(try data(name), prefixes: prefixes)
    }

    static func value<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
        try EngineAnswer.value(try data(name), of: name)
    }

    static func vllm(_ metrics: String?) throws -> EngineReading {
        try VLLMClient.reading(
            try value("vllm-0.32.0-v1-models.json", as: ModelList.self), metrics: try metrics.map { try page($0) })
    }

    static func llama(metrics: Bool = true, slots: Bool = true) throws -> EngineReading {
        try LlamaClient.reading(
            try value("llama.cpp-b11434-props.txt", as: LlamaClient.Props.self),
            adapters: try value("llama.cpp-b11434-lora-adapters.txt", as: [LlamaClient.Adapter].self),
            slots: slots ? try value("llama.cpp-b11434-slots.txt", as: [LlamaSlot].self) : nil,
            metrics: metrics ? try page("llama.cpp-b11434-metrics.txt") : nil)
    }
}

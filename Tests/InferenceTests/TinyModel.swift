import Foundation
import Inference
import ModelFiles
import TestSupport

/// One of `Goldens/tiny`, in Hugging Face's layout.
struct TinyModel: WeightSource {
    static let names = ["tiny-llama3", "tiny-qwen2", "tiny-qwen3", "tiny-mistral"]

    let config: ModelConfig
    private let tensors: [String: TensorView]

    init(_ name: String) throws {
        let folder = Fixture.goldens.appendingPathComponent("tiny/\(name)")
        let data = try Data(contentsOf: folder.appendingPathComponent("config.json"))
        let fields = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
        func int(_ key: String) -> Int { fields[key] as? Int ?? 0 }
        let rope = fields["rope_parameters"] as? [String: Any] ?? [:]
        func number(_ key: String) -> Float { (rope[key] as? NSNumber)?.floatValue ?? 0 }
        let scaling: RotaryConfig.Scaling =
            rope["rope_type"] as? String == "llama3"
            ? .llama3(
                factor: number("factor"), lowFrequencyFactor: number("low_freq_factor"),
                highFrequencyFactor: number("high_freq_factor"),
                originalContext: rope["original_max_position_embeddings"] as? Int ?? 0) : .none
        config = ModelConfig(
            architecture: Architecture(rawValue: fields["model_type"] as? String ?? "") ?? .llama,
            layerCount: int("num_hidden_layers"), hiddenSize: int("hidden_size"), headCount: int("num_attention_heads"),
            kvHeadCount: int("num_key_value_heads"),
            headSize: fields["head_dim"] as? Int ?? int("hidden_size") / int("num_attention_heads"),
            feedForwardSize: int("intermediate_size"), vocabularySize: int("vocab_size"),
            contextLength: int("max_position_embeddings"),
            normEpsilon: (fields["rms_norm_eps"] as? NSNumber)?.floatValue ?? 0,
            rotary: RotaryConfig(theta: number("rope_theta"), scaling: scaling, pairing: .halves),
            slidingWindow: fields["sliding_window"] as? Int)
        tensors = try TensorFile(folder.appendingPathComponent("model.safetensors")).tensors
    }

    func tensor(_ role: TensorRole) -> TensorView? {
        func layer(_ index: Int, _ rest: String) -> TensorView? { tensors["model.layers.\(index).\(rest).weight"] }
        return switch role {
        case .embedding: tensors["model.embed_tokens.weight"]
        case .outputHead: tensors["lm_head.weight"] ?? tensors["model.embed_tokens.weight"]
        case .outputNorm: tensors["model.norm.weight"]
        case .attentionNorm(let index): layer(index, "input_layernorm")
        case .feedForwardNorm(let index): layer(index, "post_attention_layernorm")
        case .queryNorm(let index): layer(index, "self_attn.q_norm")
        case .keyNorm(let index): layer(index, "self_attn.k_norm")
        case .weight(let module, let index): tensors["\(module.path(layer: index)).weight"]
        case .bias(let module, let index): tensors["\(module.path(layer: index)).bias"]
        }
    }
}

/// A LoRA in memory: what a loader hands to `PackedAdapter.write`.
struct AdapterWeights {
    struct Module {
        let shape: LoRAShape
        /// [rank × inputSize]
        let a: [Float]
        /// [rank × outputSize]
        let bTransposed: [Float]
    }

    let modules: [Module]

    /// The plain PEFT folder of a tiny model: one rank, no patterns.
    init(folder: URL, config: ModelConfig) throws {
        let data = try Data(contentsOf: folder.appendingPathComponent("adapter_config.json"))
        let fields = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
        let alpha = (fields["lora_alpha"] as? NSNumber)?.floatValue ?? 0
        let tensors = try TensorFile(folder.appendingPathComponent("adapter_model.safetensors")).tensors
        var modules: [Module] = []
        for layer in 0..<config.layerCount {
            for module in LinearModule.allCases {
                let path = "base_model.model.\(module.path(layer: layer))"
                guard let a = tensors["\(path).lora_A.weight"], let b = tensors["\(path).lora_B.weight"] else {
                    continue
                }
                let rank = a.shape[0]
                let columns = b.floats
                let rows = b.shape[0]
                var transposed = [Float](repeating: 0, count: rank * rows)
                for row in 0..<rows {
                    for index in 0..<rank { transposed[index * rows + row] = columns[row * rank + index] }
                }
                modules.append(
                    Module(
                        shape: LoRAShape(
                            layer: layer, module: module, rank: rank, inputSize: a.shape[1], outputSize: rows,
                            scale: alpha / Float(rank)), a: a.floats, bTransposed: transposed))
            }
        }
        self.modules = modules
    }

    init(modules: [Module]) { self.modules = modules }
}

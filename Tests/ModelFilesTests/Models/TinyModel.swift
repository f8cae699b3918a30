import Foundation
import TestSupport

/// A llama of two layers, as GGUF and as a folder, that tests break one thing at a time.
enum TinyModel {
    static let hidden = 32
    static let kvSize = 16
    static let feedForward = 64
    static let vocabulary = 8
    static let layers = 2

    static func gguf(architecture: String = "llama") -> GGUFBuilder {
        var builder = GGUFBuilder()
        func key(_ name: String) -> String { "\(architecture).\(name)" }
        builder.metadata = [
            ("general.architecture", .string(architecture)), ("general.type", .string("model")),
            ("general.name", .string("Tiny One")), (key("block_count"), .uint32(UInt32(layers))),
            (key("context_length"), .uint32(128)), (key("embedding_length"), .uint32(UInt32(hidden))),
            (key("feed_forward_length"), .uint32(UInt32(feedForward))), (key("attention.head_count"), .uint32(2)),
            (key("attention.head_count_kv"), .uint32(1)), (key("rope.freq_base"), .float32(5000)),
            (key("attention.layer_norm_rms_epsilon"), .float32(1e-5)), ("tokenizer.ggml.bos_token_id", .uint32(1)),
            ("tokenizer.ggml.eos_token_id", .uint32(2)), ("tokenizer.ggml.eot_token_id", .uint32(3)),
        ]
        builder.tensors.append(zeros("token_embd.weight", [vocabulary, hidden]))
        builder.tensors.append(zeros("output_norm.weight", [hidden]))
        for layer in 0..<layers {
            let shapes: [(String, [Int])] = [
                ("attn_norm", [hidden]), ("ffn_norm", [hidden]), ("attn_q", [hidden, hidden]),
                ("attn_k", [kvSize, hidden]), ("attn_v", [kvSize, hidden]), ("attn_output", [hidden, hidden]),
                ("ffn_gate", [feedForward, hidden]), ("ffn_up", [feedForward, hidden]),
                ("ffn_down", [hidden, feedForward]),
            ]
            for (name, shape) in shapes { builder.tensors.append(zeros("blk.\(layer).\(name).weight", shape)) }
            if architecture == "qwen2" {
                for (name, size) in [("attn_q", hidden), ("attn_k", kvSize), ("attn_v", kvSize)] {
                    builder.tensors.append(zeros("blk.\(layer).\(name).bias", [size]))
                }
            }
            if architecture == "qwen3" {
                for name in ["attn_q_norm", "attn_k_norm"] {
                    builder.tensors.append(zeros("blk.\(layer).\(name).weight", [hidden / 2]))
                }
            }
        }
        return builder
    }

    static func zeros(_ name: String, _ shape: [Int]) -> GGUFBuilder.Tensor {
        .init(name, shape: shape, floats: [Float](repeating: 0, count: shape.reduce(1, *)))
    }

    /// Tensors by Hugging Face's names.
    static func safetensors(prefix: String = "model.") -> [SafetensorsBuilder.Tensor] {
        func zeros(_ name: String, _ shape: [Int]) -> SafetensorsBuilder.Tensor {
            .init(prefix + name, shape: shape, floats: [Float](repeating: 0, count: shape.reduce(1, *)))
        }
        var tensors = [zeros("embed_tokens.weight", [vocabulary, hidden]), zeros("norm.weight", [hidden])]
        for layer in 0..<layers {
            let shapes: [(String, [Int])] = [
                ("input_layernorm", [hidden]), ("post_attention_layernorm", [hidden]),
                ("self_attn.q_proj", [hidden, hidden]), ("self_attn.k_proj", [kvSize, hidden]),
                ("self_attn.v_proj", [kvSize, hidden]), ("self_attn.o_proj", [hidden, hidden]),
                ("mlp.gate_proj", [feedForward, hidden]), ("mlp.up_proj", [feedForward, hidden]),
                ("mlp.down_proj", [hidden, feedForward]),
            ]
            for (name, shape) in shapes { tensors.append(zeros("layers.\(layer).\(name).weight", shape)) }
        }
        return tensors
    }

    /// A `config.json` by members, each a piece of JSON.
    static let config: [String: String] = [
        "model_type": "\"llama\"", "architectures": "[\"LlamaForCausalLM\"]", "hidden_size": "\(hidden)",
        "num_hidden_layers": "\(layers)", "num_attention_heads": "2", "num_key_value_heads": "1",
        "intermediate_size": "\(feedForward)", "vocab_size": "\(vocabulary)", "max_position_embeddings": "128",
        "rms_norm_eps": "1e-5", "rope_theta": "5000.0", "hidden_act": "\"silu\"", "eos_token_id": "2",
    ]

    static func json(_ members: [String: String]) -> Data {
        let text = members.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ",\n")
        return Data("{\(text)}".utf8)
    }
}

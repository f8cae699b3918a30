import DeckCore
import Foundation
import ModelFiles
import TestSupport
import Testing

@Suite struct HuggingFaceModelTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    /// Writes the tiny model with some members of its configuration replaced (nil removes one), and opens it.
    private func open(
        _ changes: [String: String?] = [:], tensors: [SafetensorsBuilder.Tensor] = TinyModel.safetensors()
    ) throws -> BaseModel {
        var config = TinyModel.config
        for (key, value) in changes { config[key] = value }
        try folder.write(TinyModel.json(config), as: "config.json")
        try folder.write(SafetensorsBuilder(tensors).build(), as: "model.safetensors")
        return try BaseModel.open(path: folder.url.path)
    }

    private func reason(
        _ changes: [String: String?], sourceLocation: SourceLocation = #_sourceLocation
    ) -> String {
        refusal(sourceLocation: sourceLocation) { try open(changes) }
    }

    @Test func opensTheGoldens() throws {
        func config(_ name: String) throws -> ModelConfig {
            let model = try BaseModel.open(path: Fixture.goldens.appendingPathComponent("tiny/\(name)").path)
            #expect(model.displayName == name)
            #expect(model.endTokens == [2])
            return model.config
        }
        let llama = try config("tiny-llama3")
        let scaling = RotaryConfig.Scaling.llama3(
            factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContext: 128)
        #expect(
            llama
                == ModelConfig(
                    architecture: .llama, layerCount: 3, hiddenSize: 96, headCount: 6, kvHeadCount: 2, headSize: 16,
                    feedForwardSize: 160, vocabularySize: 512, contextLength: 2048, normEpsilon: 1e-5,
                    rotary: RotaryConfig(theta: 500_000, scaling: scaling, pairing: .halves), slidingWindow: nil))
        let mistral = try config("tiny-mistral")
        #expect(mistral.slidingWindow == 16)
        #expect(mistral.rotary == RotaryConfig(theta: 10_000, scaling: .none, pairing: .halves))
        let qwen2 = try config("tiny-qwen2")
        #expect(qwen2.architecture == .qwen2)
        #expect(qwen2.headSize == 16)
        #expect(qwen2.slidingWindow == nil)
        let qwen3 = try config("tiny-qwen3")
        #expect(qwen3.headSize == 32)
        #expect(qwen3.querySize == 128)
    }

    @Test func headsAndBiasesOfTheGoldens() throws {
        func model(_ name: String) throws -> BaseModel {
            try BaseModel.open(path: Fixture.goldens.appendingPathComponent("tiny/\(name)").path)
        }
        #expect(try !model("tiny-llama3").isHeadTied)
        #expect(try model("tiny-qwen2").isHeadTied)
        #expect(try model("tiny-qwen2").tensor(.bias(.value, layer: 2))?.shape == [32])
        #expect(try model("tiny-qwen3").tensor(.queryNorm(layer: 0))?.shape == [32])
        #expect(try model("tiny-llama3").digest != model("tiny-mistral").digest)
        #expect(try model("tiny-llama3").summary.hasPrefix("llama, 3 layers, "))
    }

    @Test func readsTheOlderRotaryKeys() throws {
        #expect(try open().config.rotary == RotaryConfig(theta: 5000, scaling: .none, pairing: .halves))
        let linear = try open(["rope_scaling": #"{"type": "linear", "factor": 2.0}"#])
        #expect(linear.config.rotary.scaling == .linear(factor: 2))
        let llama3 = """
            {"rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, \
            "original_max_position_embeddings": 64}
            """
        #expect(
            try open(["rope_scaling": llama3]).config.rotary.scaling
                == .llama3(factor: 32, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContext: 64))
        #expect(try open(["rope_scaling": "null"]).config.rotary.scaling == .none)
        #expect(reason(["rope_scaling": #"{"type": "yarn", "factor": 2.0}"#]).contains("rope type \"yarn\""))
        #expect(reason(["rope_scaling": #"{"factor": 2.0}"#]).contains("none given"))
        #expect(reason(["rope_scaling": #"{"type": "linear"}"#]).contains("no factor"))
        #expect(reason(["partial_rotary_factor": "0.5"]).contains("partial_rotary_factor of 0.5"))
        let nested = #"{"full_attention": {"rope_type": "default"}}"#
        #expect(reason(["rope_parameters": nested]).contains("between kinds of layers"))
    }

    @Test func slidingWindows() throws {
        let mistral = ["model_type": "\"mistral\"", "architectures": "[\"MistralForCausalLM\"]"]
        #expect(try open(mistral.merging(["sliding_window": "7"]) { $1 }).config.slidingWindow == 7)
        #expect(try open(mistral.merging(["sliding_window": "null"]) { $1 }).config.slidingWindow == nil)
        #expect(try open(mistral).config.slidingWindow == 4096)

        var tensors = TinyModel.safetensors()
        for layer in 0..<TinyModel.layers {
            for (name, size) in [("q", 32), ("k", 16), ("v", 16)] {
                let bias = [Float](repeating: 0, count: size)
                tensors.append(.init("model.layers.\(layer).self_attn.\(name)_proj.bias", shape: [size], floats: bias))
            }
        }
        func qwen(_ changes: [String: String]) throws -> Int? {
            let base = ["model_type": "\"qwen2\"", "architectures": "null", "sliding_window": "9"]
            return try open(base.merging(changes) { $1 }, tensors: tensors).config.slidingWindow
        }
        #expect(try qwen([:]) == nil)
        #expect(try qwen(["use_sliding_window": "true"]) == nil)
        #expect(try qwen(["use_sliding_window": "true", "max_window_layers": "0"]) == 9)
        let mixed = refusal { try qwen(["use_sliding_window": "true", "max_window_layers": "1"]) }
        #expect(mixed.contains("1 of 2 layers have a sliding window"))
        let types = #"["sliding_attention", "sliding_attention"]"#
        #expect(try qwen(["use_sliding_window": "true", "layer_types": types]) == 9)
        #expect(refusal { try qwen(["layer_types": types]) }.contains("there is no sliding window"))
        #expect(refusal { try qwen(["layer_types": #"["linear_attention", "x"]"#]) }.contains("layer_types"))
    }

    @Test func unsupportedModelsAreNamed() {
        #expect(
            reason(["model_type": "\"gemma2\""])
                == "the model_type \"gemma2\" is not supported; supported are llama, mistral, qwen2, qwen3")
        #expect(reason(["architectures": "[\"LlamaForSequenceClassification\"]"]).contains("SequenceClassification"))
        #expect(reason(["hidden_act": "\"gelu\""]).contains("\"gelu\""))
        #expect(reason(["quantization_config": #"{"quant_method": "gptq"}"#]).contains("gptq"))
        #expect(reason(["num_local_experts": "8"]).contains("mixtures of experts"))
        #expect(reason(["num_attention_heads": "0"]).contains("num_attention_heads is 0"))
        #expect(reason(["hidden_size": nil]) == "has no hidden_size")
        #expect(reason(["hidden_size": "\"32\""]).contains("hidden_size is a string"))
        #expect(reason(["num_key_value_heads": "3"]).contains("cannot share 3"))
        #expect(reason(["vocab_size": "9"]).contains("demands [9, 32]"))
        #expect(reason(["num_hidden_layers": "1"]).contains("\"model.layers.1."))
        #expect(reason(["num_hidden_layers": "3"]).contains("layers.2."))
    }

    @Test func tensorsMayLackThePrefix() throws {
        #expect(try open(tensors: TinyModel.safetensors(prefix: "")).isHeadTied)
    }

    @Test func biasesNeedTheConfigurationToSaySo() throws {
        var tensors = TinyModel.safetensors()
        let values = [Float](repeating: 0, count: 32)
        tensors.append(.init("model.layers.0.self_attn.o_proj.bias", shape: [32], floats: values))
        #expect(refusal { try open(tensors: tensors) }.contains("o_proj.bias\" has no place"))
        let model = try open(["attention_bias": "true"], tensors: tensors)
        #expect(model.tensor(.bias(.output, layer: 0))?.shape == [32])
    }

    @Test func aTiedHeadWins() throws {
        var tensors = TinyModel.safetensors()
        tensors.append(.init("lm_head.weight", shape: [8, 32], floats: [Float](repeating: 1, count: 256)))
        #expect(try open(["tie_word_embeddings": "true"], tensors: tensors).isHeadTied)
        #expect(try !open(["tie_word_embeddings": "false"], tensors: tensors).isHeadTied)
    }

    @Test func endTokensAndTemplates() throws {
        try folder.write(Data(#"{"eos_token_id": [3, 4, 99], "bos_token_id": 1}"#.utf8), as: "generation_config.json")
        try folder.write(Data(#"{"chat_template": "from tokenizer"}"#.utf8), as: "tokenizer_config.json")
        let model = try open(["eos_token_id": "[2, 3]"])
        #expect(model.endTokens == [2, 3, 4])
        #expect(model.beginToken == 1)
        #expect(model.chatTemplateSource == "from tokenizer")
        #expect(model.folder == folder.url.path)
        let named = #"{"chat_template": [{"name": "tool_use", "template": "t"}, {"name": "default", "template": "d"}]}"#
        try folder.write(Data(named.utf8), as: "tokenizer_config.json")
        #expect(try open().chatTemplateSource == "d")
        try folder.write(Data("from jinja".utf8), as: "chat_template.jinja")
        #expect(try open().chatTemplateSource == "from jinja")
    }

    @Test func theDigestFollowsTheContent() throws {
        let first = try open().digest
        #expect(try open().digest == first)
        #expect(try open(["rope_theta": "5001.0"]).digest != first)
        var tensors = TinyModel.safetensors()
        tensors[0].bytes[0] = 1
        #expect(try open(tensors: tensors).digest != first)
    }

    @Test func foldersWithoutWeights() throws {
        let path = folder.url.path
        #expect(refusal { try BaseModel.open(path: path) }.contains("neither config.json nor a GGUF file"))
        #expect(refusal { try BaseModel.open(path: path + "/none") } == "no such file")
        try folder.write(TinyModel.json(TinyModel.config), as: "config.json")
        #expect(refusal { try BaseModel.open(path: path) }.contains("neither model.safetensors nor"))
        try folder.write(Data([0x80]), as: "pytorch_model.bin")
        #expect(refusal { try BaseModel.open(path: path) }.contains("pickled weights (pytorch_model.bin)"))
        try folder.write(Data("{".utf8), as: "config.json")
        #expect(refusal { try BaseModel.open(path: path) }.contains("invalid JSON"))
    }

    // MARK: Shards

    private func openShards(
        index changes: [String: String] = [:], drop: Set<String> = []
    ) throws -> BaseModel {
        let tensors = TinyModel.safetensors()
        let halves = [
            ("model-00001-of-00002.safetensors", Array(tensors.prefix(7))),
            ("model-00002-of-00002.safetensors", Array(tensors.dropFirst(7))),
        ]
        var map: [String: String] = [:]
        for (name, part) in halves {
            for tensor in part { map[tensor.name] = name }
            let kept = part.filter { !drop.contains($0.name) }
            try folder.write(SafetensorsBuilder(kept).build(), as: name)
        }
        map.merge(changes) { $1 }
        let members = map.mapValues { "\"\($0)\"" }
        let text = "{\"metadata\": {}, \"weight_map\": \(String(decoding: TinyModel.json(members), as: UTF8.self))}"
        try folder.write(Data(text.utf8), as: "model.safetensors.index.json")
        try folder.write(TinyModel.json(TinyModel.config), as: "config.json")
        return try BaseModel.open(path: folder.url.path)
    }

    @Test func shardsAreJoined() throws {
        let model = try openShards()
        #expect(model.tensor(.weight(.down, layer: 1))?.shape == [32, 64])
        #expect(try model.parameterCount == open().parameterCount)
    }

    @Test(arguments: ["../evil.safetensors", "/etc/passwd", "sub/x.safetensors", "weights.bin", "..", ""])
    func shardsStayInTheFolder(name: String) {
        let reason = refusal { try openShards(index: ["model.norm.weight": name]) }
        #expect(reason.contains("must stand in a .safetensors file of this folder"))
    }

    @Test func shardsMustBeThere() {
        #expect(refusal { try openShards(index: ["model.norm.weight": "gone.safetensors"]) } == "no such file")
        #expect(
            refusal { try openShards(drop: ["model.norm.weight"]) }.contains("which the index puts here, is missing"))
    }
}

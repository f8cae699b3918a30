import DeckCore
import Foundation
import ModelFiles
import TestSupport
import Testing

@Suite struct GGUFModelTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func open(_ builder: GGUFBuilder, as name: String = "Tiny-1M-Instruct.Q4_K_M.gguf") throws -> BaseModel {
        try BaseModel.open(path: folder.write(builder.build(), as: name), aliases: ["house-model"])
    }

    private func reason(
        _ sourceLocation: SourceLocation = #_sourceLocation, of architecture: String = "llama",
        _ change: (inout GGUFBuilder) -> Void
    ) -> String {
        var builder = TinyModel.gguf(architecture: architecture)
        change(&builder)
        return refusal(sourceLocation: sourceLocation) { try open(builder) }
    }

    @Test func opensTheDemoModel() throws {
        try #require(FileManager.default.fileExists(atPath: Fixture.model.path), "Tests/run fetches the demo model")
        let model = try BaseModel.open(path: Fixture.model.path, aliases: [])
        let rotary = RotaryConfig(theta: 100_000, scaling: .none, pairing: .interleaved)
        #expect(
            model.config
                == ModelConfig(
                    architecture: .llama, layerCount: 30, hiddenSize: 576, headCount: 9, kvHeadCount: 3, headSize: 64,
                    feedForwardSize: 1536, vocabularySize: 49152, contextLength: 8192, normEpsilon: 1e-5,
                    rotary: rotary,
                    slidingWindow: nil))
        #expect(model.isHeadTied)
        #expect(model.displayName == "SmolLM2-135M-Instruct")
        #expect(model.names.contains("Smollm2 135M 8k Lc100K Mix1 Ep2"))
        #expect(!model.names.contains { $0.lowercased() == "smollm2-135m" })
        #expect(model.summary == "llama, 30 layers, 135M, Q4_1")
        #expect(model.parameterCount == 134_515_008)
        #expect(model.endTokens == [2])
        #expect(model.beginToken == 1)
        #expect(model.chatTemplateSource?.contains("<|im_start|>") == true)
        #expect(model.metadata["tokenizer.ggml.tokens"]?.strings?.count == 49152)
        #expect(model.folder == nil)
        // Independently: the sha256sum of the same file.
        let sum = try Command.run("sha256sum", [Fixture.model.path])
        #expect(sum.output.hasPrefix(model.digest.hex))
    }

    @Test func readsTheConfiguration() throws {
        let model = try open(TinyModel.gguf())
        #expect(model.config.layerCount == 2)
        #expect(model.config.headSize == 16)
        #expect(model.config.rotary == RotaryConfig(theta: 5000, scaling: .none, pairing: .interleaved))
        #expect(model.endTokens == [2, 3])
        #expect(model.names == ["Tiny-1M-Instruct", "Tiny-1M-Instruct.Q4_K_M", "Tiny One", "house-model"])
        #expect(model.tensor(.weight(.key, layer: 1))?.shape == [16, 32])
        #expect(model.tensor(.bias(.query, layer: 0)) == nil)
        #expect(model.tensor(.outputHead)?.name == "token_embd.weight")
        #expect(model.chatTemplateSource == nil)
    }

    @Test func anOwnHeadIsUsed() throws {
        var builder = TinyModel.gguf()
        builder.tensors.append(TinyModel.zeros("output.weight", [8, 32]))
        let model = try open(builder)
        #expect(!model.isHeadTied)
        #expect(model.parameterCount == (try open(TinyModel.gguf())).parameterCount + 256)
    }

    @Test(arguments: ["qwen2", "qwen3"]) func opensQwen(architecture: String) throws {
        let model = try open(TinyModel.gguf(architecture: architecture))
        #expect(model.config.rotary.pairing == .halves)
        #expect((model.tensor(.bias(.query, layer: 0)) != nil) == (architecture == "qwen2"))
        #expect((model.tensor(.keyNorm(layer: 1)) != nil) == (architecture == "qwen3"))
    }

    @Test func biasesOfALlamaAreFound() throws {
        var builder = TinyModel.gguf()
        builder.tensors.append(TinyModel.zeros("blk.1.attn_output.bias", [32]))
        let model = try open(builder)
        #expect(model.tensor(.bias(.output, layer: 1))?.shape == [32])
        #expect(model.tensor(.bias(.output, layer: 0)) == nil)
    }

    @Test func rotaryScaling() throws {
        var builder = TinyModel.gguf()
        builder.set("llama.rope.scaling.type", .string("linear"))
        builder.set("llama.rope.scaling.factor", .float32(4))
        #expect(try open(builder).config.rotary.scaling == .linear(factor: 4))
        builder = TinyModel.gguf()
        builder.tensors.append(.init("rope_freqs.weight", shape: [8], floats: [1, 1, 1, 1, 2, 4, 8, 8]))
        #expect(try open(builder).config.rotary.scaling == .divisors([1, 1, 1, 1, 2, 4, 8, 8]))
        builder.set("llama.attention.sliding_window", .uint32(24))
        #expect(try open(builder).config.slidingWindow == 24)

        #expect(reason { $0.set("llama.rope.scaling.type", .string("yarn")) }.contains("\"yarn\""))
        #expect(reason { $0.tensors.append(TinyModel.zeros("rope_freqs.weight", [8])) }.contains("positive numbers"))
        #expect(reason { $0.tensors.append(TinyModel.zeros("rope_freqs.weight", [4])) }.contains("it has 4"))
        #expect(reason { $0.set("llama.rope.dimension_count", .uint32(8)) }.contains("dimension_count is 8"))
        #expect(reason { $0.set("llama.rope.freq_base", .float32(.nan)) }.contains("base frequency"))
    }

    @Test func unsupportedModelsAreNamed() {
        #expect(
            reason(of: "gemma2") { _ in }
                == "the architecture \"gemma2\" is not supported; supported are llama, qwen2, qwen3")
        #expect(reason { $0.remove("general.architecture") }.contains("no general.architecture"))
        #expect(reason { $0.set("general.type", .string("adapter")) }.contains("\"adapter\", not a base model"))
        #expect(reason { $0.set("split.count", .uint32(3)) }.contains("one of 3 parts"))
        #expect(reason { $0.set("llama.expert_count", .uint32(8)) }.contains("llama.expert_count is set"))
        #expect(reason { $0.tensors[2].type = 16 }.contains("IQ2_XXS"))
    }

    @Test func theModelMustBeComplete() {
        #expect(
            reason { $0.tensors.removeAll { $0.name == "blk.1.ffn_up.weight" } }
                == "the tensor \"blk.1.ffn_up.weight\" of shape [64, 32] is missing")
        #expect(reason { $0.tensors.removeAll { $0.name == "token_embd.weight" } }.contains("token_embd.weight"))
        #expect(reason { $0.set("llama.block_count", .uint32(3)) }.contains("\"blk.2.attn_norm.weight\""))
        #expect(reason(of: "qwen2") { $0.tensors.removeAll { $0.name.hasSuffix("k.bias") } }.contains("attn_k.bias"))
        #expect(reason(of: "qwen3") { $0.tensors.removeAll { $0.name.contains("q_norm") } }.contains("attn_q_norm"))
    }

    @Test func nothingMayBeLeftOver() {
        #expect(reason { $0.set("llama.block_count", .uint32(1)) }.contains("\"blk.1.attn_k.weight\" has no place"))
        #expect(reason { $0.tensors.append(TinyModel.zeros("blk.0.ffn_gate_inp.weight", [4])) }.contains("no place"))
    }

    @Test func shapesMustFit() {
        func replace(_ name: String, _ shape: [Int]) -> String {
            reason { builder in
                builder.tensors = builder.tensors.map { $0.name == name ? TinyModel.zeros(name, shape) : $0 }
            }
        }
        #expect(
            replace("blk.0.attn_k.weight", [32, 32])
                == "the tensor \"blk.0.attn_k.weight\" has the shape [32, 32], but the configuration demands [16, 32]")
        #expect(replace("blk.0.attn_k.weight", [512]).contains("[512]"))
        #expect(replace("output_norm.weight", [33]).contains("demands [32]"))
        #expect(replace("token_embd.weight", [256]).contains("not a matrix"))
        let quantised = GGUFBuilder.Tensor(
            "output_norm.weight", type: 8, dimensions: [32], bytes: [UInt8](repeating: 0, count: 34))
        #expect(reason { $0.tensors[1] = quantised }.contains("stored as Q8_0"))
    }

    @Test(arguments: [
        ("attention.head_count", UInt32(0)), ("attention.head_count_kv", 0), ("attention.head_count", 3_000_000_000),
        ("embedding_length", 0), ("block_count", 0), ("block_count", .max), ("context_length", 0),
        ("feed_forward_length", .max), ("attention.key_length", 0), ("attention.key_length", 15),
    ]) func absurdSizesAreRefused(key: String, value: UInt32) {
        #expect(!reason { $0.set("llama.\(key)", .uint32(value)) }.isEmpty)
    }

    @Test func keysMustBeThereAndOfTheirType() {
        #expect(reason { $0.remove("llama.block_count") } == "the metadata has no llama.block_count")
        #expect(reason { $0.set("llama.block_count", .string("2")) }.contains("not an integer"))
        #expect(reason { $0.set("llama.attention.head_count_kv", .ints([1, 2])) }.contains("differs between layers"))
        #expect(reason { $0.set("llama.attention.layer_norm_rms_epsilon", .float32(0)) }.contains("epsilon"))
    }

    @Test func oneGGUFInAFolderIsFound() throws {
        let path = try folder.write(TinyModel.gguf().build(), as: "one-Q8_0.gguf")
        #expect(try BaseModel.open(path: folder.url.path).displayName == "one")
        try FileManager.default.copyItem(atPath: path, toPath: folder.url.path + "/two.gguf")
        #expect(refusal { try BaseModel.open(path: folder.url.path) }.contains("one-Q8_0.gguf, two.gguf"))
    }

    @Test func brokenFilesNeverCrash() throws {
        let data = TinyModel.gguf(architecture: "qwen3").build()
        let headerSize = 3000
        var random = SeededGenerator(seed: 3)
        for _ in 0..<400 {
            var broken = data
            broken[Int.random(in: 0..<headerSize, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            let path = try folder.write(broken)
            _ = try? BaseModel.open(path: path)
        }
    }
}

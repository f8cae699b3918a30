import DeckCore
import Foundation
import ModelFiles
import TestSupport
import Testing

/// Tensors that are missing, strange, of another base, or not finite.
@Suite struct AdapterTensorTests {
    private static let query = "model.layers.0.self_attn.q_proj"

    private func expect(_ forge: AdapterForge, _ reasons: String..., at location: SourceLocation = #_sourceLocation)
        throws
    {
        let refusal = try forge.refusal()
        for reason in reasons {
            #expect(refusal?.contains(reason) == true, "\(refusal ?? "it was opened")", sourceLocation: location)
        }
    }

    @Test(arguments: ["A", "B"])
    func missingHalf(_ half: String) throws {
        var forge = AdapterForge()
        forge.tensors[AdapterForge.tensor("model.layers.1.self_attn.q_proj", half)] = nil
        try expect(forge, "half of a pair", "no \(half) for model.layers.1.self_attn.q_proj")
    }

    @Test(arguments: [
        ("base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector", "DoRA"),
        ("base_model.model.model.embed_tokens.lora_embedding_A", "embedding"),
        ("base_model.model.model.embed_tokens.weight", "the base's embed_tokens is [64, 16]"),
        ("base_model.model.lm_head.lora_A.weight", "lm_head"),
        ("base_model.model.model.layers.0.self_attn.q_proj.lora_B.bias", "a bias"),
        ("base_model.model.model.layers.0.self_attn.q_proj.base_layer.weight", "the base itself"),
        ("base_model.model.model.layers.0.mlp.experts.0.up_proj.lora_A.weight", "no linear layer"),
        ("base_model.model.layers.0.self_attn.q_proj.lora_A.weight", "several prefixes"),
        ("model.layers.0.self_attn.q_proj.lora_A.weight", "the same tensor by two names"),
        ("base_model.model.model.layers.0.self_attn.q_proj.lora_A.other.weight", "several adapters"),
        ("base_model.model.model.layers.-1.self_attn.q_proj.lora_A.weight", "no linear layer"),
        ("base_model.model.model.layers.00.self_attn.q_proj.lora_A.weight", "no linear layer"),
        ("garbage", "not a part of a LoRA"),
    ])
    func strayTensorIsNamed(_ name: String, _ reason: String) throws {
        var forge = AdapterForge()
        forge.tensors[name] = AdapterForge.Tensor([2, 16]) { _ in 0.5 }
        try expect(forge, name, reason)
    }

    @Test func adapterNameInTensorNames() throws {
        var forge = AdapterForge()
        let plain = try forge.identity()
        forge.tensors = Dictionary(
            uniqueKeysWithValues: forge.tensors.map {
                ($0.key.replacingOccurrences(of: ".weight", with: ".default.weight"), $0.value)
            })
        #expect(try forge.identity() == plain)
    }

    @Test func otherWidthNamesBothBasesAndTheTensor() throws {
        var forge = AdapterForge()
        for layer in 0..<3 {
            forge.tensors[AdapterForge.tensor("model.layers.\(layer).self_attn.q_proj", "A")] =
                AdapterForge.Tensor([2, 20]) { _ in 0.5 }
        }
        try expect(
            forge.setting("base_model_name_or_path", "\"acme/Forge-2M-Instruct\""), "acme/Forge-2M-Instruct",
            "Forge-1M-Instruct (llama, 3 layers", AdapterForge.tensor(Self.query, "A"), "[2, 20]", "expected [2, 16]")
    }

    @Test func moreLayersThanTheBase() throws {
        var forge = AdapterForge()
        var generator = SeededGenerator(seed: 5)
        for layer in 3..<6 {
            for module in [LinearModule.query, .down] {
                forge.add(module.path(layer: layer), module, rank: 2, &generator)
            }
        }
        try expect(forge, "model.layers.3.", "reaches to layer 5", "3 layers")
    }

    @Test func fewerLayersThanTheBase() throws {
        try expect(AdapterForge(layers: 0..<2), "model.layers.2.self_attn.q_proj", "in 2 of 3 layers")
    }

    @Test func wrongRankAndShape() throws {
        var forge = AdapterForge()
        forge.tensors[AdapterForge.tensor(Self.query, "A")] = AdapterForge.Tensor([3, 16]) { _ in 0 }
        try expect(forge, "rank 3", "the configuration says rank 2")
        forge.tensors[AdapterForge.tensor(Self.query, "A")] = AdapterForge.Tensor([32]) { _ in 0 }
        try expect(forge, "expected [2, 16]")
        forge.tensors[AdapterForge.tensor(Self.query, "A")] = AdapterForge.Tensor([16, 2]) { _ in 0 }
        try expect(forge, "expected [2, 16]")
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func notFinite(_ value: Float) throws {
        var forge = AdapterForge()
        let name = AdapterForge.tensor("model.layers.2.mlp.down_proj", "B")
        forge.tensors[name] = AdapterForge.Tensor([16, 2]) { $0 == 7 ? value : 0.25 }
        try expect(forge, name, "position 7", "not finite")
    }

    @Test(arguments: [
        ("F16", [0x00, 0x7C] as [UInt8]), ("F16", [0x01, 0xFE]), ("BF16", [0x80, 0x7F]), ("BF16", [0xC0, 0xFF]),
    ])
    func notFiniteInHalves(_ type: String, _ bytes: [UInt8]) throws {
        var forge = AdapterForge()
        let name = AdapterForge.tensor(Self.query, "A")
        forge.tensors[name]?.type = type
        forge.tensors[name]?.bytes = Array(repeating: 0, count: 62) + bytes
        try expect(forge, name, "position 31", "not finite")
    }

    @Test func everyHalfIsReadExactly() throws {
        var forge = AdapterForge(modules: [.query], rank: 256)
        let halves = (0..<4096).map { UInt16($0 * 16 + 5) & 0xFBFF }
        let name = AdapterForge.tensor(Self.query, "A")
        forge.tensors[name]?.type = "F16"
        forge.tensors[name]?.bytes = halves.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        var read: [Float] = []
        _ = try AdapterForge.reader().open(path: forge.write(), overrideBase: false).read { index, a, _ in
            if index == 0 { read = Array(a) }
        }
        #expect(read == halves.map { Float(Float16(bitPattern: $0)) })
    }

    @Test func noTensorsAtAll() throws {
        var forge = AdapterForge()
        forge.tensors = [:]
        try expect(forge, "no tensors")
    }

    @Test func errorsOfTheCallerPass() throws {
        struct Stop: Error {}
        let adapter = try AdapterForge.reader().open(path: AdapterForge().write(), overrideBase: false)
        #expect(throws: Stop.self) { try adapter.read { _, _, _ in throw Stop() } }
    }
}

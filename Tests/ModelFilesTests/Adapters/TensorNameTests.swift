import DeckCore
import Foundation
import ModelFiles
import TestSupport
import Testing

/// Names of tensors as trainers and wrappers write them, and whole modules beside a LoRA.
@Suite struct TensorNameTests {
    /// The adapter with every tensor renamed.
    private func renamed(_ forge: AdapterForge = AdapterForge(), _ change: (String) -> String) -> AdapterForge {
        var copy = forge
        copy.tensors = Dictionary(uniqueKeysWithValues: forge.tensors.map { (change($0.key), $0.value) })
        return copy
    }

    private func expect(_ forge: AdapterForge, _ reasons: String..., at location: SourceLocation = #_sourceLocation)
        throws
    {
        let refusal = try forge.refusal()
        for reason in reasons {
            #expect(refusal?.contains(reason) == true, "\(refusal ?? "it was opened")", sourceLocation: location)
        }
    }

    @Test(arguments: [
        ("base_model.model.", "_orig_mod.base_model.model."), ("base_model.model.", "base_model.model._orig_mod."),
        ("base_model.model.", "module.base_model.model."), ("base_model.model.", "base_model.model.module."),
        ("base_model.model.", "module._orig_mod.base_model.model._orig_mod."), ("base_model.model.", ""),
        ("base_model.model.model.", "base_model.model."), ("base_model.model.model.", "base_model.model.model.model."),
        ("base_model.model.model.", "base_model.model.model.language_model."),
        ("base_model.model.model.", "base_model.model.language_model.model."),
        (".self_attn.", "._orig_mod.self_attn."), (".mlp.", "._checkpoint_wrapped_module.mlp."),
        (".layers.", ".layers._fsdp_wrapped_module."), (".weight", ".default.weight"),
        (".weight", ".my-adapter_2.weight"),
    ])
    func wrappersAreReadThrough(_ part: String, _ written: String) throws {
        let forge = renamed { $0.replacingOccurrences(of: part, with: written) }
        #expect(try forge.refusal() == nil)
        #expect(try forge.identity() == AdapterForge().identity())
    }

    @Test func patternsSpeakOfTheModelThatWasTrained() throws {
        let forge = renamed(AdapterForge(modules: [.query])) {
            $0.replacingOccurrences(of: "base_model.model.model.", with: "base_model.model.model.language_model.")
        }
        let trained = forge.setting("target_modules", "\".*language_model.*q_proj\"")
            .setting("alpha_pattern", "{\"^model.language_model.layers.1.*\": 8}")
        let shapes = try AdapterForge.reader().open(path: trained.write(), overrideBase: false).shapes
        #expect(shapes.map(\.scale) == [2, 4, 2])
        // Where only the names of the tensors were changed, the configuration speaks of the base.
        #expect(try forge.setting("target_modules", "\"model\\\\.layers\\\\..*q_proj\"").refusal() == nil)
        try expect(forge.setting("target_modules", "\".*vision.*q_proj\""), "match none")
    }

    @Test(arguments: ["base_model.model.base_model.model.", "module.base_model.model._orig_mod.base_model.model."])
    func anUnmergedAdapterBelow(_ prefix: String) throws {
        try expect(
            renamed { $0.replacingOccurrences(of: "base_model.model.", with: prefix) },
            "has the prefix base_model.model. twice",
            "merge_and_unload")
    }

    @Test func whatIsAmbiguousIsRefused() throws {
        var forge = AdapterForge()
        let name = AdapterForge.tensor("model.layers.1.self_attn.q_proj", "B")
        forge.tensors["_orig_mod." + name] = forge.tensors[name]
        try expect(forge, name, "the same tensor by two names")
        forge = AdapterForge()
        forge.tensors[name.replacingOccurrences(of: "model.model.", with: "model.")] = forge.tensors[name]
        try expect(forge, "several prefixes")
        forge.tensors = forge.tensors.filter { !$0.key.contains("layers.1.") }
        try expect(forge, "no weights for it")
        // Other parts of a larger model are no prefix.
        try expect(
            renamed { $0.replacingOccurrences(of: "model.model.", with: "model.vision_tower.") }, "vision_tower",
            "no linear layer of the base")
    }

    @Test func weightsSavedWithoutGathering() throws {
        let cause = "saved without gathering them"
        var forge = AdapterForge()
        for name in forge.tensors.keys { forge.tensors[name] = AdapterForge.Tensor([0]) { _ in 0 } }
        try expect(forge, cause, "12 empty tensors of 12", "of shape [0]", "zero_to_fp32.py")
        // With columns left.
        for name in forge.tensors.keys { forge.tensors[name] = AdapterForge.Tensor([0, 16]) { _ in 0 } }
        try expect(forge, cause)
        // One of all.
        forge = AdapterForge()
        let name = AdapterForge.tensor("model.layers.0.self_attn.q_proj", "A")
        forge.tensors[name] = AdapterForge.Tensor([0]) { _ in 0 }
        try expect(forge, cause, "1 empty tensor of 12", name)
        // None at all.
        forge.tensors = [:]
        try expect(forge, cause, "holds no tensors")
        // Whatever base it names.
        try expect(forge.setting("base_model_name_or_path", "\"acme/Forge-7B\""), cause)
    }

    @Test func aFileOfFortyBytes() throws {
        let path = try AdapterForge().write()
        let header = Data("{\"__metadata__\":{\"format\":\"pt\"}}".utf8)
        let file = Data([UInt8(header.count), 0, 0, 0, 0, 0, 0, 0]) + header
        #expect(file.count == 40)
        try file.write(to: URL(fileURLWithPath: path).appendingPathComponent("adapter_model.safetensors"))
        #expect {
            try AdapterForge.reader().open(path: path, overrideBase: false)
        } throws: {
            "\($0)".contains("holds no tensors") && "\($0)".contains("saved without gathering them")
        }
    }

    @Test(arguments: [
        ("base_model.model.model.embed_tokens.weight", [66, 16], "enlarged before training"),
        ("base_model.model.lm_head.weight", [66, 16], "66 rows, 2 more than the base's vocabulary of 64"),
        ("base_model.model.lm_head.weight", [65, 16], "does not know the new token;"),
        ("base_model.model.lm_head.modules_to_save.default.weight", [66, 16], "enlarged before training"),
        ("base_model.model.model.embed_tokens.modules_to_save.weight", [64, 16], "of the base's size"),
        ("base_model.model.lm_head.weight", [64, 16], "as modules_to_save and save_embedding_layers write it"),
        ("base_model.model._orig_mod.lm_head.weight", [64, 16], "merge_and_unload"),
        ("base_model.model.lm_head.weight", [64, 24], "the base's lm_head is [64, 16]"),
        ("base_model.model.lm_head.weight", [60, 16], "the base's lm_head is [64, 16]"),
        ("base_model.model.model.layers.0.input_layernorm.weight", [16], "a whole input_layernorm in the place"),
        ("base_model.model.score.weight", [2, 16], "a whole score in the place"),
    ])
    func wholeModules(_ name: String, _ shape: [Int], _ reason: String) throws {
        var forge = AdapterForge()
        forge.tensors[name] = AdapterForge.Tensor(shape) { _ in 0.5 }
        try expect(forge, name, reason)
    }

    @Test func whatTrainingAloneNeededIsPassedOver() throws {
        var forge = AdapterForge().setting("velora_config", "{\"num_groups\": 4}")
        let plain = try forge.identity()
        let name = "base_model.model.model.layers.0.self_attn.q_proj.lora_velora_embed.default"
        forge.tensors[name] = AdapterForge.Tensor([4]) { _ in 1 }
        #expect(try forge.identity() == plain)
        let notes = try AdapterForge.reader().inspect(path: forge.write(), overrideBase: false).notes
        #expect(notes.contains { $0.contains(name) })
    }

    @Test func everyCutOfANameIsToldOrRead() throws {
        let name = "_orig_mod.base_model.model.module.model.layers.0.self_attn.q_proj.lora_A.default.weight"
        for count in 1..<name.utf8.count {
            var forge = AdapterForge(modules: [.key])
            forge.tensors[String(name.prefix(count))] = AdapterForge.Tensor([2, 16]) { _ in 0.5 }
            #expect(try forge.refusal() != nil, "\(count)")
        }
        for odd in [
            "", ".", "..", "weight", ".weight", "lora_A.weight", "base_model.model.lora_A.weight", "lora_A..weight",
        ] {
            var forge = AdapterForge(modules: [.key])
            forge.tensors[odd] = AdapterForge.Tensor([2, 16]) { _ in 0.5 }
            #expect(try forge.refusal() != nil, "\(odd)")
        }
    }
}

import Foundation
import ModelFiles
import TestSupport
import Testing

/// Every setting is honoured, known to be harmless, or refused with its reason.
@Suite struct PEFTConfigTests {
    @Test func soundForgeryOpens() throws { #expect(try AdapterForge().refusal() == nil) }

    @Test(
        arguments: [
            ("use_dora", "true", "DoRA"), ("modules_to_save", "[\"lm_head\"]", "replaces whole modules"),
            ("bias", "\"all\"", "biases"), ("bias", "\"lora_only\"", "biases"), ("lora_bias", "true", "bias vectors"),
            ("trainable_token_indices", "[3]", "token embeddings"), ("layer_replication", "[[0,2]]", "layers anew"),
            ("target_parameters", "[\"mlp.experts\"]", "outside linear layers"), ("use_qalora", "true", "QALoRA"),
            ("use_bdlora", "{\"nblocks\": 2}", "block-diagonal"),
            ("alora_invocation_tokens", "[1, 2]", "activated LoRA"),
            ("arrow_config", "{\"top_k\": 3}", "Arrow"), ("kasa_config", "{\"beta\": 1}", "KaSA"),
            ("monteclora_config", "{\"num_samples\": 8}", "MonteCLoRA"),
            ("init_lora_weights", "\"lora_ga\"", "changes the base's weights"),
            ("enable_lora", "[true, false]", "fused layers"), ("use_rslorra", "true", "is use_rslora meant?"),
            ("loraAlpha", "16", "is lora_alpha meant?"), ("zzz", "1", "\"zzz\" is a setting"),
            ("megatron_config", "{\"x\": 1}", "Megatron"),
            ("init_lora_weights", "\"pissa\"", "changes the base's weights"),
            ("init_lora_weights", "\"pissa_niter_16\"", "changes the base's weights"),
            ("init_lora_weights", "\"olora\"", "changes the base's weights"),
            ("init_lora_weights", "\"corda\"", "changes the base's weights"),
            ("init_lora_weights", "\"loftq\"", "changes the base's weights"),
            ("init_lora_weights", "\"sorcery\"", "does not know"), ("init_lora_weights", "7", "not a number"),
            ("peft_type", "\"IA3\"", "only LORA"), ("peft_type", nil, "peft_type is missing"),
            ("task_type", "\"SEQ_CLS\"", "no head"), ("future_feature", "{\"on\": 1}", "\"future_feature\""),
            ("future_flag", "true", "does not know"), ("r", nil, "r is missing"), ("r", "0", "r is 0"),
            ("r", "-4", "r is -4"), ("r", "1000000000", "from 1 to 4096"), ("r", "2.5", "whole number"),
            ("r", "true", "whole number, not a boolean"), ("lora_alpha", nil, "lora_alpha is missing"),
            ("lora_alpha", "null", "lora_alpha is missing"), ("lora_alpha", "0", "change nothing"),
            ("lora_alpha", "\"16\"", "must be a number"), ("lora_alpha", "1e300", "scale"),
            ("lora_alpha", "1e999", "range"),
            ("lora_alpha", "NaN", "invalid JSON"), ("target_modules", nil, "target_modules is missing"),
            ("target_modules", "[]", "target_modules is missing"), ("target_modules", "[3]", "strings only"),
            ("target_modules", "[\"c_attn\"]", "match none"), ("target_modules", "\".*c_attn\"", "match none"),
            ("target_modules", "\"(q_proj\"", "unbalanced"), ("target_modules", "[\"q_proj\",\"lm_head\"]", "lm_head"),
            ("target_modules", "[\"q_proj\"]", "does not target"),
            ("target_modules", "[\"q_proj\",\"v_proj\",\"down_proj\"]", "no weights for it"),
            ("exclude_modules", "[\"q_proj\"]", "does not target: exclude_modules names it"),
            ("layers_to_transform", "[0, 1]", "does not target: layers_to_transform names layers 0 to 1 only"),
            ("layers_to_transform", "1", "layers_to_transform names layer 1 only"),
            ("layers_to_transform", "[2, 0]", "layers_to_transform names layers 0, 2 only"),
            ("layers_to_transform", "[0, 1, 2, 3]", "3 layers"), ("layers_to_transform", "1.5", "whole number"),
            ("layers_pattern", "\"layers\"", "without layers_to_transform"),
            ("rank_pattern", "{\"q_proj\": 0}", "q_proj"),
            ("rank_pattern", "{\"q_proj\": 3}", "the configuration says rank 3"),
            ("rank_pattern", "[1]", "must be an object"), ("rank_pattern", "{\"q_(proj\": 2}", "unbalanced"),
            ("rank_pattern", "{\"q_proj\": 2, \"q_proj\": 3}", "twice"),
            ("alpha_pattern", "{\"q_proj\": null}", "missing"),
            ("use_rslora", "\"yes\"", "true or false"),
            ("auto_mapping", "{\"base_model_class\": \"Qwen2ForCausalLM\"}", "Qwen2ForCausalLM"),
        ] as [(String, String?, String)])
    func isRefused(_ key: String, _ value: String?, _ reason: String) throws {
        let refusal = try AdapterForge().setting(key, value).refusal()
        #expect(refusal?.contains(reason) == true, "\(refusal ?? "it was opened")")
    }

    @Test(
        arguments: [
            ("megatron_core", "\"megatron.core\""), ("qalora_group_size", "16"), ("ensure_weight_tying", "false"),
            ("revision", "\"main\""), ("lora_dropout", "0.1"), ("peft_version", "\"0.9.0\""), ("bias", nil),
            ("init_lora_weights", "\"gaussian\""), ("init_lora_weights", "false"), ("enable_lora", "null"),
            ("future_feature", "false"), ("future_list", "[]"), ("eva_config", "{\"rho\": 2.0}"),
            ("fan_in_fan_out", "true"), ("modules_to_save", "null"), ("loftq_config", "{}"), ("task_type", nil),
            ("loftq_config", "{\"bits\": null, \"group_size\": null}"), ("loftq_config", "{\"loftq_bits\": 4}"),
            ("lora_ga_config", "{\"direction\": \"ArB2r\"}"), ("velora_config", "{\"num_groups\": 1}"),
            ("corda_config", "{\"corda_method\": \"ipm\"}"), ("merge_weights", "true"),
            ("auto_mapping", "{\"base_model_class\": \"LlamaForCausalLM\", \"unsloth_fixed\": true}"),
            ("rank_pattern", "{\"nothing\": 7}"), ("target_modules", "[\"q_proj\", \"down_proj\", \"c_attn\"]"),
            ("target_modules", "\".*(q|down)_proj\""), ("layers_to_transform", "[0, 1, 2]"),
        ] as [(String, String?)])
    func isHarmless(_ key: String, _ value: String?) throws {
        let refusal = try AdapterForge().setting(key, value).refusal()
        #expect(refusal == nil, "\(refusal ?? "")")
    }

    @Test func settingsWithoutEffectAreNoted() throws {
        let forge = AdapterForge().setting("fan_in_fan_out", "true").setting("rank_pattern", "{\"nothing\": 7}")
            .setting("target_modules", "[\"q_proj\", \"down_proj\", \"c_attn\"]")
        let notes = try AdapterForge.reader().inspect(path: forge.write(), overrideBase: false).notes
        #expect(notes.contains { $0.contains("fan_in_fan_out") })
        #expect(notes.contains { $0.contains("nothing") })
        #expect(notes.contains { $0.contains("c_attn") })
    }

    @Test func settingsOfANewerPEFTThatAskForNothingAreNoted() throws {
        let forge = AdapterForge().setting("use_sorcery", "false").setting("sorcery_config", "null")
        let notes = try AdapterForge.reader().inspect(path: forge.write(), overrideBase: false).notes
        #expect(notes.contains { $0.contains("ask for nothing: sorcery_config, use_sorcery") })
    }

    @Test func firstPatternInTheFileWins() throws {
        func scales(_ pattern: String) throws -> Set<Float> {
            let path = try AdapterForge(modules: [.query]).setting("alpha_pattern", pattern).write()
            return Set(try AdapterForge.reader().open(path: path, overrideBase: false).shapes.map(\.scale))
        }
        #expect(try scales("{\"q_proj\": 8, \".*_proj\": 6}") == [4])
        #expect(try scales("{\".*_proj\": 6, \"q_proj\": 8}") == [3])
        #expect(try scales("{\"1.self_attn.q_proj\": 10}") == [2, 5])
        #expect(try scales("{\"proj\": 10, \"attn.q_proj\": 10}") == [2])
        #expect(try scales("{\"^model.layers.0.*\": 1}") == [2, 0.5])
    }

    @Test func rankStabilisedScaleUsesTheRoot() throws {
        let path = try AdapterForge(modules: [.query], rank: 4).setting("use_rslora", "true").write()
        #expect(try AdapterForge.reader().open(path: path, overrideBase: false).shapes.allSatisfy { $0.scale == 4 })
    }

    @Test func aWholePathIsMeantWhateverItsLayer() throws {
        // PEFT asks for the layer only where a name matches as an ending.
        let forge = AdapterForge(modules: [.query], layers: 0..<2)
            .setting("target_modules", "[\"model.layers.0.self_attn.q_proj\", \"q_proj\"]")
            .setting("layers_to_transform", "1")
        #expect(try forge.refusal() == nil)
        #expect(try forge.setting("layers_pattern", "\"layers\"").refusal() == nil)
        #expect(try forge.setting("layers_pattern", "\"blocks\"").refusal()?.contains("does not target") == true)
        #expect(try forge.setting("layers_pattern", "[\"(a)\"]").refusal()?.contains("group") == true)
    }

    @Test func layersNeedAListOfTargets() throws {
        let forge = AdapterForge().setting("layers_to_transform", "[0, 1, 2]")
        #expect(try forge.setting("target_modules", "\"all-linear\"").refusal()?.contains("to be a list") == true)
        let all = AdapterForge(modules: LinearModule.allCases).setting("target_modules", "\"all-linear\"")
        #expect(try all.refusal() == nil)
    }

    @Test func brokenJSONIsToldWithItsPlace() throws {
        var forge = AdapterForge()
        forge.config.append(("x", "{"))
        #expect(try forge.refusal()?.contains("invalid JSON at byte") == true)
    }

    @Test func aByteOrderMarkIsNoPartOfTheConfiguration() throws {
        let path = try AdapterForge(modules: [.query]).setting("alpha_pattern", "{\"q_proj\": 8, \".*_proj\": 6}")
            .write()
        let file = URL(fileURLWithPath: path).appendingPathComponent("adapter_config.json")
        try (Data([0xEF, 0xBB, 0xBF]) + Data(contentsOf: file)).write(to: file)
        let scales = Set(try AdapterForge.reader().open(path: path, overrideBase: false).shapes.map(\.scale))
        #expect(scales == [4])
    }

    @Test func anExplosivePatternIsRefused() throws {
        let nest = String(repeating: "(", count: 200) + String(repeating: ")*", count: 200)
        for bomb in NamePatternTests.bombs + [nest] {
            #expect(try AdapterForge().setting("target_modules", "\"\(bomb)\"").refusal() != nil)
        }
    }
}

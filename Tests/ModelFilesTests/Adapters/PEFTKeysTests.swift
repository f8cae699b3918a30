import Testing

@testable import ModelFiles

/// The table of keys against what PEFT itself writes.
@Suite struct PEFTKeysTests {
    /// The fields of `LoraConfig` and its parents in PEFT 0.21.0, as `dataclasses.fields` lists them.
    private static let version21 = [
        "task_type", "peft_type", "auto_mapping", "peft_version", "base_model_name_or_path", "revision",
        "inference_mode", "r", "target_modules", "exclude_modules", "lora_alpha", "lora_dropout", "fan_in_fan_out",
        "bias", "use_rslora", "modules_to_save", "init_lora_weights", "layers_to_transform", "layers_pattern",
        "rank_pattern", "alpha_pattern", "megatron_config", "megatron_core", "trainable_token_indices", "loftq_config",
        "eva_config", "corda_config", "lora_ga_config", "use_dora", "velora_config", "alora_invocation_tokens",
        "use_qalora", "qalora_group_size", "monteclora_config", "layer_replication", "runtime_config", "lora_bias",
        "target_parameters", "use_bdlora", "arrow_config", "kasa_config", "ensure_weight_tying",
    ]
    /// Fields of the versions of 2023 that are gone.
    private static let gone = ["merge_weights", "enable_lora"]

    @Test func everyKeyIsInTheTable() {
        let known = PEFTKeys.table.map(\.name)
        #expect(known.sorted() == (Self.version21 + Self.gone).sorted())
        #expect(Set(known).count == known.count)
    }

    @Test func whatIsRefusedSaysWhyAndWhatToDo() throws {
        for (name, use) in PEFTKeys.table {
            guard case .refused(let reason, let cure) = use else { continue }
            for value in ["true", "[1]", "{\"x\": 1}", "7", "\"on\""] {
                let refusal = try AdapterForge().setting(name, value).refusal() ?? "it was opened"
                #expect(refusal.contains("\(name) is set: \(reason); \(cure)"), "\(refusal)")
            }
            for value in ["null", "false", "[]", "{}", "\"\""] {
                #expect(try AdapterForge().setting(name, value).refusal() == nil, "\(name) \(value)")
            }
        }
    }

    @Test func whatIsHarmlessChangesNothing() throws {
        let plain = try AdapterForge().identity()
        for (name, use) in PEFTKeys.table where use == .harmless {
            for value in ["true", "{\"x\": 1}", "7", "\"on\""] {
                #expect(try AdapterForge().setting(name, value).identity() == plain, "\(name)")
            }
        }
    }

    @Test func aMisspeltKeyNamesItsNearest() {
        for (name, nearest) in [
            ("use_rlsora", "use_rslora"), ("lora_alfa", "lora_alpha"), ("targetModules", "target_modules"),
            ("rank_patterns", "rank_pattern"), ("lora-bias", "lora_bias"), ("something_else", nil), ("", nil),
        ] {
            #expect(PEFTKeys.nearest(to: name) == nearest, "\(name)")
        }
    }
}

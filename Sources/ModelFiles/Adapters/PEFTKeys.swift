import DeckCore

/// Every key that PEFT has written into `adapter_config.json`, through its version 0.21, and what is made of it
/// (invariant 13).
enum PEFTKeys {
    enum Use: Hashable {
        /// `PEFTConfig` reads it, or `PEFTFields` checks its value.
        case honoured
        /// It changes nothing when the adapter is applied.
        case harmless
        /// It asks for what is not built, unless it is null, false or empty: what it asks for, and the way out.
        case refused(String, cure: String)
    }

    private static let merge = "merge it into its base where it was trained (merge_and_unload) and serve the result"
    private static let retrain = "train it without"

    /// In the order of their complaints.
    static let table: [(name: String, use: Use)] = [
        ("peft_type", .honoured), ("task_type", .honoured), ("auto_mapping", .honoured),
        ("base_model_name_or_path", .honoured), ("r", .honoured), ("lora_alpha", .honoured), ("use_rslora", .honoured),
        ("rank_pattern", .honoured), ("alpha_pattern", .honoured), ("target_modules", .honoured),
        ("exclude_modules", .honoured), ("layers_to_transform", .honoured), ("layers_pattern", .honoured),
        ("fan_in_fan_out", .honoured), ("bias", .honoured), ("init_lora_weights", .honoured),
        (
            "use_dora",
            .refused("DoRA scales the columns of the base's own weights, which is not supported", cure: merge)
        ),
        ("modules_to_save", .refused("it replaces whole modules of the base, which is not supported", cure: merge)),
        ("lora_bias", .refused("the adapter holds bias vectors, which are not supported", cure: merge)),
        ("trainable_token_indices", .refused("it replaces token embeddings, which is not supported", cure: merge)),
        ("layer_replication", .refused("it stacks the base's layers anew, which is not supported", cure: merge)),
        (
            "target_parameters",
            .refused("it adapts parameters outside linear layers, which is not supported", cure: merge)
        ),
        ("use_qalora", .refused("QALoRA pools its input by groups, which is not supported", cure: retrain)),
        ("use_bdlora", .refused("block-diagonal LoRA is not supported", cure: merge)),
        (
            "alora_invocation_tokens",
            .refused("an activated LoRA acts from its invocation tokens on, which is not supported", cure: retrain)
        ),
        ("arrow_config", .refused("Arrow routes between adapters, which is not supported", cure: "name one of them")),
        (
            "kasa_config",
            .refused("KaSA changes the base's weights and adds singular values, which is not supported", cure: merge)
        ),
        ("monteclora_config", .refused("MonteCLoRA draws its weights at random, which is not supported", cure: merge)),
        ("megatron_config", .refused("Megatron's parallel layers are not supported", cure: merge)),
        // LoRA of 2023: one flag for each of a fused layer's parts.
        ("enable_lora", .refused("it adapts parts of fused layers, which is not supported", cure: merge)),
        // What these say was done in training; init_lora_weights tells whether it changed the base.
        ("loftq_config", .harmless), ("eva_config", .harmless), ("corda_config", .harmless),
        ("lora_ga_config", .harmless),
        // Another way to compute gradients.
        ("velora_config", .harmless), ("lora_dropout", .harmless), ("inference_mode", .harmless),
        ("merge_weights", .harmless), ("peft_version", .harmless), ("revision", .harmless),
        // These accompany features that have keys of their own.
        ("megatron_core", .harmless), ("qalora_group_size", .harmless), ("ensure_weight_tying", .harmless),
        // Kept in memory only.
        ("runtime_config", .harmless),
    ]

    private static let uses = Dictionary(uniqueKeysWithValues: table.map { ($0.name, $0.use) })

    static func use(of key: String) -> Use? { uses[key] }

    /// The key that a misspelt one was meant to be; nil when none is near.
    static func nearest(to key: String) -> String? { NearestName.of(key, among: table.map(\.name)) }
}

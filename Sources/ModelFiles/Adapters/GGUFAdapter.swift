/// The tensors of an adapter in llama.cpp's GGUF form: `<name of the base's tensor>.lora_a` and `.lora_b`, with the rows
/// of B in the order of that architecture's GGUF bases. Its scale is alpha / rank, or 1 when alpha is 0; it has no field for
/// rsLoRA.
struct GGUFAdapter {
    let file: GGUFFile
    let base: ModelConfig
    let architecture: String
    let alpha: Double

    /// Reads the metadata. Throws for a GGUF that is no LoRA, and for one without an alpha.
    init(_ file: GGUFFile, base: ModelConfig) throws(AdapterRefusal) {
        func text(_ key: String) -> String? { file.metadata[key]?.string }
        guard text("general.type") == "adapter" else {
            throw AdapterRefusal(
                "\(file.path) is no adapter: general.type is \(text("general.type") ?? "missing"), not \"adapter\"")
        }
        guard text("adapter.type") == "lora" else {
            throw AdapterRefusal("adapter.type is \(text("adapter.type") ?? "missing"); only \"lora\" is supported")
        }
        guard let architecture = text("general.architecture") else {
            throw AdapterRefusal("general.architecture is missing")
        }
        guard let alpha = file.metadata["adapter.lora.alpha"]?.number else {
            throw AdapterRefusal("adapter.lora.alpha is missing: the adapter's scale is unknown")
        }
        guard alpha.isFinite else { throw AdapterRefusal("adapter.lora.alpha is \(alpha), which gives no scale") }
        if file.metadata.keys.contains(where: { $0.hasPrefix("adapter.alora.") }) {
            throw AdapterRefusal("an activated LoRA acts from its invocation tokens on, which is not supported")
        }
        let known: Set<String> = [
            "adapter.type", "adapter.lora.alpha", "adapter.lora.task_name", "adapter.lora.prompt_prefix",
        ]
        let strange = file.metadata.keys.filter { $0.hasPrefix("adapter.") && !known.contains($0) }.sorted().first
        if let strange {
            throw AdapterRefusal("\"\(strange)\" is a setting that loradeck does not know; it cannot be honoured")
        }
        self.file = file
        self.base = base
        self.architecture = architecture
        self.alpha = alpha
    }

    /// Whether the adapter's architecture is the base's. GGUF files of Mistral models call themselves llama.
    func fits(_ other: Architecture) -> Bool {
        architecture == other.rawValue || (architecture == "llama" && other == .mistral)
    }

    /// The names that the file gives its base.
    var declaredBases: [String] {
        let prefix = "general.base_model.0."
        var names: [String] = []
        for key in ["repo_url", "name"] {
            if let text = file.metadata[prefix + key]?.string, !text.isEmpty { names.append(text) }
        }
        return names
    }

    /// llama.cpp permutes q and k of the llama architecture when it converts, and of no other that is served here.
    var pairing: RotaryConfig.Pairing { architecture == "llama" ? .interleaved : .halves }

    /// Makes the modules. Throws `BaseMisfit` for what this base has no place for, `AdapterRefusal` for the rest.
    func modules() throws -> [StoredModule] {
        var pairs: [ModuleKey: FoundPair] = [:]
        for name in file.tensors.keys.sorted(by: {
            $0.utf8.count == $1.utf8.count ? $0 < $1 : $0.utf8.count < $1.utf8.count
        }) {
            if isConstant(name) { continue }
            let (key, isA) = try module(of: name)
            if isA {
                pairs[key, default: FoundPair()].a = file.tensors[name]
            } else {
                pairs[key, default: FoundPair()].b = file.tensors[name]
            }
        }
        guard !pairs.isEmpty else { throw AdapterRefusal("\(file.path) holds no tensors of a LoRA") }
        return try AdapterPlanner(config: base, file: file.file, stored: pairing)
            .modules(pairs, rank: { _ in nil }, scale: { _, rank in alpha == 0 ? 1 : alpha / Double(rank) })
    }

    /// What was read otherwise than it is written, for the inspection.
    var notes: [String] {
        var notes = alpha == 0 ? ["adapter.lora.alpha is 0: the scale is 1, as llama.cpp takes it"] : []
        let constants = file.tensors.keys.filter(isConstant).sorted()
        if !constants.isEmpty {
            notes.append("passed over, because it is the base's and no part of a LoRA: \(PEFTFields.list(constants))")
        }
        return notes
    }

    /// Whether a tensor is one that converters make for every model from its configuration: the factors of its rotary
    /// embedding. The base has its own.
    private func isConstant(_ name: String) -> Bool {
        ["rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight"].contains(name)
    }

    private func module(of name: String) throws -> (ModuleKey, isA: Bool) {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard let half = parts.last, half == "lora_a" || half == "lora_b" else {
            throw AdapterRefusal(
                """
                the tensor \(name) is not a part of a LoRA (….lora_a or ….lora_b) but a weight of the model itself, which is \
                not supported; merge the adapter into its base (llama-export-lora), or convert it without
                """)
        }
        let target = parts.dropLast().joined(separator: ".")
        guard parts.count == 5, parts[0] == "blk", parts[3] == "weight", let layer = Int(parts[1]), layer >= 0,
            let module = LinearModule.allCases.first(where: { $0.ggufName == parts[2] })
        else { throw BaseMisfit("\(name) adapts \(target), which is no linear layer of the base") }
        guard layer < base.layerCount else {
            throw BaseMisfit(
                "\(name) is for layer \(layer); the base has \(base.layerCount) layers (0 to \(base.layerCount - 1))")
        }
        return (ModuleKey(layer: layer, module: module), half == "lora_a")
    }
}

extension LinearModule {
    /// The module's name in GGUF files, after `blk.N.`.
    var ggufName: String {
        switch self {
        case .query: "attn_q"
        case .key: "attn_k"
        case .value: "attn_v"
        case .output: "attn_output"
        case .gate: "ffn_gate"
        case .up: "ffn_up"
        case .down: "ffn_down"
        }
    }
}

/// The members of an `adapter_config.json`, and the table of what is read, ignored and refused.
struct PEFTFields {
    private let members: [String: JSONValue]

    init(_ members: [String: JSONValue]) { self.members = members }

    /// Keys that `PEFTConfig` reads or that are checked below.
    private static let read: Set<String> = [
        "r", "lora_alpha", "use_rslora", "rank_pattern", "alpha_pattern", "target_modules", "exclude_modules",
        "layers_to_transform", "layers_pattern", "fan_in_fan_out", "bias", "init_lora_weights", "peft_type",
        "task_type", "base_model_name_or_path", "auto_mapping",
    ]

    /// Keys that concern training, or only accompany a feature that has its own key.
    private static let ignored: Set<String> = [
        "lora_dropout", "inference_mode", "peft_version", "revision", "megatron_core", "qalora_group_size",
        "eva_config", "corda_config", "ensure_weight_tying", "runtime_config",
    ]

    /// Keys that ask for what is not built, with what they ask for.
    private static let refused: [(key: String, reason: String)] = [
        ("use_dora", "DoRA scales the columns of the base's own weights, which is not supported"),
        ("modules_to_save", "it replaces whole modules of the base, which is not supported"),
        ("lora_bias", "the adapter holds bias vectors, which are not supported"),
        ("trainable_token_indices", "it replaces token embeddings, which is not supported"),
        ("layer_replication", "it stacks the base's layers anew, which is not supported"),
        ("target_parameters", "it adapts parameters outside linear layers, which is not supported"),
        ("loftq_config", "LoftQ changes the base's weights, so that the adapter does not fit the unchanged base"),
        ("lora_ga_config", "LoRA-GA changes the base's weights, so that the adapter does not fit the unchanged base"),
        ("use_qalora", "QALoRA pools its input by groups, which is not supported"),
        ("use_bdlora", "block-diagonal LoRA is not supported"),
        ("alora_invocation_tokens", "an activated LoRA acts from its invocation tokens on, which is not supported"),
        ("arrow_config", "Arrow routes between adapters, which is not supported"),
        ("kasa_config", "KaSA changes the base's weights and adds singular values, which is not supported"),
        ("velora_config", "VeLoRA is not supported"),
        ("monteclora_config", "MonteCLoRA is not supported"),
        ("megatron_config", "Megatron's parallel layers are not supported"),
    ]

    /// Ways to initialise that leave the base as it is.
    private static let plainInitialisations: Set<String> = ["gaussian", "eva", "orthogonal", "mica", "true", "false"]

    subscript(key: String) -> JSONValue? { members[key].flatMap { $0 == .null ? nil : $0 } }

    /// Throws for the first feature that is not built, in the order of the table, and for a key that nobody knows here.
    func refuseWhatIsNotBuilt() throws(AdapterRefusal) {
        guard let type = try string("peft_type") else { throw refusal("peft_type is missing; it must be LORA") }
        guard type.uppercased() == "LORA" else {
            throw refusal("peft_type is \(Self.shown(type)); only LORA is supported")
        }
        for (key, reason) in Self.refused {
            if let value = self[key], !Self.isEmpty(value) { throw refusal("\(key) is set: \(reason)") }
        }
        if let bias = try string("bias"), bias != "none" {
            throw refusal("bias is \"\(Self.shown(bias))\": trained biases are not supported, only \"none\"")
        }
        try refuseInitialisation()
        try refuseTask()
        let known = Self.read.union(Self.ignored).union(Self.refused.map(\.key))
        for key in members.keys.sorted() where !known.contains(key) {
            guard let value = self[key], !Self.isEmpty(value) else { continue }
            throw refusal(
                "\"\(Self.shown(key))\" is a setting that loradeck does not know; what it changes cannot be honoured")
        }
    }

    private func refuseInitialisation() throws(AdapterRefusal) {
        guard let value = self["init_lora_weights"], value.bool == nil else { return }
        guard let name = value.string?.lowercased() else {
            throw refusal("init_lora_weights must be true, false or a name, not \(value.kind)")
        }
        if Self.plainInitialisations.contains(name) { return }
        let changing = ["pissa", "olora", "corda", "loftq", "lora_ga"]
        if changing.contains(where: { name.hasPrefix($0) }) {
            throw refusal(
                """
                init_lora_weights is "\(Self.shown(name))", which changes the base's weights before training: on the \
                unchanged base the adapter is wrong. Save it again with path_initial_model_for_weight_conversion, \
                which makes a plain LoRA of it
                """)
        }
        throw refusal("init_lora_weights is \"\(Self.shown(name))\", which loradeck does not know")
    }

    private func refuseTask() throws(AdapterRefusal) {
        guard let task = try string("task_type") else { return }
        switch task {
        case "CAUSAL_LM", "FEATURE_EXTRACTION", "SEQ_2_SEQ_LM": return
        default:
            throw refusal("task_type is \(Self.shown(task)): loradeck generates text and has no head for that task")
        }
    }

    // MARK: Typed access

    func refusal(_ reason: String) -> AdapterRefusal { AdapterRefusal("\(PEFTConfig.fileName): \(reason)") }

    func string(_ key: String) throws(AdapterRefusal) -> String? {
        guard let value = self[key] else { return nil }
        guard let text = value.string else { throw refusal("\(key) must be a string, not \(value.kind)") }
        return text.isEmpty ? nil : text
    }

    func flag(_ key: String) throws(AdapterRefusal) -> Bool {
        guard let value = self[key] else { return false }
        guard let flag = value.bool else { throw refusal("\(key) must be true or false, not \(value.kind)") }
        return flag
    }

    func object(_ key: String) throws(AdapterRefusal) -> [String: JSONValue] {
        guard let value = self[key] else { return [:] }
        guard let object = value.object else { throw refusal("\(key) must be an object, not \(value.kind)") }
        return object
    }

    /// One integer or several; nil when there is none or the list is empty.
    func integers(_ key: String) throws(AdapterRefusal) -> [Int]? {
        guard let value = self[key] else { return nil }
        if let single = value.int { return [single] }
        guard let array = value.array else {
            throw refusal("\(key) must be a whole number or a list of them, not \(value.kind)")
        }
        var result: [Int] = []
        for element in array {
            guard let number = element.int else {
                throw refusal("\(key) must hold whole numbers only, not \(element.kind)")
            }
            result.append(number)
        }
        return result.isEmpty ? nil : result
    }

    private func strings(_ key: String) throws(AdapterRefusal) -> [String] {
        guard let value = self[key] else { return [] }
        if let single = value.string { return single.isEmpty ? [] : [single] }
        guard let array = value.array else {
            throw refusal("\(key) must be a string or a list of strings, not \(value.kind)")
        }
        var result: [String] = []
        for element in array {
            guard let text = element.string else { throw refusal("\(key) must hold strings only, not \(element.kind)") }
            result.append(text)
        }
        return result
    }

    /// `target_modules` or `exclude_modules`: a list of names, or one pattern. Nil when there is none.
    func filter(_ key: String, allowingAllLinear: Bool) throws -> ModuleFilter? {
        let strings = try strings(key)
        guard let first = strings.first else { return nil }
        guard case .string = self[key] else { return .names(Set(strings)) }
        if allowingAllLinear, first.lowercased() == "all-linear" { return .allLinear }
        return .pattern(try NamePattern(first))
    }

    /// `layers_pattern`, each made into the pattern that PEFT looks for: the layer's number follows it.
    func patterns(_ key: String) throws -> [NamePattern] {
        var patterns: [NamePattern] = []
        for text in try strings(key) {
            // Alone first, so that its own groups are counted.
            guard try NamePattern(text).capturingGroups == 0 else { return [try NamePattern(text)] }
            patterns.append(try NamePattern(".*?\\.\(text)\\.[0-9]+\\."))
        }
        return patterns
    }

    /// A value as a message shows it.
    func text(of key: String) -> String {
        switch self[key] {
        case .string(let text): "\"\(Self.shown(text))\""
        case .array(let elements):
            "[" + elements.prefix(12).compactMap { $0.string.map(Self.shown) }.joined(separator: ", ")
                + (elements.count > 12 ? ", …]" : "]")
        default: "nothing"
        }
    }

    private static func shown(_ text: String) -> String { text.count > 80 ? text.prefix(79) + "…" : text }

    /// Null, false, or empty: what a key holds when its feature is not used.
    private static func isEmpty(_ value: JSONValue) -> Bool {
        switch value {
        case .null, .bool(false): true
        case .string(let text): text.isEmpty
        case .array(let elements): elements.isEmpty
        case .object(let members): members.isEmpty
        default: false
        }
    }
}

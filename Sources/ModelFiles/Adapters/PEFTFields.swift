/// The members of an `adapter_config.json`, checked against the table of what is honoured, harmless and refused.
struct PEFTFields {
    private let members: [String: JSONValue]

    init(_ members: [String: JSONValue]) { self.members = members }

    /// What a folder of Apple's MLX is told to be.
    static let mlx = """
        an adapter of MLX, whose matrices stand transposed and whose scale is not alpha / r; convert it to PEFT's layout, or \
        train it with PEFT
        """

    /// Ways to initialise that leave the base as it is.
    private static let plainInitialisations: Set<String> = ["gaussian", "eva", "orthogonal", "mica", "true", "false"]

    subscript(key: String) -> JSONValue? { members[key].flatMap { $0 == .null ? nil : $0 } }

    /// Throws for the first feature that is not built, in the order of the table, and for a key that nobody knows here.
    func refuseWhatIsNotBuilt() throws(AdapterRefusal) {
        guard let type = try string("peft_type") else {
            throw refusal(whatInstead ?? "peft_type is missing; it must be LORA")
        }
        guard type.uppercased() == "LORA" else {
            throw refusal("peft_type is \(Self.shown(type)); only LORA is supported")
        }
        for (key, use) in PEFTKeys.table {
            if case .refused(let reason, let cure) = use, isOn(key) {
                throw refusal("\(key) is set: \(reason); \(cure)")
            }
        }
        if let bias = try string("bias"), bias != "none" {
            throw refusal(
                "bias is \"\(Self.shown(bias))\": trained biases of the base are not supported, only \"none\"; train it so"
            )
        }
        try refuseInitialisation()
        try refuseTask()
        if let key = unknown.first(where: isOn) {
            let nearest = PEFTKeys.nearest(to: key).map { "; is \($0) meant?" } ?? ""
            throw refusal(
                """
                "\(Self.shown(key))" is a setting that loradeck does not know; what it changes cannot be honoured\(nearest)
                """)
        }
    }

    /// Keys that nobody knows and that ask for nothing: what a newer PEFT writes for a feature that is not used.
    var idle: [String] { unknown.filter { !isOn($0) } }

    private var unknown: [String] { members.keys.filter { PEFTKeys.use(of: $0) == nil }.sorted() }

    private func isOn(_ key: String) -> Bool { !Self.isEmpty(self[key] ?? .null) }

    /// What the file is, if not PEFT's.
    private var whatInstead: String? {
        if self["fine_tune_type"] != nil || self["lora_parameters"] != nil {
            return "this is the configuration of \(Self.mlx)"
        }
        let error = self["error"] ?? self["detail"] ?? self["message"]
        if let text = error?.string ?? error?["message"]?.string {
            return "this is a server's error, \"\(Self.shown(text))\", not a configuration: download it again"
        }
        if self["architectures"] != nil, self["hidden_size"] != nil {
            return "this is the configuration of a whole model, not of an adapter"
        }
        return nil
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

    /// The first names of a list, for notes.
    static func list(_ names: [String]) -> String {
        names.prefix(8).map(shown).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
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

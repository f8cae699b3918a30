/// The tensors of a PEFT folder, matched against the base and against the adapter's own configuration.
struct PEFTAdapter {
    static let weightsName = "adapter_model.safetensors"

    let config: PEFTConfig
    let base: ModelConfig
    let weights: SafetensorsFile
    private let names: [PEFTTensorName]
    /// Tensors that were needed for training only.
    private let idle: [String]
    private let targets: PEFTTargets

    /// Takes the names of the tensors apart. Throws for a tensor that is no part of a LoRA, and for a file that holds none.
    init(config: PEFTConfig, base: ModelConfig, weights: SafetensorsFile) throws(AdapterRefusal) {
        self.config = config
        self.base = base
        self.weights = weights
        try Self.refuseEmptiness(weights.tensors)
        var names: [PEFTTensorName] = []
        var idle: [String] = []
        for name in weights.tensors.keys.sorted() {
            if PEFTTensorName.isIdle(name) { idle.append(name) } else { names.append(try PEFTTensorName(name)) }
        }
        var infixes: Set<String> = []
        var leads: [String: String] = [:]
        for name in names where name.part != .whole {
            infixes.insert(name.adapterName)
            guard infixes.count == 1 else {
                throw AdapterRefusal(
                    "\(name.name): the file holds the tensors of several adapters (\(infixes.sorted()))")
            }
            if let lead = PEFTTargets.lead(of: name.path) { leads[lead] = leads[lead] ?? name.name }
        }
        guard leads.count <= 1 else {
            let examples = leads.values.sorted().prefix(2).joined(separator: " and ")
            throw AdapterRefusal(
                "the tensors stand under several prefixes, \(examples): which are the adapter's is unknown")
        }
        self.names = names
        self.idle = idle
        targets = PEFTTargets(config: config, base: base, lead: leads.keys.first ?? "model.")
    }

    /// Makes the modules. Throws `BaseMisfit` for what this base has no place for, `AdapterRefusal` for the rest.
    func modules() throws -> [StoredModule] {
        try refuseWholeModules()
        let pairs = try pairs()
        let targeted = try targets.modules()
        guard !targeted.isEmpty else {
            throw BaseMisfit(
                "target_modules \(config.targetText) match none of the base's \(base.linearModules.count) linear layers"
            )
        }
        let patterns = try PatternValues(config, targeted)
        let planner = AdapterPlanner(config: base, file: weights.file, stored: .halves)
        let modules = try planner.modules(
            pairs, rank: { patterns.rank[$0] ?? config.rank },
            scale: { key, rank in
                let alpha = patterns.alpha[key] ?? config.alpha
                return config.isRankStabilised ? alpha / Double(rank).squareRoot() : alpha / Double(rank)
            })
        if let surplus = pairs.keys.sorted().first(where: { targeted[$0] == nil }) {
            throw AdapterRefusal(
                """
                there are weights for \(surplus.path), which the configuration does not target: \
                \(try targets.whyNot(surplus) ?? "")
                """)
        }
        if let lacking = targeted.keys.sorted().first(where: { pairs[$0] == nil }) {
            let layers = Set(pairs.keys.map(\.layer))
            throw BaseMisfit(
                """
                the configuration targets \(lacking.path), but there are no weights for it (there are for \
                \(pairs.count) of \(targeted.count) modules, in \(layers.count) of \(base.layerCount) layers)
                """)
        }
        return modules
    }

    /// Settings that match nothing here: no error in PEFT and none here, but worth telling.
    func notes() throws -> [String] {
        var notes = config.notes
        let paths = base.linearModules.map { targets.trained($0.path) }
        if case .names(let names) = config.targets {
            let ends = Set(paths.flatMap { path in ModuleFilter.ends(of: path) })
            let idle = names.subtracting(ends).sorted()
            if !idle.isEmpty {
                notes.append("target_modules names what this base does not have: \(PEFTFields.list(idle))")
            }
        }
        var steps = PatternValues.stepLimit
        for (field, keys) in [
            ("rank_pattern", config.rankPattern.map { ($0.key, $0.pattern) }),
            ("alpha_pattern", config.alphaPattern.map { ($0.key, $0.pattern) }),
        ] {
            for (key, pattern) in keys where try !paths.contains(where: { try pattern.matches($0, steps: &steps) }) {
                notes.append("\(field) \"\(key)\" matches no module of this base")
            }
        }
        if !idle.isEmpty {
            notes.append("passed over, because they are for training only: \(PEFTFields.list(idle))")
        }
        return notes
    }

    // MARK: Tensors

    private static func refuseEmptiness(_ tensors: [String: TensorView]) throws(AdapterRefusal) {
        let empty = tensors.values.filter { $0.shape.contains(0) }
        guard tensors.isEmpty || !empty.isEmpty else { return }
        let what =
            tensors.isEmpty
            ? "holds no tensors"
            : "holds \(empty.count) empty \(empty.count == 1 ? "tensor" : "tensors") of \(tensors.count), such as "
                + "\(empty.map(\.name).min() ?? "") of shape \(empty.min { $0.name < $1.name }?.shape ?? [])"
        throw AdapterRefusal(
            """
            \(weightsName) \(what): the weights were spread over several devices (DeepSpeed ZeRO-3, FSDP) and saved without \
            gathering them. Save it again with stage3_gather_16bit_weights_on_model_save, or make it from the checkpoint \
            with zero_to_fp32.py
            """)
    }

    /// Every tensor at its module, or a refusal that names the first that has none.
    private func pairs() throws -> [ModuleKey: FoundPair] {
        let known = Dictionary(uniqueKeysWithValues: base.linearModules.map { (targets.trained($0.path), $0) })
        var pairs: [ModuleKey: FoundPair] = [:]
        var strays: [PEFTTensorName] = []
        for parsed in names where parsed.part != .whole {
            guard let key = known[parsed.path] else {
                strays.append(parsed)
                continue
            }
            let half: WritableKeyPath<FoundPair, TensorView?> = parsed.part == .a ? \.a : \.b
            if let other = pairs[key]?[keyPath: half] {
                throw AdapterRefusal("\(other.name) and \(parsed.name) are the same tensor by two names")
            }
            pairs[key, default: FoundPair()][keyPath: half] = weights.tensors[parsed.name]
        }
        try refuse(strays, pairs)
        return pairs
    }

    /// Tensors for modules that the base does not have. A shape that does not fit is told first: it says more.
    private func refuse(_ strays: [PEFTTensorName], _ pairs: [ModuleKey: FoundPair]) throws {
        guard let stray = strays.first else { return }
        for key in pairs.keys.sorted() {
            if let a = pairs[key]?.a, a.columns != key.module.inputSize(base) {
                throw BaseMisfit("\(a.name) is \(a.shape), expected [\(a.rows), \(key.module.inputSize(base))]")
            }
        }
        let beyond = strays.compactMap { tensor in base.layerBeyond(targets.plain(tensor.path)).map { (tensor, $0) } }
        if beyond.count == strays.count, let (tensor, _) = beyond.min(by: { $0.1 < $1.1 }) {
            let last = beyond.map(\.1).max() ?? 0
            throw BaseMisfit(
                """
                \(tensor.name) is for a layer that the base does not have: the adapter reaches to layer \(last), \
                the base has \(base.layerCount) layers (0 to \(base.layerCount - 1))
                """)
        }
        let other = strays.first { base.layerBeyond(targets.plain($0.path)) == nil } ?? stray
        if other.path == "lm_head" || other.path.hasSuffix("embed_tokens") {
            throw AdapterRefusal("\(other.name) adapts the \(other.path), which is not supported: linear layers only")
        }
        throw BaseMisfit("\(other.name) adapts \(other.path), which is no linear layer of the base")
    }

    /// Whole modules beside the LoRA: PEFT saves the embeddings and the head when the vocabulary was resized, or when
    /// modules_to_save names them.
    private func refuseWholeModules() throws {
        guard let found = names.first(where: { $0.part == .whole }), let tensor = weights.tensors[found.name] else {
            return
        }
        let cure =
            "merge the adapter into its base where it was trained (merge_and_unload), and serve the result as the base"
        let module = found.path.split(separator: ".").last.map(String.init) ?? found.path
        guard ["embed_tokens", "lm_head"].contains(module), tensor.shape.count == 2 else {
            throw AdapterRefusal(
                "\(found.name) is a whole \(module) in the place of the base's, which is not supported; \(cure)")
        }
        guard tensor.columns == base.hiddenSize, tensor.rows >= base.vocabularySize else {
            throw BaseMisfit(
                "\(found.name) is \(tensor.shape), the base's \(module) is [\(base.vocabularySize), \(base.hiddenSize)]"
            )
        }
        let added = tensor.rows - base.vocabularySize
        throw AdapterRefusal(
            added > 0
                ? """
                \(found.name) has \(tensor.rows) rows, \(added) more than the base's vocabulary of \
                \(base.vocabularySize): the vocabulary was enlarged before training, and the base here does not know the \
                new \(added == 1 ? "token" : "tokens"); \(cure)
                """
                : """
                \(found.name) is a whole \(module) of the base's size in the place of the base's, as modules_to_save and \
                save_embedding_layers write it, which is not supported; \(cure)
                """)
    }
}

extension ModelConfig {
    /// Every linear layer that an adapter can change, in model order.
    var linearModules: [ModuleKey] {
        (0..<layerCount).flatMap { layer in LinearModule.allCases.map { ModuleKey(layer: layer, module: $0) } }
    }

    /// The layer of a path that would be a linear layer if the base had more layers; nil for every other path.
    func layerBeyond(_ path: String) -> Int? {
        let parts = path.split(separator: ".")
        guard parts.count == 5, parts[0] == "model", parts[1] == "layers", let layer = Int(parts[2]),
            layer >= layerCount,
            LinearModule.allCases.contains(where: { $0.path(layer: layer) == path })
        else { return nil }
        return layer
    }
}

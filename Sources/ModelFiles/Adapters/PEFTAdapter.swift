/// The tensors of a PEFT folder, matched against the base and against the adapter's own configuration.
struct PEFTAdapter {
    static let weightsName = "adapter_model.safetensors"

    let config: PEFTConfig
    let base: ModelConfig
    let weights: SafetensorsFile

    /// Makes the modules. Throws `BaseMisfit` for what this base has no place for, `AdapterRefusal` for the rest.
    func modules() throws -> [StoredModule] {
        let pairs = try pairs()
        let targeted = try targetedModules()
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
        if let surplus = pairs.keys.sorted().first(where: { !targeted.contains($0) }) {
            throw AdapterRefusal(
                "there are weights for \(surplus.path), which the configuration does not target (\(config.targetText))")
        }
        if let lacking = targeted.sorted().first(where: { pairs[$0] == nil }) {
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
        let paths = base.linearModules.map(\.path)
        if case .names(let names) = config.targets {
            let ends = Set(paths.flatMap { path in ModuleFilter.ends(of: path) })
            let idle = names.subtracting(ends).sorted()
            if !idle.isEmpty { notes.append("target_modules names what this base does not have: \(Self.list(idle))") }
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
        return notes
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
    }

    /// Every tensor at its module, or a refusal that names the first that has none.
    private func pairs() throws -> [ModuleKey: FoundPair] {
        let known = Dictionary(uniqueKeysWithValues: base.linearModules.map { ($0.path, $0) })
        var pairs: [ModuleKey: FoundPair] = [:]
        var infixes: Set<String> = []
        var strays: [PEFTTensorName] = []
        for name in weights.tensors.keys.sorted() {
            let parsed = try PEFTTensorName(name)
            infixes.insert(parsed.adapterName)
            guard infixes.count == 1 else {
                throw AdapterRefusal("\(name): the file holds the tensors of several adapters (\(infixes.sorted()))")
            }
            guard let key = known[parsed.path] else {
                strays.append(parsed)
                continue
            }
            if parsed.isA {
                pairs[key, default: FoundPair()].a = weights.tensors[name]
            } else {
                pairs[key, default: FoundPair()].b = weights.tensors[name]
            }
        }
        guard !weights.tensors.isEmpty else { throw AdapterRefusal("\(Self.weightsName) holds no tensors") }
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
        let beyond = strays.compactMap { tensor in base.layerBeyond(tensor.path).map { (tensor, $0) } }
        if beyond.count == strays.count, let (tensor, _) = beyond.min(by: { $0.1 < $1.1 }) {
            let last = beyond.map(\.1).max() ?? 0
            throw BaseMisfit(
                """
                \(tensor.name) is for a layer that the base does not have: the adapter reaches to layer \(last), \
                the base has \(base.layerCount) layers (0 to \(base.layerCount - 1))
                """)
        }
        let other = strays.first { base.layerBeyond($0.path) == nil } ?? stray
        if other.path == "lm_head" || other.path.hasSuffix("embed_tokens") {
            throw AdapterRefusal("\(other.name) adapts the \(other.path), which is not supported: linear layers only")
        }
        throw BaseMisfit("\(other.name) adapts \(other.path), which is no linear layer of the base")
    }

    /// The modules of the base that the configuration means, by PEFT's rules.
    private func targetedModules() throws -> Set<ModuleKey> {
        var steps = PatternValues.stepLimit
        for layer in config.layers ?? [] where !(0..<base.layerCount).contains(layer) {
            throw BaseMisfit("layers_to_transform names layer \(layer), but the base has \(base.layerCount) layers")
        }
        var targeted: Set<ModuleKey> = []
        for key in base.linearModules where try isTargeted(key.path, layer: key.layer, steps: &steps) {
            targeted.insert(key)
        }
        for path in ["lm_head", "model.embed_tokens"]
        where try isTargeted(path, layer: nil, steps: &steps) {
            throw AdapterRefusal("the configuration targets \(path), which is not supported: linear layers only")
        }
        return targeted
    }

    private func isTargeted(_ path: String, layer: Int?, steps: inout Int) throws(NamePatternError) -> Bool {
        if let excluded = config.excluded, try excluded.contains(path, steps: &steps) { return false }
        guard try config.targets.contains(path, steps: &steps) else { return false }
        // A module that is named with its whole path is meant whatever its layer.
        if case .names(let names) = config.targets, names.contains(path) { return true }
        guard let layers = config.layers else { return true }
        guard let layer, layers.contains(layer) else { return false }
        if config.layersPattern.isEmpty { return true }
        for pattern in config.layersPattern where try pattern.matchesPrefix(path, steps: &steps) { return true }
        return false
    }
}

/// What `rank_pattern` and `alpha_pattern` say of each module.
private struct PatternValues {
    /// Evaluations of pattern nodes for one adapter; some tenths of a second.
    static let stepLimit = 20_000_000

    private(set) var rank: [ModuleKey: Int] = [:]
    private(set) var alpha: [ModuleKey: Double] = [:]

    init(_ config: PEFTConfig, _ modules: Set<ModuleKey>) throws(NamePatternError) {
        var steps = Self.stepLimit
        for key in modules {
            let path = key.path
            for entry in config.rankPattern where try entry.pattern.matches(path, steps: &steps) {
                rank[key] = entry.value
                break
            }
            for entry in config.alphaPattern where try entry.pattern.matches(path, steps: &steps) {
                alpha[key] = entry.value
                break
            }
        }
    }
}

/// `base_model.model.<module path>.lora_A[.<adapter name>].weight`, taken apart.
struct PEFTTensorName {
    let name: String
    /// The module's path in the base.
    let path: String
    let isA: Bool
    /// Empty in files that PEFT saved, which drops it.
    let adapterName: String

    /// Throws for every tensor that is not one half of a linear layer's LoRA, and says what it is.
    init(_ name: String) throws(AdapterRefusal) {
        let features = [
            ("lora_magnitude_vector", "the magnitudes of DoRA"), ("lora_embedding_", "an adapted embedding"),
            ("trainable_tokens", "trained token embeddings"), ("modules_to_save", "a module that replaces the base's"),
            ("lora_A.bias", "a bias"), ("lora_B.bias", "a bias"), ("lora_bias", "a bias"),
            ("base_layer", "a weight of the base itself"),
        ]
        for (part, meaning) in features where name.utf8.holds(part) {
            throw AdapterRefusal("the tensor \(name) is \(meaning), which is not supported")
        }
        let prefix = "base_model.model."
        let parts = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard name.hasPrefix(prefix), parts.last?.elementsEqual("weight".utf8) == true,
            let half = parts.lastIndex(where: { $0.elementsEqual("lora_A".utf8) || $0.elementsEqual("lora_B".utf8) }),
            half > 2, parts.count - half <= 3
        else {
            throw AdapterRefusal("the tensor \(name) is not a part of a LoRA (base_model.model.….lora_A.weight)")
        }
        self.name = name
        path = String(name[parts[2].startIndex..<parts[half - 1].endIndex])
        isA = parts[half].last == UInt8(ascii: "A")
        adapterName = parts.count - half == 3 ? String(name[parts[half + 1].startIndex..<parts[half + 1].endIndex]) : ""
    }
}

extension String.UTF8View {
    /// Whether `part`, which is not empty, stands somewhere in the text, byte for byte. The library's search works on
    /// characters and costs a table for each call.
    fileprivate func holds(_ part: String) -> Bool {
        let part = part.utf8
        guard let first = part.first else { return true }
        var rest = self[...]
        while let start = rest.firstIndex(of: first) {
            if rest[start...].starts(with: part) { return true }
            rest = rest[index(after: start)...]
        }
        return false
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

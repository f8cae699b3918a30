/// Which modules of the base an adapter's configuration means, by PEFT's rules. The configuration speaks of the model that was
/// trained, whose paths may begin otherwise than the base's.
struct PEFTTargets {
    let config: PEFTConfig
    let base: ModelConfig
    /// What stands before `layers.` in the model that was trained, such as `model.` or `model.language_model.`.
    let lead: String

    /// The part of a path before `layers.`, where it is one that models of one architecture differ in: whether the head is
    /// there, and whether the language model is a part of a larger one. Nil for every other path.
    static func lead(of path: String) -> String? {
        var lead = ""
        for part in path.split(separator: ".") {
            switch part {
            case "layers": return lead
            case "model", "language_model": lead += part + "."
            default: return nil
            }
        }
        return nil
    }

    /// The path of one of the base's modules in the model that was trained.
    func trained(_ path: String) -> String {
        lead == "model." || !path.hasPrefix("model.") ? path : lead + path.dropFirst("model.".count)
    }

    /// The reverse of `trained`.
    func plain(_ path: String) -> String {
        path.hasPrefix(lead + "layers.") ? "model." + path.dropFirst(lead.count) : path
    }

    /// The modules of the base that the configuration means, by PEFT's rules, each with its path in the model that was
    /// trained. Where that has none of them, the configuration may have been written for the base's own names.
    func modules() throws -> [ModuleKey: String] {
        for layer in config.layers ?? [] where !(0..<base.layerCount).contains(layer) {
            throw BaseMisfit("layers_to_transform names layer \(layer), but the base has \(base.layerCount) layers")
        }
        var steps = PatternValues.stepLimit
        for path in ["lm_head", trained("model.embed_tokens")]
        where try whyNot(path, layer: nil, steps: &steps) == nil {
            throw AdapterRefusal("the configuration targets \(path), which is not supported: linear layers only")
        }
        let targeted = try targeted(by: trained, &steps)
        return targeted.isEmpty && lead != "model." ? try self.targeted(by: { $0 }, &steps) : targeted
    }

    private func targeted(by name: (String) -> String, _ steps: inout Int) throws -> [ModuleKey: String] {
        var targeted: [ModuleKey: String] = [:]
        for key in base.linearModules {
            let path = name(key.path)
            if try whyNot(path, layer: key.layer, steps: &steps) == nil { targeted[key] = path }
        }
        return targeted
    }

    /// Why the configuration does not mean one of the base's modules; nil when it does.
    func whyNot(_ key: ModuleKey) throws(NamePatternError) -> String? {
        var steps = PatternValues.stepLimit
        return try whyNot(trained(key.path), layer: key.layer, steps: &steps)
    }

    private func whyNot(_ path: String, layer: Int?, steps: inout Int) throws(NamePatternError) -> String? {
        if let excluded = config.excluded, try excluded.contains(path, steps: &steps) {
            return "exclude_modules names it"
        }
        guard try config.targets.contains(path, steps: &steps) else { return "target_modules is \(config.targetText)" }
        // A module that is named with its whole path is meant whatever its layer.
        if case .names(let names) = config.targets, names.contains(path) { return nil }
        guard let layers = config.layers else { return nil }
        guard let layer, layers.contains(layer) else {
            return "layers_to_transform names \(config.layersText) only"
        }
        if config.layersPattern.isEmpty { return nil }
        for pattern in config.layersPattern where try pattern.matchesPrefix(path, steps: &steps) { return nil }
        return "layers_pattern does not match it"
    }
}

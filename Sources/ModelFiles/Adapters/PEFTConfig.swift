/// What PEFT's `adapter_config.json` says, as far as it changes what the adapter computes.
struct PEFTConfig: Sendable {
    static let fileName = "adapter_config.json"
    static let largestRank = 4096

    let rank: Int
    let alpha: Double
    /// rsLoRA: the scale is alpha over the square root of the rank (Kalajdzievski, 2023).
    let isRankStabilised: Bool
    /// First match wins, in the order of the file.
    let rankPattern: [PatternEntry<Int>]
    let alphaPattern: [PatternEntry<Double>]
    let targets: ModuleFilter
    /// `target_modules` as written, for messages.
    let targetText: String
    let excluded: ModuleFilter?
    /// Nil is every layer.
    let layers: [Int]?
    let layersPattern: [NamePattern]

    /// `layers`, for messages: "layers 0 to 2, 5".
    var layersText: String {
        var runs: [ClosedRange<Int>] = []
        for layer in Set(layers ?? []).sorted() {
            if let last = runs.last, last.upperBound + 1 == layer {
                runs[runs.count - 1] = last.lowerBound...layer
            } else {
                runs.append(layer...layer)
            }
        }
        let texts = runs.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound) to \($0.upperBound)" }
        let isOne = runs.count == 1 && runs[0].count == 1
        return (isOne ? "layer " : "layers ") + texts.prefix(8).joined(separator: ", ") + (texts.count > 8 ? ", …" : "")
    }

    let declaredBase: String?
    /// Such as `LlamaForCausalLM`, where the configuration tells.
    let declaredClass: String?
    /// Settings that are present and change nothing, for the inspection.
    let notes: [String]

    /// The file at a resolved path. Throws for one that cannot be read or is too long.
    static func text(path: String) throws(AdapterRefusal) -> MappedFile {
        let file: MappedFile
        do { file = try MappedFile(resolved: path) } catch { throw AdapterRefusal(error) }
        guard file.count <= 4 << 20 else {
            throw AdapterRefusal("\(fileName) is \(file.count) bytes long; at most 4 MiB are read")
        }
        return file
    }

    /// Reads the file. Throws for invalid JSON, a missing or wrong value, and everything that asks for what is not built
    /// (invariant 4).
    init(_ file: MappedFile) throws(AdapterRefusal) {
        do {
            let value = try JSONValue.parse(file, path: Self.fileName)
            guard let members = value.object else {
                throw AdapterRefusal("\(Self.fileName) holds \(value.kind), not an object")
            }
            try self.init(
                PEFTFields(members),
                rankOrder: JSONMembers.keys(ofMember: "rank_pattern", in: file.bytes, path: file.path),
                alphaOrder: JSONMembers.keys(ofMember: "alpha_pattern", in: file.bytes, path: file.path))
        } catch let error as ModelFileError {
            throw AdapterRefusal(error)
        } catch let error as NamePatternError {
            throw AdapterRefusal("\(Self.fileName): \(error.description)")
        } catch let error as AdapterRefusal {
            throw error
        } catch {
            throw AdapterRefusal("\(Self.fileName): \(error)")
        }
    }

    private init(_ fields: PEFTFields, rankOrder: [String], alphaOrder: [String]) throws {
        try fields.refuseWhatIsNotBuilt()
        rank = try Self.rank(fields["r"], "r")
        alpha = try Self.alpha(fields["lora_alpha"], "lora_alpha")
        isRankStabilised = try fields.flag("use_rslora")

        var ranks: [PatternEntry<Int>] = []
        let rankValues = try fields.object("rank_pattern")
        for key in rankOrder {
            ranks.append(try PatternEntry(key: key, value: try Self.rank(rankValues[key], "rank_pattern \"\(key)\"")))
        }
        rankPattern = ranks
        var alphas: [PatternEntry<Double>] = []
        let alphaValues = try fields.object("alpha_pattern")
        for key in alphaOrder {
            alphas.append(
                try PatternEntry(key: key, value: try Self.alpha(alphaValues[key], "alpha_pattern \"\(key)\"")))
        }
        alphaPattern = alphas

        guard let target = try fields.filter("target_modules", allowingAllLinear: true) else {
            throw fields.refusal("target_modules is missing: which modules the adapter changes is unknown")
        }
        targets = target
        targetText = fields.text(of: "target_modules")
        excluded = try fields.filter("exclude_modules", allowingAllLinear: false)
        layers = try fields.integers("layers_to_transform")
        layersPattern = try fields.patterns("layers_pattern")
        if case .names = target {
        } else if layers != nil || !layersPattern.isEmpty {
            throw fields.refusal("layers_to_transform and layers_pattern need target_modules to be a list, as in PEFT")
        }
        if !layersPattern.isEmpty, layers == nil {
            throw fields.refusal("layers_pattern is set without layers_to_transform")
        }
        for pattern in layersPattern where pattern.capturingGroups > 0 {
            throw fields.refusal(
                "layers_pattern \"\(pattern.source)\" holds a group, which PEFT would read as the layer")
        }
        declaredBase = try fields.string("base_model_name_or_path")
        declaredClass = fields["auto_mapping"]?["base_model_class"]?.string
        var notes: [String] = []
        if try fields.flag("fan_in_fan_out") {
            notes.append(
                "fan_in_fan_out is true; as in PEFT it means nothing for linear layers, whose A and B are never transposed"
            )
        }
        if !fields.idle.isEmpty {
            notes.append(
                "settings that loradeck does not know, and that ask for nothing: \(PEFTFields.list(fields.idle))")
        }
        self.notes = notes
    }

    private static func rank(_ value: JSONValue?, _ name: String) throws(AdapterRefusal) -> Int {
        guard let value, value != .null else {
            throw AdapterRefusal("\(fileName): \(name) is missing: the rank is unknown")
        }
        guard let rank = value.int else {
            throw AdapterRefusal("\(fileName): \(name) must be a whole number, not \(value.kind)")
        }
        guard (1...largestRank).contains(rank) else {
            throw AdapterRefusal("\(fileName): \(name) is \(rank); a rank is from 1 to \(largestRank)")
        }
        return rank
    }

    private static func alpha(_ value: JSONValue?, _ name: String) throws(AdapterRefusal) -> Double {
        guard let value, value != .null else {
            throw AdapterRefusal("\(fileName): \(name) is missing: the adapter's scale is unknown")
        }
        guard let alpha = value.number else {
            throw AdapterRefusal("\(fileName): \(name) must be a number, not \(value.kind)")
        }
        guard alpha.isFinite, alpha != 0 else {
            throw AdapterRefusal("\(fileName): \(name) is \(alpha): the adapter would change nothing")
        }
        return alpha
    }
}

/// Reads the blueprint of a model out of a Hugging Face `config.json`, with the defaults of transformers' own classes.
struct HuggingFaceConfig {
    let path: String
    private let json: JSONValue
    private let architecture: Architecture

    /// Throws for a model that is not supported, naming what it is.
    init(path: String) throws(ModelFileError) {
        self.path = path
        json = try JSONValue.parse(file: path)
        guard json.object != nil else { throw ModelFileError(path: path, "is \(json.kind), not an object") }
        guard let type = json["model_type"]?.string else { throw ModelFileError(path: path, "has no model_type") }
        guard let architecture = Architecture(rawValue: type) else {
            let supported = Architecture.allCases.map(\.rawValue).joined(separator: ", ")
            throw ModelFileError(
                path: path, "the model_type \"\(type.prefix(60))\" is not supported; supported are \(supported)")
        }
        self.architecture = architecture
    }

    /// What the file calls the model.
    var declaredName: String? { json["_name_or_path"]?.string }
    /// Whether the output head is the embedding even if the files have a head. The four classes default to false.
    var tiesHead: Bool { json["tie_word_embeddings"]?.bool ?? false }
    /// Whether linear layers may have biases beyond those of the architecture.
    var hasExtraBiases: Bool { json["attention_bias"]?.bool == true || json["mlp_bias"]?.bool == true }
    var beginToken: Int? { json["bos_token_id"]?.int }
    var endTokens: Set<Int> { Self.ids(json["eos_token_id"]) }

    /// Token ids that are written as one number or as a list.
    static func ids(_ value: JSONValue?) -> Set<Int> {
        if let id = value?.int { return [id] }
        return Set((value?.array ?? []).compactMap(\.int))
    }

    func modelConfig() throws(ModelFileError) -> ModelConfig {
        try refuseForeign()
        let hidden = try size("hidden_size")
        let heads = try size("num_attention_heads")
        guard heads > 0 else { throw failure("num_attention_heads is \(heads)") }
        let kvDefault = [.llama: heads, .mistral: 8][architecture] ?? 32
        let layers = try size("num_hidden_layers")
        let headDefault = architecture == .qwen3 ? 128 : hidden / heads
        let context = try optionalSize("max_position_embeddings") ?? 2048
        let config = ModelConfig(
            architecture: architecture, layerCount: layers, hiddenSize: hidden, headCount: heads,
            kvHeadCount: try optionalSize("num_key_value_heads") ?? kvDefault,
            headSize: try optionalSize("head_dim") ?? headDefault, feedForwardSize: try size("intermediate_size"),
            vocabularySize: try size("vocab_size"), contextLength: context,
            normEpsilon: Float(try optionalNumber("rms_norm_eps", in: json) ?? 1e-6),
            rotary: try rotary(context: context), slidingWindow: try slidingWindow(layers: layers))
        try config.validate(path: path)
        return config
    }

    // MARK: Rotary positions

    private func rotary(context: Int) throws(ModelFileError) -> RotaryConfig {
        // transformers 5 gathers everything in rope_parameters; older files have rope_theta and rope_scaling.
        let parameters = json["rope_parameters"] ?? json["rope_scaling"] ?? .object([:])
        guard let members = parameters.object else { throw failure("the rotary parameters are \(parameters.kind)") }
        if let key = members.first(where: { $0.value.object != nil })?.key {
            throw failure("rope_parameters differ between kinds of layers (\"\(key)\"), which is not supported")
        }
        let theta = try optionalNumber("rope_theta", in: parameters, json) ?? 10_000
        let partial = try optionalNumber("partial_rotary_factor", in: parameters, json)
        if let partial, partial != 1 { throw failure("a partial_rotary_factor of \(partial) is not supported") }
        let scaling: RotaryConfig.Scaling
        switch (parameters["rope_type"] ?? parameters["type"])?.string {
        case nil where parameters["factor"] == nil, "default"?: scaling = .none
        case "linear"?: scaling = .linear(factor: Float(try number("factor", in: parameters)))
        case "llama3"?:
            let original = parameters["original_max_position_embeddings"] ?? json["original_max_position_embeddings"]
            scaling = .llama3(
                factor: Float(try number("factor", in: parameters)),
                lowFrequencyFactor: Float(try number("low_freq_factor", in: parameters)),
                highFrequencyFactor: Float(try number("high_freq_factor", in: parameters)),
                originalContext: original?.int ?? context)
        case let type:
            throw failure(
                "the rope type \"\((type ?? "none given").prefix(60))\" is not supported; supported are default, linear and llama3"
            )
        }
        return RotaryConfig(theta: Float(theta), scaling: scaling, pairing: .halves)
    }

    // MARK: Sliding window

    /// Nil when every layer sees everything. Layers of both kinds in one model are refused.
    private func slidingWindow(layers: Int) throws(ModelFileError) -> Int? {
        let isNull = json.object?["sliding_window"] == .null
        let written = try optionalSize("sliding_window")
        var window: Int?
        var full = 0
        switch architecture {
        case .llama: return nil
        case .mistral: window = isNull ? nil : written ?? 4096
        case .qwen2, .qwen3:
            guard json["use_sliding_window"]?.bool == true, !isNull else { break }
            window = written ?? 4096
            full = max(0, min(layers, try optionalSize("max_window_layers") ?? 28))
        }
        if let types = json["layer_types"]?.array {
            let sliding = types.count { $0.string == "sliding_attention" }
            guard types.count == layers, sliding + types.count(where: { $0.string == "full_attention" }) == layers
            else {
                throw failure("layer_types must name full_attention or sliding_attention for each of \(layers) layers")
            }
            guard sliding == 0 || window != nil else {
                throw failure("layer_types has sliding_attention, but there is no sliding window")
            }
            full = layers - sliding
        }
        guard full == 0 || full == layers || window == nil else {
            throw failure(
                "\(layers - full) of \(layers) layers have a sliding window and \(full) have none; a mix is not supported"
            )
        }
        return full == layers ? nil : window
    }

    // MARK: Refusals

    private func refuseForeign() throws(ModelFileError) {
        if let name = json["architectures"]?.array?.first?.string, !name.hasSuffix("ForCausalLM") {
            throw failure("the architecture \"\(name.prefix(60))\" does not generate text; a …ForCausalLM is needed")
        }
        if let quantisation = json["quantization_config"] {
            let method = quantisation["quant_method"]?.string ?? "unknown"
            throw failure(
                "the weights are quantised (quantization_config: \(method.prefix(60))), which is not supported; use f32, f16 or bf16 weights, or a GGUF file"
            )
        }
        if let activation = (json["hidden_act"] ?? json["hidden_activation"])?.string, activation != "silu" {
            throw failure("the activation \"\(activation.prefix(60))\" is not supported; silu is")
        }
        for key in ["num_experts", "num_local_experts", "n_routed_experts", "moe_intermediate_size"]
        where json[key] != nil && json[key] != .int(0) {
            throw failure("\(key) is set: mixtures of experts are not supported")
        }
    }

    // MARK: Values

    private func failure(_ reason: String) -> ModelFileError { ModelFileError(path: path, reason) }

    private func size(_ key: String) throws(ModelFileError) -> Int {
        guard let size = try optionalSize(key) else { throw failure("has no \(key)") }
        return size
    }

    private func optionalSize(_ key: String) throws(ModelFileError) -> Int? {
        guard let value = json[key] else { return nil }
        guard let size = value.int else { throw failure("\(key) is \(value.kind), not an integer") }
        return size
    }

    private func number(_ key: String, in object: JSONValue) throws(ModelFileError) -> Double {
        guard let number = try optionalNumber(key, in: object) else {
            throw failure("the rotary scaling has no \(key)")
        }
        return number
    }

    /// The first of several objects that has the key decides.
    private func optionalNumber(_ key: String, in objects: JSONValue...) throws(ModelFileError) -> Double? {
        guard let value = objects.lazy.compactMap({ $0[key] }).first else { return nil }
        guard let number = value.number else { throw failure("\(key) is \(value.kind), not a number") }
        return number
    }
}

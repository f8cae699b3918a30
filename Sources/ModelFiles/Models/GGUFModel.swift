/// Reads a base model out of a GGUF file, with the key and tensor names of llama.cpp.
struct GGUFModel {
    private let file: GGUFFile
    private let architecture: Architecture

    private static let architectures: [Architecture] = [.llama, .qwen2, .qwen3]
    private static let freqs = "rope_freqs.weight"

    /// Throws for a file that is no base model, and for an architecture that is not supported, naming it.
    init(path: String) throws(ModelFileError) {
        file = try GGUFFile(path: path)
        func failure(_ reason: String) -> ModelFileError { ModelFileError(path: path, reason) }
        if let type = file.metadata["general.type"]?.string, type != "model" {
            throw failure("holds a GGUF of the type \"\(type)\", not a base model")
        }
        if let parts = file.metadata["split.count"]?.int, parts > 1 {
            throw failure("is one of \(parts) parts of a split GGUF; merge them with llama-gguf-split --merge")
        }
        guard let name = file.metadata["general.architecture"]?.string else {
            throw failure("the metadata has no general.architecture")
        }
        guard let architecture = Self.architectures.first(where: { $0.rawValue == name }) else {
            let supported = Self.architectures.map(\.rawValue).joined(separator: ", ")
            throw failure("the architecture \"\(name.prefix(60))\" is not supported; supported are \(supported)")
        }
        self.architecture = architecture
    }

    func parts() throws(ModelFileError) -> ModelParts {
        let config = try config()
        let assignment = TensorAssignment(config: config, path: file.path, name: Self.name)
        let tensors = try assignment.assign(
            file.tensors, tiesHead: false, optionalBiases: true, isIgnored: { $0 == Self.freqs })
        let ends = ["eos", "eot", "eom"].compactMap { file.metadata["tokenizer.ggml.\($0)_token_id"]?.int }
        return ModelParts(
            config: config, tensors: tensors, metadata: file.metadata, names: ModelNames.gguf(file),
            digest: ModelDigest.of(file.file), files: [file.file], recompute: { [file] in ModelDigest.of(file.file) },
            beginToken: file.metadata["tokenizer.ggml.bos_token_id"]?.int,
            endTokens: Set(ends), chatTemplateSource: file.metadata["tokenizer.chat_template"]?.string)
    }

    // MARK: Configuration

    private func config() throws(ModelFileError) -> ModelConfig {
        try refuseForeignKeys()
        guard let embedding = file.tensors[Self.name(.embedding)], embedding.shape.count == 2 else {
            throw failure("the tensor \"\(Self.name(.embedding))\" is missing or not a matrix")
        }
        let hidden = try size("embedding_length")
        let heads = try size("attention.head_count")
        let kvHeads = try optionalSize("attention.head_count_kv") ?? heads
        guard heads > 0, kvHeads > 0 else { throw failure("the number of attention heads is not positive") }
        let headSize = try optionalSize("attention.key_length") ?? hidden / heads
        for key in ["attention.value_length", "rope.dimension_count"] {
            if let other = try optionalSize(key), other != headSize {
                throw failure("\(full(key)) is \(other), but a head has \(headSize) dimensions; they must be equal")
            }
        }
        let window = try optionalSize("attention.sliding_window") ?? 0
        let config = ModelConfig(
            architecture: architecture, layerCount: try size("block_count"), hiddenSize: hidden, headCount: heads,
            kvHeadCount: kvHeads, headSize: headSize, feedForwardSize: try size("feed_forward_length"),
            vocabularySize: embedding.shape[0], contextLength: try size("context_length"),
            normEpsilon: Float(try number("attention.layer_norm_rms_epsilon")), rotary: try rotary(),
            slidingWindow: window == 0 ? nil : window)
        try config.validate(path: file.path)
        return config
    }

    private func rotary() throws(ModelFileError) -> RotaryConfig {
        let theta = Float(try optionalNumber("rope.freq_base") ?? 10_000)
        let pairing: RotaryConfig.Pairing = architecture == .llama ? .interleaved : .halves
        var factor = try optionalNumber("rope.scaling.factor")
        if factor == nil { factor = try optionalNumber("rope.scale_linear") }
        var scaling = RotaryConfig.Scaling.none
        switch value("rope.scaling.type")?.string {
        case "none": break
        // Without a type, a factor means linear scaling.
        case nil, "linear": if let factor, factor != 1, factor != 0 { scaling = .linear(factor: Float(factor)) }
        case let type?:
            throw failure("\(full("rope.scaling.type")) is \"\(type.prefix(60))\"; supported are none and linear")
        }
        if let freqs = file.tensors[Self.freqs] {
            guard scaling == .none else {
                throw failure("has both linear rotary scaling and \(Self.freqs), which is not supported")
            }
            scaling = .divisors(try freqs.floats())
        }
        return RotaryConfig(theta: theta, scaling: scaling, pairing: pairing)
    }

    /// Keys that change the arithmetic in ways that are not built.
    private func refuseForeignKeys() throws(ModelFileError) {
        let foreign = [
            "expert_count": 0.0, "logit_scale": 1, "embedding_scale": 1, "residual_scale": 1, "attention.clamp_kqv": 0,
            "attention.max_alibi_bias": 0, "attn_logit_softcapping": 0, "final_logit_softcapping": 0,
            "attention.sliding_window_pattern": 0,
        ]
        for (key, neutral) in foreign.sorted(by: { $0.key < $1.key }) {
            guard let value = value(key) else { continue }
            guard let number = value.number, number == neutral || number == 0 else {
                throw failure("\(full(key)) is set, which is not supported")
            }
        }
        for key in ["attention.scale", "rope.dimension_sections"] where value(key) != nil {
            throw failure("\(full(key)) is set, which is not supported")
        }
        if value("attention.causal")?.bool == false { throw failure("is not causal; encoders are not supported") }
        if value("use_parallel_residual")?.bool == true {
            throw failure("\(full("use_parallel_residual")) is set, which is not supported")
        }
    }

    private func full(_ key: String) -> String { "\(architecture.rawValue).\(key)" }
    private func value(_ key: String) -> MetadataValue? { file.metadata[full(key)] }
    private func failure(_ reason: String) -> ModelFileError { ModelFileError(path: file.path, reason) }

    private func size(_ key: String) throws(ModelFileError) -> Int {
        guard let size = try optionalSize(key) else { throw failure("the metadata has no \(full(key))") }
        return size
    }

    /// A size that may be given once for each layer, when all are equal.
    private func optionalSize(_ key: String) throws(ModelFileError) -> Int? {
        switch value(key) {
        case nil: return nil
        case .int(let size)?: return size
        case .ints(let sizes)?:
            guard let first = sizes.first, sizes.allSatisfy({ $0 == first }) else {
                throw failure("\(full(key)) differs between layers, which is not supported")
            }
            return first
        default: throw failure("\(full(key)) is not an integer")
        }
    }

    private func number(_ key: String) throws(ModelFileError) -> Double {
        guard let number = try optionalNumber(key) else { throw failure("the metadata has no \(full(key))") }
        return number
    }

    private func optionalNumber(_ key: String) throws(ModelFileError) -> Double? {
        guard let value = value(key) else { return nil }
        guard let number = value.number else { throw failure("\(full(key)) is not a number") }
        return number
    }

    // MARK: Names of tensors

    /// llama.cpp's name of a role.
    static func name(_ role: TensorRole) -> String {
        switch role {
        case .embedding: "token_embd.weight"
        case .outputHead: "output.weight"
        case .outputNorm: "output_norm.weight"
        case .attentionNorm(let layer): "blk.\(layer).attn_norm.weight"
        case .feedForwardNorm(let layer): "blk.\(layer).ffn_norm.weight"
        case .queryNorm(let layer): "blk.\(layer).attn_q_norm.weight"
        case .keyNorm(let layer): "blk.\(layer).attn_k_norm.weight"
        case .weight(let module, let layer): "blk.\(layer).\(name(module)).weight"
        case .bias(let module, let layer): "blk.\(layer).\(name(module)).bias"
        }
    }

    private static func name(_ module: LinearModule) -> String {
        switch module {
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

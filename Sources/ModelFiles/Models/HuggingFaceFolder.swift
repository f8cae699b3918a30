import Foundation

/// Reads a base model out of a folder in Hugging Face's layout.
struct HuggingFaceFolder {
    let path: String
    private let config: HuggingFaceConfig
    /// By name, in the order of names.
    private let shards: [(name: String, file: SafetensorsFile)]

    private static let single = "model.safetensors"
    private static let index = "model.safetensors.index.json"
    private static let shardLimit = 1000

    init(path: String) throws(ModelFileError) {
        self.path = path
        config = try HuggingFaceConfig(path: path + "/config.json")
        func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + name) }
        if has(Self.index) {
            shards = try Self.shards(of: path)
        } else if has(Self.single) {
            shards = [(Self.single, try SafetensorsFile(path: path + "/" + Self.single))]
        } else {
            let files = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
            let pickle = files.filter { $0.hasSuffix(".bin") || $0.hasSuffix(".pt") || $0.hasSuffix(".pth") }.min()
            throw ModelFileError(
                path: path,
                pickle.map { "has only pickled weights (\($0)), which are refused; convert them to safetensors" }
                    ?? "holds neither \(Self.single) nor \(Self.index)")
        }
    }

    func parts() throws(ModelFileError) -> ModelParts {
        let modelConfig = try config.modelConfig()
        var tensors: [String: TensorView] = [:]
        for shard in shards {
            for (name, view) in shard.file.tensors {
                guard tensors.updateValue(view, forKey: Self.bare(name)) == nil else {
                    throw ModelFileError(path: path, "the tensor \"\(name)\" is there twice")
                }
            }
        }
        let assignment = TensorAssignment(config: modelConfig, path: path, name: Self.name)
        let roles = try assignment.assign(
            tensors, tiesHead: config.tiesHead, optionalBiases: config.hasExtraBiases,
            // Buffers that older exporters wrote; they follow from the configuration.
            isIgnored: { $0.hasSuffix("rotary_emb.inv_freq") })
        var files = shards.map { (name: $0.name, file: $0.file.file) }
        files.insert(("config.json", try MappedFile(path: path + "/config.json")), at: 0)
        let generation = try optional("generation_config.json")
        return ModelParts(
            config: modelConfig, tensors: roles, metadata: [:],
            names: ModelNames.folder(path, declared: config.declaredName),
            digest: ModelDigest.of(files), files: files.map(\.file),
            recompute: { [files] in ModelDigest.of(files) },
            beginToken: generation?["bos_token_id"]?.int ?? config.beginToken,
            endTokens: HuggingFaceConfig.ids(generation?["eos_token_id"]).union(config.endTokens),
            chatTemplateSource: try chatTemplate())
    }

    /// Opens every file that the index names, and checks that each tensor is where the index says.
    private static func shards(of path: String) throws(ModelFileError) -> [(name: String, file: SafetensorsFile)] {
        let indexPath = path + "/" + index
        guard let map = try JSONValue.parse(file: indexPath)["weight_map"]?.object, !map.isEmpty else {
            throw ModelFileError(path: indexPath, "has no weight_map")
        }
        var places: [String: [String]] = [:]
        for (tensor, value) in map {
            guard let name = value.string, !name.contains("/"), !name.contains("\0"), !name.hasPrefix("."),
                name.hasSuffix(".safetensors")
            else {
                throw ModelFileError(
                    path: indexPath,
                    "the tensor \"\(tensor)\" must stand in a .safetensors file of this folder, not in \"\(value.string ?? value.kind)\""
                )
            }
            places[name, default: []].append(tensor)
        }
        guard places.count <= shardLimit else {
            throw ModelFileError(path: indexPath, "names \(places.count) files; at most \(shardLimit) are read")
        }
        var shards: [(name: String, file: SafetensorsFile)] = []
        for (name, tensors) in places.sorted(by: { $0.key < $1.key }) {
            let file = try SafetensorsFile(path: path + "/" + name)
            if let missing = tensors.filter({ file.tensors[$0] == nil }).min() {
                throw ModelFileError(
                    path: file.path, "the tensor \"\(missing)\", which the index puts here, is missing")
            }
            shards.append((name, file))
        }
        return shards
    }

    /// A JSON file that need not be there.
    private func optional(_ name: String) throws(ModelFileError) -> JSONValue? {
        let file = path + "/" + name
        return FileManager.default.fileExists(atPath: file) ? try JSONValue.parse(file: file) : nil
    }

    /// In transformers' order: a template file of its own beats the tokenizer's configuration.
    private func chatTemplate() throws(ModelFileError) -> String? {
        let jinja = path + "/chat_template.jinja"
        if FileManager.default.fileExists(atPath: jinja) {
            let file = try MappedFile(path: jinja)
            guard file.count <= 1 << 20 else { throw ModelFileError(path: jinja, "is \(file.count) bytes long") }
            return String(decoding: file.bytes, as: UTF8.self)
        }
        var holder = try optional("chat_template.json")
        if holder == nil { holder = try optional("tokenizer_config.json") }
        let template = holder?["chat_template"]
        // Several named templates; the one for plain chat is called "default".
        let named = template?.array?.first { $0["name"]?.string == "default" } ?? template?.array?.first
        return template?.string ?? named?["template"]?.string
    }

    // MARK: Names of tensors

    /// Exports of the bare model lack the prefix.
    private static func bare(_ name: String) -> String { name.hasPrefix("model.") ? String(name.dropFirst(6)) : name }

    /// transformers' name of a role, without the prefix `model.`.
    private static func name(_ role: TensorRole) -> String {
        switch role {
        case .embedding: "embed_tokens.weight"
        case .outputHead: "lm_head.weight"
        case .outputNorm: "norm.weight"
        case .attentionNorm(let layer): "layers.\(layer).input_layernorm.weight"
        case .feedForwardNorm(let layer): "layers.\(layer).post_attention_layernorm.weight"
        case .queryNorm(let layer): "layers.\(layer).self_attn.q_norm.weight"
        case .keyNorm(let layer): "layers.\(layer).self_attn.k_norm.weight"
        case .weight(let module, let layer): bare(module.path(layer: layer)) + ".weight"
        case .bias(let module, let layer): bare(module.path(layer: layer)) + ".bias"
        }
    }
}

import DeckCore
import Foundation

/// The one frozen model that all adapters share: configuration, weights in their mapped files, and its identity.
///
/// Opening checks every tensor that the forward pass will ask for, so a model that opens can be run.
public final class BaseModel: WeightSource {
    public let config: ModelConfig
    /// The GGUF file or the Hugging Face folder that the model was opened from.
    public let path: String
    /// The folder that `tokenizer.json` stands in; nil for a GGUF file, which has its tokenizer in `metadata`.
    public let folder: String?
    /// A GGUF file's metadata; empty for a folder.
    public let metadata: [String: MetadataValue]
    /// Every name that the model is known by, as written, without duplicates; the first one is `displayName`.
    public let names: [String]
    /// SHA-256 of the GGUF file, or over configuration and weights of a folder.
    public let digest: Digest
    /// Bytes of all tensors in use.
    public let weightBytes: Int
    /// Values in all tensors in use.
    public let parameterCount: Int
    /// The token put before a prompt, when the model's files name one.
    public let beginToken: Int?
    /// The tokens that end a generation, as the model's files name them.
    public let endTokens: Set<Int>
    /// The chat template, as the model's files have it (Jinja); nil when they have none.
    public let chatTemplateSource: String?

    /// Tells when its files are not what they were when it was opened.
    public let watch: BaseWatch

    private let tensors: [TensorRole: TensorView]

    /// Opens a GGUF file, a Hugging Face folder (`config.json` with `model.safetensors` or its shards), a folder that
    /// holds one GGUF file, or a repository of a Hugging Face cache (its newest snapshot). `aliases` are further names of
    /// the model, as configured. Throws for whatever cannot be run, with the reason.
    public static func open(path: String, aliases: [String] = []) throws(ModelFileError) -> BaseModel {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        guard exists, isFolder.boolValue else {
            if path.hasSuffix(".safetensors") {
                throw ModelFileError(path: path, "name the folder that holds it together with config.json")
            }
            return try BaseModel(GGUFModel(path: path).parts(), path: path, folder: nil, aliases: aliases).untouched()
        }
        if let snapshot = HubRepository(path: path)?.newestSnapshot {
            return try open(path: snapshot, aliases: aliases)
        }
        if !FileManager.default.fileExists(atPath: path + "/config.json") {
            let files = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
                .filter { $0.lowercased().hasSuffix(".gguf") }.sorted()
            if files.count == 1 { return try open(path: path + "/" + files[0], aliases: aliases) }
            throw ModelFileError(
                path: path,
                files.isEmpty
                    ? "holds neither config.json nor a GGUF file"
                    : "holds \(files.count) GGUF files; name one: \(files.prefix(5).joined(separator: ", "))")
        }
        return try BaseModel(HuggingFaceFolder(path: path).parts(), path: path, folder: path, aliases: aliases)
            .untouched()
    }

    private init(_ parts: ModelParts, path: String, folder: String?, aliases: [String]) {
        self.path = path
        self.folder = folder
        config = parts.config
        metadata = parts.metadata
        digest = parts.digest
        tensors = parts.tensors
        watch = BaseWatch(path: path, files: parts.files, digest: parts.digest, recompute: parts.recompute)
        var seen: Set<String> = []
        names = (parts.names + aliases).filter { !$0.isEmpty && seen.insert($0).inserted }
        // A tied head is the embedding; it counts once.
        let stored = parts.tensors.filter { $0.key != .outputHead || $0.value.name != parts.tensors[.embedding]?.name }
        weightBytes = stored.values.reduce(0) { $0 + $1.bytes.count }
        parameterCount = stored.values.reduce(0) { $0 + $1.rows * $1.columns }
        let range = 0..<parts.config.vocabularySize
        beginToken = parts.beginToken.flatMap { range.contains($0) ? $0 : nil }
        endTokens = parts.endTokens.filter(range.contains)
        chatTemplateSource = parts.chatTemplateSource
    }

    /// Throws when a file was written to while it was read.
    private func untouched() throws(ModelFileError) -> BaseModel {
        if let fault = watch.fault() { throw ModelFileError(path: path, fault, isLasting: false) }
        return self
    }

    public func tensor(_ role: TensorRole) -> TensorView? { tensors[role] }

    /// What screens call the model.
    public var displayName: String { names.first ?? "base \(digest.short)" }

    /// Whether the output head is the embedding.
    public var isHeadTied: Bool { tensors[.outputHead]?.name == tensors[.embedding]?.name }

    /// Architecture, layers, parameters and the type that most bytes are stored in: "llama, 30 layers, 135M, Q4_1".
    public var summary: String {
        var bytes: [TensorType: Int] = [:]
        for view in tensors.values { bytes[view.type, default: 0] += view.bytes.count }
        let type = bytes.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key.name ?? "?"
        return
            "\(config.architecture.rawValue), \(config.layerCount.counted("layer")), \(Self.short(parameterCount)), \(type)"
    }

    private static func short(_ count: Int) -> String {
        switch count {
        case 10_000_000_000...: "\((count + 500_000_000) / 1_000_000_000)B"
        case 999_500_000...: String(format: "%.1fB", Double(count) / 1e9)
        case 999_500...: "\((count + 500_000) / 1_000_000)M"
        default: "\((count + 500) / 1000)K"
        }
    }
}

/// What a format's reader hands to `BaseModel`.
struct ModelParts {
    let config: ModelConfig
    let tensors: [TensorRole: TensorView]
    let metadata: [String: MetadataValue]
    let names: [String]
    let digest: Digest
    /// What the digest was computed from, and how.
    let files: [MappedFile]
    let recompute: @Sendable () -> Digest
    let beginToken: Int?
    let endTokens: Set<Int>
    let chatTemplateSource: String?
}

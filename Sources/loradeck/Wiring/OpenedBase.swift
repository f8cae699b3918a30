import DeckCore
import Foundation
import Inference
import ModelFiles
import Registry

/// A base model with all that turns text into tokens.
struct OpenedBase: Sendable {
    let model: BaseModel
    /// Nil for a model that has none; it serves token ids only.
    let tokenizer: (any Tokenizer)?
    /// Nil for a model that has none, or one that is not known; then `templateProblem` says what to do.
    let template: ChatTemplate?
    let templateProblem: String?
    let isDemo: Bool
    /// What an earlier run found of adapters on this base.
    private let recorded: RecordedVerdicts

    /// Opens what the options name. Fails with the reason for a file that cannot be used and for a tokenizer that is there
    /// but cannot be read.
    init(_ options: ModelOptions, folders: Folders) throws {
        let (path, isDemo) = try options.resolve(folders)
        self.isDemo = isDemo
        model = try BaseModel.open(path: path, aliases: options.baseAliases)
        recorded = RecordedVerdicts(path: folders.registry.path, base: model.digest)
        tokenizer = try Self.tokenizer(of: model)
        if let name = options.chatTemplate {
            template = try ChatTemplate(named: name)
            templateProblem = nil
        } else if let source = model.chatTemplateSource {
            do {
                template = try ChatTemplate.recognise(
                    source, beginText: Self.text(of: "bos", in: model), endText: Self.text(of: "eos", in: model))
                templateProblem = nil
            } catch {
                template = nil
                templateProblem = "\(error)"
            }
        } else {
            template = nil
            templateProblem = "\(path) has no chat template: name one with --chat-template, or send raw text"
        }
    }

    private static func tokenizer(of model: BaseModel) throws -> (any Tokenizer)? {
        guard let folder = model.folder else {
            guard TokenizerFile.isPresent(in: model.metadata) else { return nil }
            return try TokenizerFile.read(metadata: model.metadata, path: model.path)
        }
        let files = FileManager.default
        let path = folder + "/tokenizer.json"
        guard files.fileExists(atPath: path) else {
            guard files.fileExists(atPath: folder + "/tokenizer.model") else { return nil }
            throw Failure(
                "\(folder) has its tokenizer as tokenizer.model only, which is not read; add tokenizer.json, or use a GGUF file"
            )
        }
        let settings = folder + "/tokenizer_config.json"
        return try TokenizerFile.read(
            tokenizerJSON: path, configuration: files.fileExists(atPath: settings) ? settings : nil,
            endTokens: model.endTokens.sorted())
    }

    /// How the model's files write their begin (`bos`) or end (`eos`) token; nil when they do not say.
    private static func text(of token: String, in model: BaseModel) -> String? {
        guard let folder = model.folder else {
            let tokens = model.metadata["tokenizer.ggml.tokens"]?.strings ?? []
            let id = model.metadata["tokenizer.ggml.\(token)_token_id"]?.int ?? -1
            return tokens.indices.contains(id) ? tokens[id] : nil
        }
        let settings = (try? JSONValue.parse(file: folder + "/tokenizer_config.json"))?[token + "_token"]
        return settings?.string ?? settings?["content"]?.string
    }

    /// What adapters beside it may be called.
    var naming: AdapterNaming { AdapterNaming(baseNames: model.names) }

    /// Opens adapters that stand in `root`, or anywhere when it is nil. `registry` is the one that a deck keeps.
    func reader(root: AdapterRoot?, registry: Registry? = nil) -> AdapterReader {
        AdapterReader(
            base: BaseIdentity(
                names: model.names, digest: model.digest, architecture: model.config.architecture),
            config: model.config, root: root, verified: registry ?? recorded)
    }
}

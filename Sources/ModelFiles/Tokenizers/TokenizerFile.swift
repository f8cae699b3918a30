/// Reads a tokenizer from either kind of model file.
public enum TokenizerFile {
    /// Whether a GGUF file's metadata describes a tokenizer at all. A model without one serves token ids only.
    public static func isPresent(in metadata: [String: MetadataValue]) -> Bool {
        guard let model = metadata["tokenizer.ggml.model"]?.string else { return false }
        return model != "none" && model != "no_vocab"
    }

    /// Reads the tokenizer in a GGUF file's metadata. `path` names the file in errors.
    ///
    /// Throws for a model or pre-tokenizer that is not built in, naming it, and for arrays that contradict each other.
    public static func read(
        metadata: [String: MetadataValue], path: String
    ) throws(ModelFileError) -> any Tokenizer {
        try GGUFTokenizer(metadata: metadata, path: path).read()
    }

    /// Reads a Hugging Face `tokenizer.json`, with what `tokenizer_config.json` adds where a folder has one.
    /// `endTokens` are the ids that the model's own configuration ends with.
    ///
    /// Throws for a model, normaliser or pre-tokenizer that is not built in, naming it, and for a vocabulary whose ids or
    /// merges contradict each other.
    public static func read(
        tokenizerJSON path: String, configuration: String? = nil, endTokens: [Int] = []
    ) throws(ModelFileError) -> any Tokenizer {
        let settings: JSONValue? =
            if let configuration { try JSONValue.parse(file: configuration) } else { nil }
        let file = try TokenizerJSONFile(path: path)
        return try HuggingFaceTokenizer(file: file, settings: settings, endTokens: endTokens).read()
    }
}

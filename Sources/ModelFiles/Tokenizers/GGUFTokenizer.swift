/// Builds a tokenizer from the `tokenizer.ggml` keys of a GGUF file's metadata.
struct GGUFTokenizer {
    let metadata: [String: MetadataValue]
    let path: String

    func read() throws(ModelFileError) -> any Tokenizer {
        guard let model = metadata["tokenizer.ggml.model"]?.string else {
            throw failure("the metadata has no tokenizer (tokenizer.ggml.model)")
        }
        switch model {
        case "gpt2": return try bytePair()
        case "llama": return try sentencePiece()
        default:
            throw failure(
                "the tokenizer model \"\(model.prefix(40))\" is not supported; supported are gpt2 (byte-level BPE) and "
                    + "llama (SentencePiece)")
        }
    }

    private func bytePair() throws(ModelFileError) -> BytePairTokenizer {
        guard let name = metadata["tokenizer.ggml.pre"]?.string else {
            throw failure(
                "the metadata does not name its pre-tokenizer (tokenizer.ggml.pre); convert the model again with a newer "
                    + "converter")
        }
        guard let (rules, addsBegin) = Self.rules(named: name) else {
            throw failure(
                "the pre-tokenizer \"\(name.prefix(40))\" is not supported; supported are gpt-2, smollm, llama-bpe and "
                    + "qwen2")
        }
        let (vocabulary, kinds) = try vocabulary()
        guard let lines = metadata["tokenizer.ggml.merges"]?.strings else {
            throw failure("tokenizer.ggml.merges is missing or no array of strings")
        }
        var merges = MergeReader(vocabulary: vocabulary, count: lines.count)
        for line in lines { try merges.add(line) }
        let added = added(vocabulary, kinds)
        return BytePairTokenizer(
            vocabulary: vocabulary, merges: merges.merges, rules: rules, added: added, unknown: nil,
            beginToken: try beginToken(vocabulary, default: addsBegin), endTokens: try endTokens(added, vocabulary))
    }

    private func sentencePiece() throws(ModelFileError) -> SentencePieceTokenizer {
        let (vocabulary, kinds) = try vocabulary()
        guard let scores = metadata["tokenizer.ggml.scores"]?.floats else {
            throw failure("tokenizer.ggml.scores is missing or no array of floats")
        }
        guard scores.count == kinds.count else {
            throw failure("there are \(kinds.count) tokens, but \(scores.count) scores")
        }
        if let index = scores.firstIndex(where: \.isNaN) {
            throw failure("the score of token \(index) is not a number")
        }
        for id in kinds.indices where kinds[id] == .byte && PieceTable.byte(of: vocabulary.text(of: id)) == nil {
            throw failure("the byte token \(id) is \"\(vocabulary.string(of: id).prefix(40))\", not of the form <0x0A>")
        }
        let added = added(vocabulary, kinds)
        let unknown = try id("unknown", vocabulary) ?? kinds.firstIndex(of: .unknown)
        let hasPrefix = metadata["tokenizer.ggml.add_space_prefix"]?.bool ?? true
        return SentencePieceTokenizer(
            pieces: PieceTable(vocabulary: vocabulary, kinds: kinds, unknown: unknown, scores: scores), added: added,
            prefix: hasPrefix ? .everySegment : .never, splitsWords: false,
            beginToken: try beginToken(vocabulary, default: true), endTokens: try endTokens(added, vocabulary))
    }

    /// The rules of a pre-tokenizer by llama.cpp's name, and whether its vocabularies begin prompts unless they say so.
    private static func rules(named name: String) -> (BytePairTokenizer.Rules, addsBegin: Bool)? {
        switch name {
        case "gpt-2", "gpt2", "phi-2", "jina-es", "jina-de", "gigachat", "jina-v2-es", "jina-v2-de", "mellum":
            (.init(patterns: [.gpt2]), false)
        case "smollm":
            // SmolLM's vocabulary has no merge with a digit in it, so digits come apart under GPT-2's pattern alone. The
            // oracle reads it so; a split at digits first would join the blanks before a number, which it does not.
            (.init(patterns: [.gpt2]), false)
        case "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b":
            (.init(patterns: [.digits(single: true), .gpt2]), false)
        case "llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral":
            (.init(patterns: [.llama3(digits: 3)], ignoresMerges: true), true)
        case "qwen2", "deepseek-r1-qwen", "megrez":
            (.init(patterns: [.llama3(digits: 1)], composes: true), false)
        default: nil
        }
    }

    private func vocabulary() throws(ModelFileError) -> (Vocabulary, [PieceTable.Kind]) {
        guard let tokens = metadata["tokenizer.ggml.tokens"]?.strings, !tokens.isEmpty else {
            throw failure("tokenizer.ggml.tokens is missing or no array of strings")
        }
        var kinds = [PieceTable.Kind](repeating: .normal, count: tokens.count)
        if let types = metadata["tokenizer.ggml.token_type"] {
            guard let types = types.ints, types.count == tokens.count else {
                throw failure(
                    "there are \(tokens.count) tokens, but tokenizer.ggml.token_type has not as many integers")
            }
            for (id, type) in types.enumerated() {
                // 0 is "undefined", which some converters write for ordinary tokens.
                guard let kind = type == 0 ? .normal : PieceTable.Kind(rawValue: type) else {
                    throw failure("token \(id) is of the unknown type \(type)")
                }
                kinds[id] = kind
            }
        }
        var vocabulary = Vocabulary(path: path, capacity: tokens.count)
        for (id, token) in tokens.enumerated() { try vocabulary.add(token, id: id) }
        return (vocabulary, kinds)
    }

    private func added(_ vocabulary: Vocabulary, _ kinds: [PieceTable.Kind]) -> [AddedToken] {
        kinds.indices.compactMap { id in
            switch kinds[id] {
            case .control, .unknown: AddedToken(id: id, text: vocabulary.string(of: id), isSpecial: true)
            case .userDefined: AddedToken(id: id, text: vocabulary.string(of: id), isSpecial: false)
            case .normal, .unused, .byte: nil
            }
        }
    }

    private func beginToken(_ vocabulary: Vocabulary, default isUsual: Bool) throws(ModelFileError) -> Int? {
        let id = try id("bos", vocabulary)
        return metadata["tokenizer.ggml.add_bos_token"]?.bool ?? isUsual ? id : nil
    }

    private func endTokens(_ added: [AddedToken], _ vocabulary: Vocabulary) throws(ModelFileError) -> Set<Int> {
        var named: [Int] = []
        for name in ["eos", "eot", "eom"] {
            if let id = try id(name, vocabulary) { named.append(id) }
        }
        return EndTokens.of(added, named: named, vocabularySize: vocabulary.count)
    }

    private func id(_ name: String, _ vocabulary: Vocabulary) throws(ModelFileError) -> Int? {
        let key = "tokenizer.ggml.\(name)_token_id"
        guard let id = metadata[key]?.int else { return nil }
        // Converters write all ones for "none".
        if id == -1 || id == Int(UInt32.max) { return nil }
        guard id >= 0, id < vocabulary.count else {
            throw failure("\(key) is \(id), but there are \(vocabulary.count) tokens")
        }
        return id
    }

    private func failure(_ reason: String) -> ModelFileError { ModelFileError(path: path, reason) }
}

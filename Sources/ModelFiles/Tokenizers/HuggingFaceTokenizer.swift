/// Builds a tokenizer from a Hugging Face `tokenizer.json` and what `tokenizer_config.json` says beside it.
struct HuggingFaceTokenizer {
    private var file: TokenizerJSONFile
    private let settings: JSONValue?
    private let namedEnds: [Int]

    init(file: TokenizerJSONFile, settings: JSONValue?, endTokens: [Int]) {
        self.file = file
        self.settings = settings
        namedEnds = endTokens
    }

    func read() throws(ModelFileError) -> any Tokenizer {
        let type = file.model["type"]?.string
        guard type == "BPE" || (type == nil && file.hasVocabulary && file.model["merges"] != nil) else {
            throw failure("the tokenizer model \"\(type ?? "?")\" is not supported; supported is BPE")
        }
        guard file.hasVocabulary else { throw failure("model.vocab is missing or no object") }
        for option in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if let value = file.model[option]?.string, !value.isEmpty {
                throw failure("model.\(option) is \"\(value.prefix(40))\", which is not supported")
            }
        }
        var file = file
        let added = try readAdded(into: &file)
        guard file.vocabulary.count > 0 else { throw failure("the vocabulary is empty") }
        let merges = try merges(file.vocabulary)
        let end = settings.flatMap { Self.text($0["eos_token"]) }.flatMap { file.vocabulary.id(of: $0) }
        let ends = EndTokens.of(
            added, named: namedEnds + (end.map { [$0] } ?? []), vocabularySize: file.vocabulary.count)
        let unknown = file.model["unk_token"]?.string.flatMap { file.vocabulary.id(of: $0) }
        let begin = try beginToken(file.vocabulary)
        if file.model["byte_fallback"]?.bool == true {
            return try sentencePiece(file.vocabulary, added, merges, unknown: unknown, begin: begin, ends: ends)
        }
        return BytePairTokenizer(
            vocabulary: file.vocabulary, merges: merges, rules: try rules(), added: added, unknown: unknown,
            beginToken: begin, endTokens: ends)
    }

    private func readAdded(into file: inout TokenizerJSONFile) throws(ModelFileError) -> [AddedToken] {
        var added: [AddedToken] = []
        for entry in file.members["added_tokens"]?.array ?? [] {
            guard let id = entry["id"]?.int, let text = entry["content"]?.string, !text.isEmpty else {
                throw failure("an entry of added_tokens has no id or no content")
            }
            guard entry["single_word"]?.bool != true else {
                throw failure(
                    "the added token \"\(text.prefix(40))\" is of the kind single_word, which is not supported")
            }
            try file.add(text, id: id)
            added.append(
                AddedToken(
                    id: id, text: text, isSpecial: entry["special"]?.bool ?? false,
                    stripsLeft: entry["lstrip"]?.bool ?? false, stripsRight: entry["rstrip"]?.bool ?? false))
        }
        return added
    }

    private func merges(_ vocabulary: Vocabulary) throws(ModelFileError) -> PairMerges {
        guard let entries = file.model["merges"]?.array else { throw failure("model.merges is missing or no array") }
        var reader = MergeReader(vocabulary: vocabulary, count: entries.count)
        for (index, entry) in entries.enumerated() {
            if let line = entry.string {
                try reader.add(line)
            } else if let pair = entry.array, pair.count == 2, let left = pair[0].string, let right = pair[1].string {
                try reader.add(left, right)
            } else {
                throw failure("merge \(index) is \(entry.kind), not two tokens")
            }
        }
        return reader.merges
    }

    // MARK: Byte-level BPE

    private func rules() throws(ModelFileError) -> BytePairTokenizer.Rules {
        var rules = BytePairTokenizer.Rules(patterns: [], ignoresMerges: file.model["ignore_merges"]?.bool ?? false)
        for normalizer in steps("normalizer", within: "normalizers") {
            switch normalizer["type"]?.string {
            case "NFC": rules.composes = true
            case let type: throw failure("the normalizer \"\(type ?? "?")\" is not supported; supported is NFC")
            }
        }
        var isByteLevel = false
        for step in steps("pre_tokenizer", within: "pretokenizers") {
            guard !isByteLevel else { throw failure("a pre-tokenizer follows ByteLevel, which is not supported") }
            switch step["type"]?.string {
            case "Digits": rules.patterns.append(.digits(single: step["individual_digits"]?.bool ?? false))
            case "Split": rules.patterns.append(try pattern(of: step))
            case "ByteLevel":
                isByteLevel = true
                rules.addsPrefixSpace = step["add_prefix_space"]?.bool ?? true
                if step["use_regex"]?.bool ?? true { rules.patterns.append(.gpt2) }
                // The space goes before each piece of an earlier split, not before the text.
                if rules.addsPrefixSpace, rules.patterns.count > 1 {
                    throw failure("ByteLevel with add_prefix_space after another pre-tokenizer is not supported")
                }
            case let type:
                throw failure(
                    "the pre-tokenizer \"\(type ?? "?")\" is not supported; supported are ByteLevel, Digits and the Split "
                        + "patterns of GPT-2, Llama 3 and Qwen 2")
            }
        }
        guard isByteLevel else {
            throw failure("the tokenizer is neither byte-level (pre_tokenizer ByteLevel) nor has it byte_fallback")
        }
        return rules
    }

    private func pattern(of step: JSONValue) throws(ModelFileError) -> SplitPattern {
        let source = step["pattern"]?["Regex"]?.string ?? step["pattern"]?["String"]?.string ?? "?"
        guard step["behavior"]?.string == "Isolated", step["invert"]?.bool != true,
            let pattern = SplitPattern(regularExpression: source)
        else {
            throw failure(
                "the pre-tokenizer Split with the pattern \"\(source.prefix(200))\" is not supported; supported are those "
                    + "of GPT-2, Llama 3 and Qwen 2")
        }
        return pattern
    }

    // MARK: SentencePiece

    private func sentencePiece(
        _ vocabulary: Vocabulary, _ added: [AddedToken], _ merges: PairMerges, unknown: Int?, begin: Int?,
        ends: Set<Int>
    ) throws(ModelFileError) -> SentencePieceTokenizer {
        guard file.model["ignore_merges"]?.bool != true else {
            throw failure("model.ignore_merges with byte_fallback is not supported")
        }
        var prefix = SentencePieceTokenizer.Prefix.never
        var replacesSpaces = false
        for normalizer in steps("normalizer", within: "normalizers") {
            switch normalizer["type"]?.string {
            case "Prepend" where normalizer["prepend"]?.string == "\u{2581}": prefix = .everySegment
            case "Replace"
            where normalizer["pattern"]?["String"]?.string == " " && normalizer["content"]?.string == "\u{2581}":
                replacesSpaces = true
            case let type: throw failure("the normalizer \"\(type ?? "?")\" is not supported with byte_fallback")
            }
        }
        var splitsWords = false
        for step in steps("pre_tokenizer", within: "pretokenizers") {
            guard step["type"]?.string == "Metaspace", step["replacement"]?.string ?? "\u{2581}" == "\u{2581}" else {
                throw failure(
                    "the pre-tokenizer \"\(step["type"]?.string ?? "?")\" is not supported with byte_fallback; supported "
                        + "is Metaspace")
            }
            replacesSpaces = true
            splitsWords = step["split"]?.bool ?? true
            let scheme =
                step["prepend_scheme"]?.string ?? (step["add_prefix_space"]?.bool == false ? "never" : "always")
            switch scheme {
            case "always": prefix = .everySegmentWithoutSpace
            case "first": prefix = .start
            case "never": prefix = .never
            default: throw failure("the prepend_scheme \"\(scheme.prefix(40))\" of Metaspace is not known")
            }
        }
        guard replacesSpaces else { throw failure("spaces are not replaced by U+2581, which is not supported") }
        var kinds = [PieceTable.Kind](repeating: .normal, count: vocabulary.count)
        for id in kinds.indices where PieceTable.byte(of: vocabulary.text(of: id)) != nil { kinds[id] = .byte }
        for token in added { kinds[token.id] = token.isSpecial ? .control : .userDefined }
        return SentencePieceTokenizer(
            pieces: PieceTable(vocabulary: vocabulary, kinds: kinds, unknown: unknown, merges: merges), added: added,
            prefix: prefix, splitsWords: splitsWords, beginToken: begin, endTokens: ends)
    }

    // MARK: Special tokens

    /// What prompts begin with: the post-processor's template decides, `add_bos_token` where there is none.
    private func beginToken(_ vocabulary: Vocabulary) throws(ModelFileError) -> Int? {
        let configured = settings.flatMap { Self.text($0["bos_token"]) }
        if settings?["add_bos_token"]?.bool == false { return nil }
        var begin: String?
        for step in steps("post_processor", within: "processors") where step["type"]?.string == "TemplateProcessing" {
            if let special = step["single"]?.array?.first?["SpecialToken"]?["id"]?.string { begin = special }
        }
        if begin == nil, settings?["add_bos_token"]?.bool == true { begin = configured }
        guard let begin else { return nil }
        guard let id = vocabulary.id(of: begin) else {
            throw failure("prompts begin with \"\(begin.prefix(40))\", which is no token")
        }
        return id
    }

    /// The text of a token in `tokenizer_config.json`: a string, or an object with `content`.
    private static func text(_ value: JSONValue?) -> String? { value?.string ?? value?["content"]?.string }

    /// The steps of a component: none, itself, or those of its sequence, nested ones too.
    private func steps(_ component: String, within key: String) -> [JSONValue] {
        guard let value = file.members[component], value != .null else { return [] }
        return Self.flattened(value, key)
    }

    private static func flattened(_ value: JSONValue, _ key: String) -> [JSONValue] {
        guard value["type"]?.string == "Sequence" else { return [value] }
        return (value[key]?.array ?? []).flatMap { flattened($0, key) }
    }

    private func failure(_ reason: String) -> ModelFileError { ModelFileError(path: file.path, reason) }
}

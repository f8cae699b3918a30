/// A Hugging Face `tokenizer.json`, taken apart: everything but the vocabulary as JSON values.
struct TokenizerJSONFile {
    let path: String
    /// `normalizer`, `pre_tokenizer`, `post_processor`, `added_tokens`, …
    private(set) var members: [String: JSONValue] = [:]
    /// The members of `model`, without its vocabulary.
    private(set) var model: [String: JSONValue] = [:]
    private(set) var vocabulary: Vocabulary
    /// Whether `model.vocab` is the object of ids that BPE has; Unigram's is an array.
    private(set) var hasVocabulary = false

    init(path: String, limit: Int = 100 << 20) throws(ModelFileError) {
        let file = try MappedFile(path: path)
        guard file.count <= limit else {
            throw ModelFileError(path: path, "is \(file.count) bytes long; at most \(limit) are read")
        }
        self.path = path
        vocabulary = Vocabulary(path: path)
        try read(file.bytes)
    }

    private mutating func read(_ bytes: UnsafeRawBufferPointer) throws(ModelFileError) {
        func value(_ range: Range<Int>) throws(ModelFileError) -> JSONValue {
            try JSONValue.parse(UnsafeRawBufferPointer(rebasing: bytes[range]), path: path)
        }
        let root = try JSONMembers.all(of: 0..<bytes.count, in: bytes, path: path)
        for (key, range) in root where key != "model" { members[key] = try value(range) }
        guard let modelRange = root["model"] else { throw ModelFileError(path: path, "has no \"model\"") }
        for (key, range) in try JSONMembers.all(of: modelRange, in: bytes, path: path) {
            if key == "vocab", bytes[range.lowerBound] == UInt8(ascii: "{") {
                try readVocabulary(range, bytes)
            } else {
                model[key] = try value(range)
            }
        }
    }

    private mutating func readVocabulary(_ range: Range<Int>, _ bytes: UnsafeRawBufferPointer) throws(ModelFileError) {
        var walk = try JSONMembers(of: range, in: bytes, path: path)
        var isFirst = true
        while let member = try walk.next(isFirst: isFirst) {
            isFirst = false
            let text = try walk.string(member.key)
            guard let id = walk.integer(member.value) else {
                throw ModelFileError(path: path, "the token \"\(text.prefix(60))\" has no id")
            }
            try vocabulary.add(text, id: id)
        }
        hasVocabulary = true
    }

    /// Adds a token that stands in `added_tokens` and may be in the vocabulary already.
    mutating func add(_ text: String, id: Int) throws(ModelFileError) {
        if let known = vocabulary.id(of: text), known == id { return }
        try vocabulary.add(text, id: id)
    }
}

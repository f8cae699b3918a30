/// A model's name taken apart, so that the many ways to write one name compare equal and what a name says can be told from
/// what it leaves out: letter case, separators, the owner, file endings and storage words do not count.
struct ModelName: Hashable, Sendable {
    /// As it was written.
    let written: String
    /// Before the slash of a hub id, in lower case; nil where there is none and for publishers of other owners' models.
    let owner: String?
    /// A path on somebody's machine, which tells nothing about the model.
    let isLocalPath: Bool
    let words: [ModelWord]
    /// Each family with the number that follows it: `qwen` with `2.5`.
    let generations: [String: String?]
    /// Other version numbers: `0.1` of `Mistral-7B-v0.1`, `2507`.
    let releases: Set<String>
    /// Whether it is an owner and a name, as repositories have them.
    let isRepository: Bool

    init(_ text: String) {
        let place = ModelPlace(text)
        let words = Self.words(of: place.name)
        written = text
        owner = place.owner.flatMap { Self.publishers.contains($0) ? nil : $0 }
        isRepository = place.owner != nil
        isLocalPath = place.isLocalPath
        self.words = words
        (generations, releases) = Self.versions(words)
    }

    var families: Set<String> { Set(generations.keys) }
    var sizes: [ModelSize] { words.compactMap { if case .size(let size) = $0 { size } else { nil } } }
    var stages: Set<String> {
        Set(words.compactMap { if case .stage(let stage) = $0 { ModelWord.stageMeaning(stage) } else { nil } })
    }
    var kinds: Set<String> { Set(words.compactMap { if case .kind(let kind) = $0 { kind } else { nil } }) }

    /// Whether nothing in it tells one model from another: `base`, `model`, a digest, a bare number.
    var saysNothing: Bool {
        words.allSatisfy { word in
            switch word {
            case .number, .release: true
            default: Self.generic.contains(word.text)
            }
        }
    }

    /// Whether it is all that a model is called, so that what it does not say is not so: a repository without `instruct`
    /// is the model before it was tuned. A file's name is seldom complete.
    var isComplete: Bool {
        let tellsSize = !sizes.isEmpty || !kinds.isDisjoint(with: ModelWord.sizeKinds)
        return !families.isEmpty && tellsSize && (isRepository || !stages.isEmpty || kinds.contains("distill"))
    }

    /// Whether it is no more than the name of an architecture: converters called every model of llama's `LLaMA v2`.
    func names(_ architecture: Architecture) -> Bool {
        let text = words.map(\.text).joined()
        return text == architecture.rawValue || (architecture == .llama && text == "llama2")
    }

    /// Whether both are one name, in whatever order and with whatever separators.
    func isSame(as other: ModelName) -> Bool {
        let (ours, theirs) = (words.map(\.text), other.words.map(\.text))
        func joined(_ words: [String]) -> String { words.joined().filter { $0 != "." } }
        return !saysNothing && (ours.sorted() == theirs.sorted() || joined(ours) == joined(theirs))
    }

    /// Owners who publish others' models under the models' own names, converted, quantised or mirrored.
    private static let publishers: Set<String> = [
        "unsloth", "thebloke", "bartowski", "mradermacher", "lmstudio-community", "mlx-community", "ggml-org",
        "quantfactory", "maziyarpanahi", "second-state", "neuralmagic", "redhatai", "hugging-quants", "nousresearch",
        "casperhansen", "solidrust", "techxgenus", "library", "llm-compressor", "prunaai", "onnx-community",
        "tensorblock",
    ]
    private static let generic: Set<String> = [
        "base", "model", "models", "pytorch", "consolidated", "output", "out", "merged", "final", "checkpoint",
        "snapshot", "weights", "adapter", "lora", "default", "test", "latest", "main", "untitled", "unknown", "none",
        "null", "blob", "file", "new", "my", "the", "language",
    ]
    /// What file names put before a name where a repository has its owner.
    private static let owners: [[String]] = [
        ["meta", "llama"], ["meta"], ["huggingfacetb"], ["mistralai"], ["mistral", "ai"], ["qwen"], ["google"],
        ["microsoft"], ["tinyllama"], ["deepseek", "ai"], ["nousresearch"], ["nvidia"], ["allenai"], ["ibm"],
        ["tiiuae"],
    ]

    private static func words(of name: Substring) -> [ModelWord] {
        var raw = StorageWords.removed(from: split(name)).filter { !isDigest($0) }
        for owner in owners where raw.starts(with: owner) && raw.count > owner.count {
            guard case .family = ModelWord.words(of: raw[owner.count]).first else { continue }
            raw.removeFirst(owner.count)
            break
        }
        var words = raw.flatMap(ModelWord.words)
        // `llama-3-2-1b`: two digits in a row are one number whose dot could not be written.
        for index in words.indices.reversed().dropFirst() {
            guard case .number(let minor) = words[index + 1], minor.count == 1 else { continue }
            switch words[index] {
            case .number(let major) where major.count == 1: words[index] = .number(major + "." + minor)
            case .release(let major) where major.count == 1: words[index] = .release(major + "." + minor)
            default: continue
            }
            words.remove(at: index + 1)
        }
        return words
    }

    /// Words in lower case. A dot between digits belongs to them; families that are written apart are joined.
    private static func split(_ name: Substring) -> [String] {
        let characters = Array(name.lowercased())
        var words: [String] = [""]
        for (index, character) in characters.enumerated() {
            let isInside =
                character == "." && index > 0 && characters[index - 1].isNumber && index + 1 < characters.count
                && characters[index + 1].isNumber
            if isInside || character.isLetter || character.isNumber {
                words[words.count - 1].append(character)
            } else if words.last?.isEmpty == false {
                words.append("")
            }
        }
        var joined: [String] = []
        for word in words where !word.isEmpty {
            if let last = joined.last, apart[last]?.contains(where: word.hasPrefix) == true {
                joined[joined.count - 1] = last + word
            } else {
                joined.append(word)
            }
        }
        return joined
    }

    private static let apart: [String: [String]] = [
        "tiny": ["llama"], "code": ["llama"], "open": ["llama", "hermes", "chat"], "smol": ["lm"], "stable": ["lm"],
        "deep": ["seek"], "intern": ["lm"], "wizard": ["lm"],
    ]

    /// `sha256` and a digest or a revision in hexadecimal.
    private static func isDigest(_ word: String) -> Bool {
        word == "sha256" || (word.count >= 16 && word.allSatisfy(\.isHexDigit))
    }

    private static func versions(_ words: [ModelWord]) -> ([String: String?], Set<String>) {
        var generations: [String: String?] = [:]
        var taken: Set<Int> = []
        for (index, word) in words.enumerated() {
            guard case .family(let family) = word else { continue }
            var next = index + 1
            while next < words.count, case .kind = words[next] { next += 1 }
            var generation: String?
            switch next < words.count ? words[next] : nil {
            case .number(let text) where text.contains(".") || text.count < 4:
                generation = text
                taken.insert(next)
            // With a v it may be either: `LLaMA v2`, `TinyLlama v1.1`.
            case .release(let text): generation = text
            default: break
            }
            generations.updateValue(generation, forKey: family)
        }
        var releases: Set<String> = []
        for (index, word) in words.enumerated() where !taken.contains(index) {
            switch word {
            case .release(let text): releases.insert(text)
            case .number(let text) where text.contains(".") || text.count == 4: releases.insert(text)
            default: break
            }
        }
        return (generations, releases)
    }
}

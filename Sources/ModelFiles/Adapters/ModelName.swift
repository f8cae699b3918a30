/// A model's name taken apart, so that the many ways to write one name compare equal: letter case, separators, the
/// owner, file endings and quantisation suffixes.
struct ModelName: Hashable, Sendable {
    /// Before the slash of a hub id, in lower case.
    let owner: String?
    /// Such as `["smollm", "2", "135m", "instruct"]`.
    let tokens: [String]
    /// A path on somebody's machine, which tells nothing about the model.
    let isLocalPath: Bool

    init(_ text: String) {
        var rest = text[...]
        var isAddress = false
        for prefix in ["https://", "http://"] where rest.hasPrefix(prefix) {
            rest = rest.dropFirst(prefix.count).drop { $0 != "/" }.drop { $0 == "/" }
            isAddress = true
        }
        var parts = rest.split(separator: "/", omittingEmptySubsequences: true)
        // The hub's cache keeps a repository under this name.
        if let cached = parts.first(where: { $0.hasPrefix("models--") }) {
            parts = Self.cacheParts(cached)
            isAddress = true
        }
        if isAddress { parts = Array(parts.prefix(2)) }
        let folders: Set<Substring> = [
            ".", "..", "~", "output", "outputs", "checkpoint", "checkpoints", "model", "models", "run", "runs",
            "result", "results", "data", "tmp", "out", "saved", "work", "workspace", "content", "mnt", "home", "root",
        ]
        isLocalPath =
            !isAddress
            && (rest.hasPrefix("/") || rest.hasPrefix("~") || rest.contains("\\") || parts.count > 2
                || (parts.count == 2 && folders.contains(parts[0])) || rest.hasPrefix("./"))
        owner = parts.count == 2 ? parts[0].lowercased() : nil
        tokens = Self.tokens(of: parts.last ?? "")
    }

    /// Without separators, for equality.
    var joined: String { tokens.joined() }

    /// Tokens that only one of the two names has.
    func difference(from other: ModelName) -> [String] {
        var rest = other.tokens
        var missing: [String] = []
        for token in tokens {
            if let index = rest.firstIndex(of: token) { rest.remove(at: index) } else { missing.append(token) }
        }
        return missing + rest
    }

    /// Whether the name says which model it is: by its size or its family.
    var namesAModel: Bool { tokens.contains { Self.isSize($0) || Self.families.contains($0) } }

    /// Whether the two cannot be the same weights: another size, version, family or stage of training.
    func contradicts(_ other: ModelName) -> Bool {
        difference(from: other).contains {
            Self.isSize($0) || Self.families.contains($0) || Self.stages.contains($0) || $0.allSatisfy(\.isNumber)
        }
    }

    private static let families: Set<String> = [
        "llama", "tinyllama", "codellama", "qwen", "qwq", "mistral", "ministral", "mixtral", "smollm", "smol", "gemma",
        "phi", "gpt", "falcon", "deepseek", "granite", "olmo", "pythia", "opt", "bloom", "yi", "stablelm", "mpt",
        "vicuna", "zephyr", "hermes", "command", "internlm", "baichuan", "chatglm", "glm", "nemotron", "minicpm",
    ]
    private static let stages: Set<String> = [
        "instruct", "chat", "it", "base", "sft", "dpo", "rlhf", "grpo", "coder", "code", "math", "vision", "vl",
        "reasoning", "thinking", "distill", "preview", "guard", "embedding", "reward",
    ]

    /// `135m`, `8x7b`.
    private static func isSize(_ token: String) -> Bool {
        guard let unit = token.last, "bmt".contains(unit), let first = token.first, first.isNumber else { return false }
        return token.dropLast().allSatisfy { $0.isNumber || $0 == "x" }
    }

    /// `models--owner--name` as owner and name.
    private static func cacheParts(_ folder: Substring) -> [Substring] {
        let name = folder.dropFirst("models--".count)
        guard let dash = name.indices.first(where: { name[$0...].hasPrefix("--") }) else { return [name] }
        return [name[..<dash], name[dash...].dropFirst(2)]
    }

    private static func tokens(of name: Substring) -> [String] {
        var words = name.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.map(String.init)
        while words.count > 1, let shorter = withoutSuffix(words) { words = shorter }
        return words.flatMap { splitBeforeDigits($0) }
    }

    /// The words without a last one that only says how the file is stored; nil when there is none.
    private static func withoutSuffix(_ words: [String]) -> [String]? {
        let storage: Set<String> = [
            "gguf", "ggml", "safetensors", "f16", "f32", "bf16", "fp16", "fp32", "fp8", "int4", "int8", "4bit", "8bit",
            "awq", "gptq", "bnb", "mlx", "exl2", "hf", "imat", "i1", "git",
        ]
        if let last = words.last, storage.contains(last) { return words.dropLast() }
        // q4_1, q4_k_m, iq3_xxs: the word that starts it and at most two parts.
        let parts: Set<String> = ["0", "1", "k", "s", "m", "l", "xl", "xs", "xxs", "nl"]
        for count in 1...3 where words.count > count {
            let index = words.count - count
            let isStart = ["q", "iq"].contains {
                words[index].hasPrefix($0) && words[index].dropFirst($0.count).count == 1
            }
            let digit = words[index].last?.isNumber ?? false
            if isStart, digit, words[(index + 1)...].allSatisfy(parts.contains) { return Array(words[..<index]) }
        }
        return nil
    }

    /// `smollm2` is `smollm`, `2`; `135m` stays.
    private static func splitBeforeDigits(_ word: String) -> [String] {
        var parts: [String] = []
        var current = ""
        for character in word {
            if character.isNumber, let last = current.last, last.isLetter, !(last == "x" && current.first!.isNumber) {
                parts.append(current)
                current = ""
            }
            current.append(character)
        }
        return current.isEmpty ? parts : parts + [current]
    }
}

/// One word of a model's name and what it says.
enum ModelWord: Hashable, Sendable {
    case family(String)
    /// `2`, `2.5`, `2407`.
    case number(String)
    /// `v0.1`, without its v.
    case release(String)
    case size(ModelSize)
    /// `instruct`, `base`.
    case stage(String)
    /// Another line of the same family: `coder`, `mini`, `distill`, `dpo`.
    case kind(String)
    case other(String)

    /// As names are compared for equality.
    var text: String {
        switch self {
        case .family(let text), .number(let text), .release(let text), .stage(let text), .kind(let text),
            .other(let text):
            text
        case .size(let size): size.text
        }
    }

    /// What a word in lower case, with dots between its digits at most, says. Families are often written together with
    /// what follows them: `smollm2`, `llama7b`, `qwen2.5`.
    static func words(of word: String) -> [ModelWord] {
        if let size = ModelSize(word) { return [.size(size)] }
        if stages.contains(word) { return [.stage(word)] }
        if kinds.contains(word) { return [.kind(word)] }
        if let number = version(word[...]) { return [.number(number)] }
        if word.hasPrefix("v"), let release = version(word.dropFirst()) { return [.release(release)] }
        guard let family = ModelFamily.prefix(of: word) else { return [.other(word)] }
        let rest = String(word.dropFirst(family.count))
        if rest.isEmpty { return [.family(family)] }
        if let first = rest.first, first.isNumber || first == "v" {
            let following = words(of: rest)
            switch following.first {
            case .number, .release, .size: return [.family(family)] + following
            default: break
            }
            // `qwen2vl`: a number and a word.
            let number = rest.prefix { $0.isNumber || $0 == "." }
            if let version = version(number) {
                return [.family(family), .number(version)] + words(of: String(rest.dropFirst(number.count)))
            }
        }
        return [.other(word)]
    }

    /// `2.50` stays, `2.0` is `2`, `3p1` is `3.1`; nil for what is no number.
    private static func version(_ text: Substring) -> String? {
        guard let first = text.first, first.isNumber else { return nil }
        let parts = text.split(omittingEmptySubsequences: false) { $0 == "." || $0 == "p" }
        guard parts.count <= 3, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isNumber } }) else {
            return nil
        }
        var numbers = parts.map(String.init)
        while numbers.count > 1, numbers.last == "0" { numbers.removeLast() }
        return numbers.joined(separator: ".")
    }

    private static let stages: Set<String> = ["instruct", "chat", "it", "inst", "base", "pretrained"]
    private static let kinds: Set<String> = [
        "sft", "dpo", "orpo", "rlhf", "grpo", "ppo", "coder", "code", "python", "math", "vision", "vl", "omni", "audio",
        "guard", "embedding", "reward", "reranker", "distill", "r1", "thinking", "reasoning", "preview", "abliterated",
        "uncensored", "nemo", "nano", "mini", "small", "medium", "large", "pro", "lite", "zero",
    ]
    /// Kinds that tell the size of a model that has no number of parameters in its name.
    static let sizeKinds: Set<String> = ["nano", "mini", "small", "medium", "large"]

    /// Tuned to follow instructions, whatever its family calls that; nil for what no name of a stage is.
    static func stageMeaning(_ stage: String) -> String {
        switch stage {
        case "instruct", "chat", "it", "inst": "instruct"
        default: "base"
        }
    }
}

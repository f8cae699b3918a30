/// Which modules `target_modules` or `exclude_modules` means, by PEFT's rules (`check_target_module_exists`).
enum ModuleFilter: Sendable {
    /// Whole paths or their last components.
    case names(Set<String>)
    /// A pattern that the whole path matches.
    case pattern(NamePattern)
    /// PEFT's "all-linear": every linear layer but the output head.
    case allLinear

    /// Whether `path` is meant.
    func contains(_ path: String, steps: inout Int) throws(NamePatternError) -> Bool {
        switch self {
        case .names(let names): Self.isNamed(path, in: names)
        case .pattern(let pattern): try pattern.matchesWhole(path, steps: &steps)
        case .allLinear: path != "lm_head" && path != "model.embed_tokens"
        }
    }

    /// Whether a name is the path, or its end after a dot.
    private static func isNamed(_ path: String, in names: Set<String>) -> Bool {
        if names.contains(path) { return true }
        var rest = path[...]
        while let dot = rest.firstIndex(of: ".") {
            rest = rest[rest.index(after: dot)...]
            if names.contains(String(rest)) { return true }
        }
        return false
    }
}

/// A key of `rank_pattern` or `alpha_pattern` with its value. PEFT matches it against the end of a module's path that
/// starts at the beginning or after a dot (`get_pattern_key`).
struct PatternEntry<Value: Sendable>: Sendable {
    let key: String
    let value: Value
    /// Nil when the key is plain text, which needs no pattern: letters, and dots that stand for any character.
    private let pattern: NamePattern?

    init(key: String, value: Value) throws(NamePatternError) {
        self.key = key
        self.value = value
        let plain = key.utf8.allSatisfy { ASCIISet.word.contains($0) || $0 == UInt8(ascii: ".") }
        pattern = plain && !key.isEmpty ? nil : try NamePattern("(.*\\.)?(\(key))$")
    }

    func matches(_ path: String, steps: inout Int) throws(NamePatternError) -> Bool {
        if let pattern { return try pattern.matchesPrefix(path, steps: &steps) }
        let text = Array(path.utf8)
        let wanted = Array(key.utf8)
        let start = text.count - wanted.count
        guard start == 0 || (start > 0 && text[start - 1] == UInt8(ascii: ".")) else { return false }
        return zip(text[start...], wanted).allSatisfy { $0 == $1 || $1 == UInt8(ascii: ".") }
    }
}

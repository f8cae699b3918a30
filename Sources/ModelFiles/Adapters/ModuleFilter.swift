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
        case .names(let names): Self.ends(of: path).contains { names.contains($0) }
        case .pattern(let pattern): try pattern.matchesWhole(path, steps: &steps)
        case .allLinear: path != "lm_head" && path != "model.embed_tokens"
        }
    }

    /// The names that mean `path`: itself, and what follows each of its dots.
    static func ends(of path: String) -> [String] {
        var ends = [path]
        var rest = path[...]
        while let dot = rest.firstIndex(of: ".") {
            rest = rest[rest.index(after: dot)...]
            ends.append(String(rest))
        }
        return ends
    }
}

/// A key of `rank_pattern` or `alpha_pattern`. PEFT matches it against the end of a module's path that starts at the
/// beginning or after a dot (`get_pattern_key`).
struct PathPattern: Sendable {
    private let text: [UInt8]
    /// Nil when the key is plain text, which needs no pattern: letters, and dots that stand for any character.
    private let pattern: NamePattern?

    init(_ key: String) throws(NamePatternError) {
        text = Array(key.utf8)
        let isPlain = !text.isEmpty && text.allSatisfy { ASCIISet.word.contains($0) || $0 == UInt8(ascii: ".") }
        pattern = isPlain ? nil : try NamePattern("(.*\\.)?(\(key))$")
    }

    func matches(_ path: String, steps: inout Int) throws(NamePatternError) -> Bool {
        if let pattern { return try pattern.matchesPrefix(path, steps: &steps) }
        let bytes = Array(path.utf8)
        let start = bytes.count - text.count
        guard start == 0 || (start > 0 && bytes[start - 1] == UInt8(ascii: ".")) else { return false }
        return zip(bytes[start...], text).allSatisfy { $0 == $1 || $1 == UInt8(ascii: ".") }
    }
}

/// One entry of `rank_pattern` or `alpha_pattern`.
struct PatternEntry<Value: Sendable>: Sendable {
    let key: String
    let value: Value
    let pattern: PathPattern

    init(key: String, value: Value) throws(NamePatternError) {
        self.key = key
        self.value = value
        pattern = try PathPattern(key)
    }
}

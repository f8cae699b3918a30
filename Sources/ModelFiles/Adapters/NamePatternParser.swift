/// Reads Python's regular-expression syntax into nodes. What matching cannot honour is refused by name.
struct NamePatternParser {
    private(set) var nodes: [NamePattern.Node] = []
    private(set) var capturingGroups = 0
    private let source: String
    private let characters: [Unicode.Scalar]
    private var position = 0
    private var depth = 0
    private var ignoresCase = false

    private static let depthLimit = 64
    private static let countLimit = 100_000

    init(_ source: String) throws(NamePatternError) {
        self.source = source
        characters = Array(source.unicodeScalars)
        guard characters.count <= NamePattern.longestPattern else {
            throw NamePatternError(
                source, "is \(characters.count) characters long; at most \(NamePattern.longestPattern) are read")
        }
    }

    /// Reads the whole pattern and returns its root.
    mutating func parse() throws(NamePatternError) -> Int {
        try globalFlags()
        let root = try choice()
        guard position == characters.count else { throw error("has an unbalanced \")\"") }
        return root
    }

    private mutating func add(_ node: NamePattern.Node) -> Int {
        nodes.append(node)
        return nodes.count - 1
    }

    private mutating func globalFlags() throws(NamePatternError) {
        guard starts(with: "(?"), let close = characters.firstIndex(of: ")"), close > 2 else { return }
        let flags = characters[2..<close]
        guard flags.allSatisfy({ "aiLmsux".unicodeScalars.contains($0) }) else { return }
        for flag in flags where flag != "a" && flag != "u" && flag != "s" {
            guard flag == "i" else { throw error("uses the flag \(flag), which is not supported") }
            ignoresCase = true
        }
        position = close + 1
    }

    private mutating func choice() throws(NamePatternError) -> Int {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw error("nests deeper than \(Self.depthLimit) groups") }
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : add(.choice(branches))
    }

    private mutating func sequence() throws(NamePatternError) -> Int {
        var parts: [Int] = []
        while let next = peek, next != "|", next != ")" {
            guard let atom = try atom() else { continue }
            parts.append(try repeated(atom))
        }
        return parts.count == 1 ? parts[0] : add(.sequence(parts))
    }

    /// The next atom; nil for a comment.
    private mutating func atom() throws(NamePatternError) -> Int? {
        guard let next = peek else { throw error("ends too early") }
        position += 1
        switch next {
        case "(": return try group()
        case "[": return add(.character(try characterClass()))
        case ".": return add(.character(.notNewline))
        case "^": return add(.start)
        case "$": return add(.end)
        case "\\": return try escape()
        case "*", "+", "?": throw error("has nothing to repeat before \"\(next)\"")
        case "{" where quantifier(at: position - 1) != nil: throw error("has nothing to repeat before \"{\"")
        default: return add(.character(set(of: next)))
        }
    }

    private mutating func repeated(_ atom: Int) throws(NamePatternError) -> Int {
        guard let (least, most, end) = quantifier(at: position) else { return atom }
        position = end
        guard least <= Self.countLimit, most ?? 0 <= Self.countLimit else { throw error("repeats too often") }
        guard most.map({ $0 >= least }) ?? true else { throw error("repeats from \(least) to \(most ?? 0) times") }
        if peek == "+" { throw error("uses a possessive repetition, which is not supported") }
        _ = take("?")
        guard quantifier(at: position) == nil else { throw error("repeats a repetition") }
        return add(.repetition(atom, least: least, most: most))
    }

    /// The quantifier that stands at `start`, with the position after it. As in Python, a brace that opens none is text.
    private func quantifier(at start: Int) -> (least: Int, most: Int?, end: Int)? {
        guard start < characters.count else { return nil }
        switch characters[start] {
        case "*": return (0, nil, start + 1)
        case "+": return (1, nil, start + 1)
        case "?": return (0, 1, start + 1)
        case "{": break
        default: return nil
        }
        var index = start + 1
        func digits() -> Int? {
            var value: Int?
            while index < characters.count, let digit = decimal(characters[index]) {
                value = min((value ?? 0) * 10 + digit, Self.countLimit + 1)
                index += 1
            }
            return value
        }
        let first = digits()
        guard index < characters.count else { return nil }
        if characters[index] == "}" { return first.map { ($0, $0, index + 1) } }
        guard characters[index] == "," else { return nil }
        index += 1
        let second = digits()
        guard index < characters.count, characters[index] == "}" else { return nil }
        return (first ?? 0, second, index + 1)
    }

    private mutating func group() throws(NamePatternError) -> Int? {
        enum Kind {
            case plain
            case ahead(negated: Bool)
            case behind(negated: Bool)
        }
        var kind = Kind.plain
        if take("?") {
            if take(":") {
            } else if take("=") {
                kind = .ahead(negated: false)
            } else if take("!") {
                kind = .ahead(negated: true)
            } else if take("#") {
                while let next = peek, next != ")" { position += next == ")" ? 0 : 1 }
                guard take(")") else { throw error("has an unterminated comment") }
                return nil
            } else if starts(with: "<=") || starts(with: "<!") {
                kind = .behind(negated: characters[position + 1] == "!")
                position += 2
            } else if starts(with: "P<") {
                guard let close = characters[position...].firstIndex(of: ">") else {
                    throw error("has a group name that does not end")
                }
                position = close + 1
                capturingGroups += 1
            } else {
                throw error("uses a group of the kind \"(?\(peek.map(String.init) ?? "")\", which is not supported")
            }
        } else {
            capturingGroups += 1
        }
        let content = try choice()
        guard take(")") else { throw error("has an unbalanced \"(\"") }
        switch kind {
        case .plain: return content
        case .ahead(let negated): return add(.lookahead(content, negated: negated))
        case .behind(let negated): return add(.lookbehind(content, negated: negated))
        }
    }

    private mutating func escape() throws(NamePatternError) -> Int {
        switch peek {
        case "b":
            position += 1
            return add(.wordBoundary(true))
        case "B":
            position += 1
            return add(.wordBoundary(false))
        case "A":
            position += 1
            return add(.start)
        case "Z", "z":
            position += 1
            return add(.end)
        case let next? where next != "0" && decimal(next) != nil:
            throw error("uses a back-reference, which is not supported")
        default: return add(.character(try escapedSet()))
        }
    }

    /// The set that the escape after a backslash stands for, inside a class or outside.
    private mutating func escapedSet() throws(NamePatternError) -> ASCIISet {
        guard let next = peek else { throw error("ends with a backslash") }
        position += 1
        switch next {
        case "d": return .digits
        case "D": return ASCIISet.digits.inverted
        case "w": return .word
        case "W": return ASCIISet.word.inverted
        case "s": return .space
        case "S": return ASCIISet.space.inverted
        case "n": return ASCIISet("\n")
        case "t": return ASCIISet("\t")
        case "r": return ASCIISet("\r")
        case "f": return ASCIISet("\u{0C}")
        case "v": return ASCIISet("\u{0B}")
        default:
            guard !next.properties.isAlphabetic, decimal(next) == nil else {
                throw error("uses the escape \\\(next), which is not supported")
            }
            return set(of: next)
        }
    }

    private mutating func characterClass() throws(NamePatternError) -> ASCIISet {
        let negated = take("^")
        var result = ASCIISet()
        var isFirst = true
        while true {
            guard let next = peek else { throw error("has an unterminated \"[\"") }
            position += 1
            if next == "]", !isFirst { break }
            isFirst = false
            let single: Unicode.Scalar?
            if next == "\\" {
                // A single character may start a range; a class such as \d may not.
                single = peek.flatMap { $0.properties.isAlphabetic ? nil : $0 }
                result.formUnion(try escapedSet())
            } else {
                single = next
                result.formUnion(set(of: next))
            }
            guard peek == "-", position + 1 < characters.count, characters[position + 1] != "]" else { continue }
            position += 1
            guard let last = peek, let first = single else { throw error("has a bad range in \"[…]\"") }
            position += 1
            var end = last
            if last == "\\" {
                guard let escaped = peek, !escaped.properties.isAlphabetic else {
                    throw error("has a bad range in \"[…]\"")
                }
                position += 1
                end = escaped
            }
            guard first.value <= end.value else { throw error("has a bad range in \"[…]\"") }
            for value in first.value...min(end.value, max(127, first.value)) where value < 128 {
                result.insert(UInt8(value))
            }
        }
        if ignoresCase { result = result.ignoringCase }
        return negated ? result.inverted : result
    }

    /// Names are ASCII, so a character beyond it matches nothing.
    private func set(of scalar: Unicode.Scalar) -> ASCIISet {
        var set = ASCIISet()
        if scalar.isASCII { set.insert(UInt8(scalar.value)) }
        return ignoresCase ? set.ignoringCase : set
    }

    private var peek: Unicode.Scalar? { position < characters.count ? characters[position] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        position += 1
        return true
    }

    private func starts(with text: String) -> Bool { characters[position...].starts(with: text.unicodeScalars) }

    private func error(_ reason: String) -> NamePatternError { NamePatternError(source, reason) }
}

private func decimal(_ scalar: Unicode.Scalar) -> Int? {
    ("0"..."9").contains(scalar) ? Int(scalar.value) - 48 : nil
}

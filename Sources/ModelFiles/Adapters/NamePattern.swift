/// A Python regular expression over module names, as PEFT's configurations hold them.
///
/// Configurations are untrusted, so nothing backtracks: a node of the pattern is evaluated at most once for each position
/// of the name, and yields the set of positions where it can end. Matching is polynomial for every pattern, nested
/// repetitions too. Only acceptance is told, which is all that PEFT asks; greedy and lazy repetition accept the same names.
struct NamePattern: Sendable {
    enum Node: Sendable {
        case character(ASCIISet)
        case start
        case end
        case wordBoundary(Bool)
        case sequence([Int])
        case choice([Int])
        case repetition(Int, least: Int, most: Int?)
        case lookahead(Int, negated: Bool)
        case lookbehind(Int, negated: Bool)
    }

    /// Longest name that is matched: sets of positions are 64 bits wide.
    static let longestName = 63
    /// Longest pattern that is compiled, in characters.
    static let longestPattern = 16_384

    let source: String
    /// Groups that Python would number.
    let capturingGroups: Int
    private let nodes: [Node]
    private let root: Int

    init(_ source: String) throws(NamePatternError) {
        var parser = try NamePatternParser(source)
        self.root = try parser.parse()
        self.nodes = parser.nodes
        self.source = source
        self.capturingGroups = parser.capturingGroups
    }

    /// `re.fullmatch(source, name)`.
    func matchesWhole(_ name: String, steps: inout Int) throws(NamePatternError) -> Bool {
        try ends(name, steps: &steps) >> UInt64(name.utf8.count) & 1 == 1
    }

    /// `re.match(source, name)`.
    func matchesPrefix(_ name: String, steps: inout Int) throws(NamePatternError) -> Bool {
        try ends(name, steps: &steps) != 0
    }

    /// Positions where a match that starts at 0 can end. `steps` counts down over all names of one adapter.
    private func ends(_ name: String, steps: inout Int) throws(NamePatternError) -> UInt64 {
        let text = Array(name.utf8)
        guard text.count <= Self.longestName else {
            throw NamePatternError(source, "is matched against a name of \(text.count) bytes")
        }
        var matcher = Matcher(nodes: nodes, text: text, steps: steps)
        let set = matcher.ends(of: root, at: 0)
        steps = matcher.steps
        guard steps > 0 else { throw NamePatternError(source, "costs too much to match") }
        return set
    }
}

/// Why a pattern is not used.
struct NamePatternError: Error {
    let description: String

    init(_ source: String, _ reason: String) {
        let shown = source.count > 80 ? source.prefix(79) + "…" : source[...]
        description = "the pattern \"\(shown)\" \(reason)"
    }
}

/// A set of ASCII characters.
struct ASCIISet: Hashable, Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    init() {}

    init(_ range: ClosedRange<UInt8>) { for byte in range { insert(byte) } }

    init(_ text: String) { for byte in text.utf8 { insert(byte) } }

    mutating func insert(_ byte: UInt8) {
        if byte < 64 { low |= 1 << UInt64(byte) } else if byte < 128 { high |= 1 << UInt64(byte - 64) }
    }

    func contains(_ byte: UInt8) -> Bool {
        byte < 64 ? low >> UInt64(byte) & 1 == 1 : byte < 128 && high >> UInt64(byte - 64) & 1 == 1
    }

    mutating func formUnion(_ other: ASCIISet) {
        low |= other.low
        high |= other.high
    }

    var inverted: ASCIISet {
        var set = self
        set.low = ~low
        set.high = ~high
        return set
    }

    /// Both cases of every letter in the set.
    var ignoringCase: ASCIISet {
        var set = self
        for letter in UInt8(ascii: "a")...UInt8(ascii: "z") where contains(letter) || contains(letter - 32) {
            set.insert(letter)
            set.insert(letter - 32)
        }
        return set
    }

    static let digits = ASCIISet(UInt8(ascii: "0")...UInt8(ascii: "9"))
    static let space = ASCIISet(" \t\n\r\u{0B}\u{0C}")
    static let word: ASCIISet = {
        var set = ASCIISet("_")
        set.formUnion(digits)
        set.formUnion(ASCIISet(UInt8(ascii: "a")...UInt8(ascii: "z")))
        set.formUnion(ASCIISet(UInt8(ascii: "A")...UInt8(ascii: "Z")))
        return set
    }()
    static let notNewline = ASCIISet("\n").inverted
}

/// Evaluates the nodes of one pattern over one name.
private struct Matcher {
    let nodes: [NamePattern.Node]
    let text: [UInt8]
    var steps: Int
    /// By node * width + position.
    private var known: [Bool]
    private var memory: [UInt64]
    private let width: Int

    init(nodes: [NamePattern.Node], text: [UInt8], steps: Int) {
        self.nodes = nodes
        self.text = text
        self.steps = steps
        width = text.count + 1
        known = Array(repeating: false, count: nodes.count * width)
        memory = Array(repeating: 0, count: nodes.count * width)
    }

    /// The positions where `node` can end when it starts at `position`.
    mutating func ends(of node: Int, at position: Int) -> UInt64 {
        let slot = node * width + position
        if known[slot] { return memory[slot] }
        steps -= 1
        guard steps > 0 else { return 0 }
        let set = evaluate(nodes[node], at: position)
        known[slot] = true
        memory[slot] = set
        return set
    }

    /// The union over every start in `starts`.
    private mutating func ends(of node: Int, from starts: UInt64) -> UInt64 {
        var rest = starts
        var set: UInt64 = 0
        while rest != 0 {
            set |= ends(of: node, at: rest.trailingZeroBitCount)
            rest &= rest - 1
            steps -= 1
        }
        return set
    }

    private mutating func evaluate(_ node: NamePattern.Node, at position: Int) -> UInt64 {
        let here: UInt64 = 1 << UInt64(position)
        switch node {
        case .character(let set): return position < text.count && set.contains(text[position]) ? here << 1 : 0
        case .start: return position == 0 ? here : 0
        case .end: return position == text.count ? here : 0
        case .wordBoundary(let wanted): return isBoundary(position) == wanted ? here : 0
        case .sequence(let parts):
            var set = here
            for part in parts where set != 0 { set = ends(of: part, from: set) }
            return set
        case .choice(let parts):
            var set: UInt64 = 0
            for part in parts { set |= ends(of: part, at: position) }
            return set
        case .repetition(let part, let least, let most): return repetition(of: part, least, most, from: here)
        case .lookahead(let part, let negated): return (ends(of: part, at: position) != 0) != negated ? here : 0
        case .lookbehind(let part, let negated):
            var found = false
            for start in 0...position where ends(of: part, at: start) & here != 0 { found = true }
            return found != negated ? here : 0
        }
    }

    /// A part never moves backwards, so its transitions are a triangular matrix, whose powers stand still after as many
    /// steps as there are positions: larger counts than that change nothing.
    private mutating func repetition(of part: Int, _ least: Int, _ most: Int?, from start: UInt64) -> UInt64 {
        var set = start
        for _ in 0..<min(least, width) { set = ends(of: part, from: set) }
        var all = set
        var frontier = set
        var round = 0
        while frontier != 0, round < min(most.map { $0 - least } ?? width, width) {
            frontier = ends(of: part, from: frontier) & ~all
            all |= frontier
            round += 1
        }
        return all
    }

    private func isBoundary(_ position: Int) -> Bool {
        let before = position > 0 && ASCIISet.word.contains(text[position - 1])
        let after = position < text.count && ASCIISet.word.contains(text[position])
        return before != after
    }
}

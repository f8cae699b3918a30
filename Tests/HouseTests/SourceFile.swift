/// One text file of the repository, and what it declares.
struct SourceFile {
    /// From the repository's root.
    let path: String
    let text: String
    private(set) var types: Set<String> = []
    /// Types that it adds to.
    private(set) var extended: Set<String> = []
    /// Functions, properties and cases.
    private(set) var members: Set<String> = []
    /// The invariants that it cites by their numbers.
    let cited: Set<Int>

    private static let typeWords: Set<Substring> = ["struct", "class", "enum", "protocol", "actor", "typealias"]
    private static let memberWords: Set<Substring> = ["func", "var", "let", "case"]

    init(path: String, text: String) {
        self.path = path
        self.text = text
        cited = Self.citations(text)
        for line in text.split(separator: "\n") {
            let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
            guard let first = words.first, !line.trimmed.hasPrefix("//") else { continue }
            // `case one, two` declares both.
            if first == "case" { members.formUnion(words.dropFirst().map(String.init)) }
            for (word, next) in zip(words, words.dropFirst()) {
                if Self.typeWords.contains(word) { types.insert(String(next)) }
                if word == "extension" { extended.insert(String(next)) }
                if Self.memberWords.contains(word) { members.insert(String(next)) }
            }
        }
    }

    var name: String { path.split(separator: "/").last.map(String.init) ?? path }
    var isTest: Bool { path.hasPrefix("Tests/") }

    private static func citations(_ text: String) -> Set<Int> {
        guard text.contains("nvariant") else { return [] }
        let citations = text.matches(of: /[Ii]nvariants?[\s\/]+(\d+(?:(?:, | and )\d+)*)/)
        return Set(citations.flatMap { $0.output.1.split { !$0.isNumber }.compactMap { Int($0) } })
    }
}

/// On which line a TOML document gives a key. TOMLKit reports lines for syntax errors only, not for the keys it read.
///
/// Covers what themes and settings are written in: sections, dotted keys, and inline tables on their key's line.
struct KeyLines {
    private var lines: [[String]: Int] = [:]

    init(_ document: String) {
        var section: [String] = []
        for (index, line) in document.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let text = line.drop { $0 == " " || $0 == "\t" }
            if text.first == "[" {
                let name = text.dropFirst().prefix { $0 != "]" }
                section = KeyLines.parts(name)
                note(section, index + 1)
            } else if let equals = text.firstIndex(of: "="), text.first != "#" {
                note(section + KeyLines.parts(text[..<equals]), index + 1)
            }
        }
    }

    /// The line of a key, or of what holds it.
    func line(of path: [String]) -> Int? {
        var path = path[...]
        while !path.isEmpty {
            if let line = lines[Array(path)] { return line }
            path = path.dropLast()
        }
        return nil
    }

    private mutating func note(_ path: [String], _ line: Int) {
        for count in path.indices where lines[Array(path[...count])] == nil { lines[Array(path[...count])] = line }
    }

    private static func parts(_ key: Substring) -> [String] {
        key.split(separator: ".").map { part in
            String(part.filter { !$0.isWhitespace && $0 != "\"" && $0 != "'" && $0 != "[" })
        }
    }
}

/// What recognition needs of a Jinja template: its string literals, and its code with the spacing taken out.
///
/// No template is run. A model's own template only chooses among styles that are built in and fills in their details.
struct JinjaOutline {
    /// The values of the string literals in expressions and statements, and the texts between those, in order.
    private(set) var literals: [String] = []
    /// The code without white space outside of literals, every literal in single quotes, and with `message.role` and
    /// `message.content` for both of their spellings.
    private(set) var code = ""

    init(_ source: String) {
        let scalars = Array(source.unicodeScalars)
        var index = 0
        var text = String.UnicodeScalarView()
        func isPair(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Bool {
            index + 1 < scalars.count && scalars[index] == first && scalars[index + 1] == second
        }
        while index < scalars.count {
            if isPair("{", "#") {
                while index < scalars.count, !isPair("#", "}") { index += 1 }
                index += 2
            } else if isPair("{", "{") || isPair("{", "%") {
                if !text.isEmpty { literals.append(String(text)) }
                text = String.UnicodeScalarView()
                let closing: Unicode.Scalar = scalars[index + 1] == "{" ? "}" : "%"
                index += 2
                while index < scalars.count, !isPair(closing, "}") {
                    let scalar = scalars[index]
                    if scalar == "'" || scalar == "\"" {
                        let literal = Self.literal(in: scalars, at: &index)
                        literals.append(literal)
                        code += "'" + literal + "'"
                    } else {
                        if !scalar.properties.isWhitespace { code.unicodeScalars.append(scalar) }
                        index += 1
                    }
                }
                index += 2
                code += ";"
            } else {
                text.append(scalars[index])
                index += 1
            }
        }
        if !text.isEmpty { literals.append(String(text)) }
        for member in ["role", "content"] { code = code.replacing("message['\(member)']", with: "message.\(member)") }
    }

    /// Whether a marker stands in any literal.
    func writes(_ marker: String) -> Bool { literals.contains { $0.contains(marker) } }

    /// Reads a quoted literal and moves past its closing quote.
    private static func literal(in scalars: [Unicode.Scalar], at index: inout Int) -> String {
        let quote = scalars[index]
        var value = String.UnicodeScalarView()
        index += 1
        while index < scalars.count, scalars[index] != quote {
            if scalars[index] == "\\", index + 1 < scalars.count {
                index += 1
                switch scalars[index] {
                case "n": value.append("\n")
                case "t": value.append("\t")
                case "r": value.append("\r")
                default: value.append(scalars[index])
                }
            } else {
                value.append(scalars[index])
            }
            index += 1
        }
        index += 1
        return String(value)
    }

    /// The text between two markers inside one literal; nil when no literal holds both with text between them.
    func text(after start: String, before end: String) -> String? {
        for literal in literals {
            guard let first = literal.firstRange(of: start) else { continue }
            let rest = literal[first.upperBound...]
            guard let last = rest.firstRange(of: end), last.lowerBound > rest.startIndex else { continue }
            return String(rest[..<last.lowerBound])
        }
        return nil
    }
}

/// Text in Prometheus' format. Each name is described once, before its first series.
struct Exposition {
    enum Kind: String {
        case gauge, counter, histogram
    }

    private(set) var text = ""

    /// Begins a metric: its series follow.
    mutating func metric(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    mutating func series(_ name: String, _ labels: [(String, String)], _ value: Double) {
        text += name
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",") + "}"
        }
        text += " \(Self.number(value))\n"
    }

    mutating func histogram(_ name: String, _ labels: [(String, String)], _ counts: BucketCounts) {
        var total = 0
        for (edge, count) in zip(counts.edges.map { Self.number($0) } + ["+Inf"], counts.counts) {
            total += count
            series(name + "_bucket", labels + [("le", edge)], Double(total))
        }
        series(name + "_count", labels, Double(total))
        series(name + "_sum", labels, counts.sum)
    }

    private static func number(_ value: Double) -> String { "\(value)" }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}

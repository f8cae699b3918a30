/// Reads one line of a metrics page: `name{label="value",…} value [timestamp]`.
struct MetricLine {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { place >= bytes.count }
    var isComment: Bool { peek == UInt8(ascii: "#") }
    private var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

    func starts(with prefix: [UInt8]) -> Bool { bytes[place...].starts(with: prefix) }

    mutating func skipSpace() {
        while let byte = peek, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { place += 1 }
    }

    /// Nil for what is no sample.
    mutating func sample() -> (name: String, sample: MetricSample)? {
        guard let name = word(allowsColon: true) else { return nil }
        skipSpace()
        var labels: [String: String] = [:]
        if peek == UInt8(ascii: "{") {
            place += 1
            guard readLabels(into: &labels) else { return nil }
            skipSpace()
        }
        let start = place
        while let byte = peek, byte != UInt8(ascii: " "), byte != UInt8(ascii: "\t") { place += 1 }
        guard let value = Self.number(String(decoding: bytes[start..<place], as: UTF8.self)) else { return nil }
        return (name, MetricSample(labels: labels, value: value))
    }

    private mutating func readLabels(into labels: inout [String: String]) -> Bool {
        while true {
            skipSpace()
            if peek == UInt8(ascii: "}") {
                place += 1
                return true
            }
            guard labels.count < MetricsPage.mostLabels, let name = word(allowsColon: false) else { return false }
            skipSpace()
            guard peek == UInt8(ascii: "=") else { return false }
            place += 1
            skipSpace()
            guard let value = quoted() else { return false }
            labels[name] = value
            skipSpace()
            if peek == UInt8(ascii: ",") {
                place += 1
            } else if peek != UInt8(ascii: "}") {
                return false
            }
        }
    }

    private mutating func word(allowsColon: Bool) -> String? {
        let start = place
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): break
            case UInt8(ascii: "0")...UInt8(ascii: "9") where place > start: break
            case UInt8(ascii: ":") where allowsColon: break
            default: return start == place ? nil : String(decoding: bytes[start..<place], as: UTF8.self)
            }
            place += 1
        }
        return start == place ? nil : String(decoding: bytes[start..<place], as: UTF8.self)
    }

    /// A label's value with its escapes undone; nil when it does not end.
    private mutating func quoted() -> String? {
        guard peek == UInt8(ascii: "\"") else { return nil }
        place += 1
        var value: [UInt8] = []
        while let byte = peek {
            place += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: value, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = peek else { return nil }
                place += 1
                switch escaped {
                case UInt8(ascii: "n"): value.append(UInt8(ascii: "\n"))
                case UInt8(ascii: "\\"), UInt8(ascii: "\""): value.append(escaped)
                default: value += [byte, escaped]
                }
            default: value.append(byte)
            }
        }
        return nil
    }

    /// A number as these pages write it: decimal, or one of the words for infinities and no number.
    static func number(_ text: String) -> Double? {
        switch text.lowercased() {
        case "+inf", "inf", "+infinity", "infinity": return .infinity
        case "-inf", "-infinity": return -.infinity
        case "nan": return .nan
        default:
            let isPlain = text.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"),
                    UInt8(ascii: "e"), UInt8(ascii: "E"):
                    true
                default: false
                }
            }
            return isPlain ? Double(text) : nil
        }
    }
}

import DeckCore

/// Rows as comma-separated values (RFC 4180), for spreadsheets and scripts.
struct CSVText {
    private(set) var text = ""

    init(header: [String], rows: [[String]]) {
        for row in [header] + rows {
            text += row.map(Self.field).joined(separator: ",")
            text += "\r\n"
        }
    }

    /// Quoted where it must be. A text that a spreadsheet would run as a formula is disarmed with an apostrophe; numbers
    /// stay numbers.
    static func field(_ value: String) -> String {
        var value = value
        if let first = value.first, "=+-@\t\r".contains(first), Double(value) == nil { value = "'" + value }
        let mustQuote = value.contains { $0 == "," || $0 == "\"" || $0.isNewline }
        return mustQuote ? "\"" + value.replacing("\"", with: "\"\"") + "\"" : value
    }

    /// A value that may not be there: empty then.
    static func value(_ value: (some CustomStringConvertible)?) -> String { value.map { "\($0)" } ?? "" }
}

extension DeckSnapshot {
    /// A field of a table; empty where the deck cannot tell the figure.
    func field(_ figure: DeckFigure, _ value: (some CustomStringConvertible)?) -> String {
        unknown[figure] == nil ? CSVText.value(value) : ""
    }
}

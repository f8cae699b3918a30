import TerminalKit

/// Rows under a heading, in columns as wide as their widest cell; cells are foreign text.
struct TextTable {
    enum Alignment { case left, right }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    init(_ columns: [(title: String, alignment: Alignment)]) { self.columns = columns }

    /// As many cells as there are columns.
    mutating func add(_ cells: [String]) { rows.append(cells.map { Sanitiser.line($0, limit: 200) }) }

    /// Without a line break at the end, and without blanks at the ends of lines.
    var text: String {
        let all = [columns.map { $0.title.uppercased() }] + rows
        let widths = columns.indices.map { column in all.map { DisplayWidth.of($0[column]) }.max() ?? 0 }
        return all.map { row in
            var line = zip(zip(row, columns), widths).map { cell, width in
                cell.1.alignment == .left
                    ? DisplayWidth.padRight(cell.0, to: width) : DisplayWidth.padLeft(cell.0, to: width)
            }.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }
}

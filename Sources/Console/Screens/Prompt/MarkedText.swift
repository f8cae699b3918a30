import TerminalKit

/// Wrapped text with one of its scalars found again in the rows.
struct MarkedText {
    /// Where the mark stands among the rows.
    struct Place: Hashable {
        let row: Int
        let column: Int
        let width: Int
    }

    let lines: [String]
    /// Nil where there is no mark, or where nothing is drawn from it on.
    let place: Place?

    /// - Parameter mark: a scalar of `text`, by its index.
    init(_ text: String, mark: Int?, width: Int) {
        let lines = WrappedText(text, width: width).lines
        self.lines = lines
        place = mark.flatMap { Self.find($0, of: text, in: lines) }
    }

    /// Wrapping only leaves things out (blanks at breaks, what has no width): rows are walked along the text.
    private static func find(_ mark: Int, of text: String, in lines: [String]) -> Place? {
        let scalars = Array(text.unicodeScalars)
        var index = 0
        for (row, line) in lines.enumerated() {
            var column = 0
            for cluster in CellClusters(line) {
                guard let first = cluster.character.unicodeScalars.first else { continue }
                while index < scalars.count, scalars[index] != first { index += 1 }
                let next = index + cluster.character.unicodeScalars.count
                if next > mark { return Place(row: row, column: column, width: cluster.width) }
                index = next
                column += cluster.width
            }
        }
        return nil
    }
}

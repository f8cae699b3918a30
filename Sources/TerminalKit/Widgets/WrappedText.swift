/// Text broken into rows by display width, at blanks where there are any.
public struct WrappedText: Hashable, Sendable {
    public let lines: [String]

    /// Wraps at `width` columns (at least 1); line breaks in the text are kept.
    public init(_ text: String, width: Int) {
        let room = max(1, width)
        lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).flatMap {
            Self.wrap($0, width: room)
        }
    }

    private static func wrap(_ paragraph: Substring, width: Int) -> [String] {
        var rows: [String] = []
        var row: [(character: Character, width: Int)] = []
        var columns = 0
        // Where the row may break: the number of clusters up to and with its last blank.
        var breakAt = 0
        // Nothing wider than the row itself can be shown.
        for cluster in CellClusters(paragraph) where (1...width).contains(cluster.width) {
            if columns + cluster.width > width {
                if cluster.character == " " {
                    rows.append(text(row[...]))
                    (row, columns, breakAt) = ([], 0, 0)
                    continue
                }
                let cut = breakAt > 0 ? breakAt : row.count
                rows.append(text(row[..<cut]))
                row = Array(row[cut...])
                columns = row.reduce(0) { $0 + $1.width }
                breakAt = 0
            }
            row.append(cluster)
            columns += cluster.width
            if cluster.character == " " { breakAt = row.count }
        }
        rows.append(text(row[...]))
        return rows
    }

    /// The row's text without blanks at its end.
    private static func text(_ row: ArraySlice<(character: Character, width: Int)>) -> String {
        var end = row.endIndex
        while end > row.startIndex, row[end - 1].character == " " { end -= 1 }
        return String(row[row.startIndex..<end].map(\.character))
    }
}

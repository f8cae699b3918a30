/// How many columns text takes on a terminal.
///
/// The table is our own: the C library's depends on the locale, lags behind Unicode and differs between the hosts that a
/// session runs over. Ambiguous and unknown scalars count 1. What terminals disagree on (emoji with variation selectors
/// or joiners, flags, skin tones) is measured as modern terminals draw it; `Sanitiser` reduces foreign text so that the
/// question does not arise.
public enum DisplayWidth {
    /// Columns of one scalar that stands alone: 0 for controls, marks and format characters, else 1 or 2.
    public static func of(_ scalar: Unicode.Scalar) -> Int {
        let value = scalar.value
        if value < 0x300 {
            return value < 0x20 || (0x7F..<0xA0).contains(value) || value == 0xAD ? 0 : 1
        }
        // Boxes, blocks and braille make up most of what a console draws beyond ASCII.
        if (0x2500...0x25FC).contains(value) || (0x2800...0x28FF).contains(value) { return 1 }
        if (0x4E00...0x9FFF).contains(value) || (0xAC00...0xD7A3).contains(value) { return 2 }
        // Vowels and finals of conjoining Hangul join the initial's two columns.
        if (0x1160...0x11FF).contains(value) || (0xD7B0...0xD7FF).contains(value) { return 0 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .lineSeparator, .paragraphSeparator: return 0
        default: return WideRanges.contains(value) ? 2 : 1
        }
    }

    /// Columns of one character; a cluster of several base scalars (Indic conjuncts) counts each of them.
    public static func of(_ character: Character) -> Int {
        if let ascii = character.asciiValue { return ascii < 0x20 || ascii == 0x7F ? 0 : 1 }
        return of(String(character))
    }

    /// Columns of a text, exactly as many as `CellGrid.draw` takes for it.
    public static func of(_ text: some StringProtocol) -> Int {
        var columns = 0
        var isPlain = true
        for byte in text.utf8 {
            if byte >= 0x80 {
                isPlain = false
                break
            }
            if byte >= 0x20, byte != 0x7F { columns += 1 }
        }
        if isPlain { return columns }
        columns = 0
        for cluster in CellClusters(text) { columns += cluster.width }
        return columns
    }

    /// The longest beginning of a text that fits into some columns; a wide character that would cross the edge is out.
    public static func clip(_ text: some StringProtocol, to columns: Int) -> String {
        var result = ""
        var used = 0
        for cluster in CellClusters(text) where cluster.width > 0 {
            guard used + cluster.width <= columns else { break }
            used += cluster.width
            result.append(cluster.character)
        }
        return result
    }

    /// The text if it fits, else its beginning and an ellipsis, never more than `columns` wide.
    public static func truncate(_ text: some StringProtocol, to columns: Int, ellipsis: String = "…") -> String {
        guard columns > 0 else { return "" }
        if of(text) <= columns { return String(text) }
        let mark = clip(ellipsis, to: columns)
        return clip(text, to: columns - of(mark)) + mark
    }

    /// The text truncated or filled with blanks on its right to exactly `columns`.
    public static func padRight(_ text: some StringProtocol, to columns: Int, ellipsis: String = "…") -> String {
        let shown = truncate(text, to: columns, ellipsis: ellipsis)
        return shown + blanks(columns - of(shown))
    }

    /// The text truncated or filled with blanks on its left to exactly `columns`.
    public static func padLeft(_ text: some StringProtocol, to columns: Int, ellipsis: String = "…") -> String {
        let shown = truncate(text, to: columns, ellipsis: ellipsis)
        return blanks(columns - of(shown)) + shown
    }

    private static func blanks(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
}

/// One line of text in several styles.
public struct StyledLine: Hashable, Sendable {
    /// A run of text in one style.
    public struct Span: Hashable, Sendable {
        public var text: String
        public var style: Style
    }

    public private(set) var spans: [Span] = []

    public init() {}

    public init(_ text: String, _ style: Style = Style()) { add(text, style) }

    /// Appends a run.
    public mutating func add(_ text: String, _ style: Style = Style()) {
        if !text.isEmpty { spans.append(Span(text: text, style: style)) }
    }

    /// Appends another line's runs.
    public mutating func add(_ other: StyledLine) { spans += other.spans }

    /// Lines of at most `width` columns that hold the pieces in their order, `gap` blanks apart; a piece is not broken.
    public static func flow(_ pieces: [StyledLine], width: Int, gap: Int = 2) -> [StyledLine] {
        var lines: [StyledLine] = []
        for piece in pieces {
            if var last = lines.last, last.columns + gap + piece.columns <= width {
                last.add(String(repeating: " ", count: gap))
                last.add(piece)
                lines[lines.count - 1] = last
            } else {
                lines.append(piece)
            }
        }
        return lines
    }

    /// Width in terminal columns.
    public var columns: Int { spans.reduce(0) { $0 + $1.text.columns } }
    public var isEmpty: Bool { spans.isEmpty }
    /// The text without its styles.
    public var text: String { spans.map(\.text).joined() }
}

extension CellGrid {
    /// Draws a styled line from (x, y) to the right and returns the column after the last drawn cell.
    @discardableResult
    public mutating func draw(_ line: StyledLine, x: Int, y: Int, clip: Rect? = nil) -> Int {
        var column = x
        for span in line.spans {
            let next = draw(span.text, x: column, y: y, style: span.style, clip: clip)
            // A run that was cut ends the line: what follows would close the gap at the wrong place.
            if next - column < span.text.columns { return next }
            column = next
        }
        return column
    }

    /// Draws a styled line in the columns of `rect`'s row `y`; what does not fit ends in an ellipsis.
    public mutating func draw(_ line: StyledLine, in rect: Rect, y: Int, glyphs: GlyphSet) {
        guard y >= rect.y, y < rect.maxY, rect.width > 0 else { return }
        guard line.columns > rect.width else {
            draw(line, x: rect.x, y: y, clip: rect)
            return
        }
        let body = Rect(x: rect.x, y: rect.y, width: rect.width - 1, height: rect.height)
        let end = draw(line, x: rect.x, y: y, clip: body)
        draw(String(glyphs.ellipsis), x: min(end, rect.maxX - 1), y: y, style: Style(.muted), clip: rect)
    }
}

/// A bordered rectangle with a title in its upper edge and an optional note in its lower one.
public struct Box: Sendable {
    public var title: StyledLine
    /// Drawn at the right end of the upper edge.
    public var note: StyledLine
    public var isFocused: Bool

    public init(_ title: String, note: StyledLine = StyledLine(), isFocused: Bool = false) {
        self.init(StyledLine(title, Style(.title, bold: true)), note: note, isFocused: isFocused)
    }

    public init(_ title: StyledLine, note: StyledLine = StyledLine(), isFocused: Bool = false) {
        self.title = title
        self.note = note
        self.isFocused = isFocused
    }

    /// Draws the border around `rect`'s inside, clears the inside and returns it. Below 2x2 nothing is drawn.
    @discardableResult
    public func draw(in rect: Rect, on grid: inout CellGrid, glyphs: GlyphSet) -> Rect {
        guard rect.width >= 2, rect.height >= 2 else { return Rect(x: rect.x, y: rect.y, width: 0, height: 0) }
        let style = Style(isFocused ? .borderFocused : .border)
        let right = rect.maxX - 1
        let bottom = rect.maxY - 1
        grid.fill(rect)
        grid.fill(Rect(x: rect.x, y: rect.y, width: rect.width, height: 1), glyphs.horizontal, style: style)
        grid.fill(Rect(x: rect.x, y: bottom, width: rect.width, height: 1), glyphs.horizontal, style: style)
        grid.fill(Rect(x: rect.x, y: rect.y, width: 1, height: rect.height), glyphs.vertical, style: style)
        grid.fill(Rect(x: right, y: rect.y, width: 1, height: rect.height), glyphs.vertical, style: style)
        for (x, y, glyph) in [
            (rect.x, rect.y, glyphs.topLeft), (right, rect.y, glyphs.topRight), (rect.x, bottom, glyphs.bottomLeft),
            (right, bottom, glyphs.bottomRight),
        ] {
            grid.draw(String(glyph), x: x, y: y, style: style)
        }
        drawEdge(in: rect, on: &grid, glyphs: glyphs)
        return rect.inset(1, 1)
    }

    /// The title keeps its place; the note gives way where both do not fit.
    private func drawEdge(in rect: Rect, on grid: inout CellGrid, glyphs: GlyphSet) {
        let room = rect.width - 4
        guard room >= 3, !title.isEmpty else { return }
        let edge = Rect(x: rect.x + 2, y: rect.y, width: room, height: 1)
        var padded = StyledLine(" ", title.spans.first?.style ?? Style())
        padded.add(title)
        padded.add(" ")
        grid.draw(padded, in: edge, y: rect.y, glyphs: glyphs)
        let used = min(padded.columns, room)
        guard !note.isEmpty, used + note.columns + 3 <= room else { return }
        var end = StyledLine(" ")
        end.add(note)
        end.add(" ")
        grid.draw(end, x: edge.maxX - end.columns, y: rect.y, clip: edge)
    }
}

/// A question in the middle of the screen: text, buttons with one of them focused, and the keys that answer.
public struct Dialog: Sendable {
    public let title: String
    public let lines: [StyledLine]
    public let buttons: [String]
    /// The button that Enter presses.
    public let focused: Int
    /// The keys, spelled out.
    public let keys: StyledLine

    public init(title: String, lines: [StyledLine], buttons: [String], focused: Int, keys: StyledLine) {
        self.title = title
        self.lines = lines
        self.buttons = buttons
        self.focused = focused
        self.keys = keys
    }

    /// Draws centred in `area`. In a small area text is cut before the buttons and keys are.
    public func draw(in area: Rect, on grid: inout CellGrid, glyphs: GlyphSet) {
        let widest = max(lines.map(\.columns).max() ?? 0, keys.columns, title.columns + 2, buttonLine.columns)
        let width = min(area.width, widest + 4)
        let height = min(area.height, lines.count + 6)
        let rect = Rect(
            x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width: width, height: height)
        let inside = Box(title, isFocused: true).draw(in: rect, on: &grid, glyphs: glyphs).inset(1, 0)
        guard !inside.isEmpty else { return }
        let (body, foot) = inside.splitBottom(min(3, inside.height))
        for (row, line) in lines.prefix(body.height).enumerated() {
            grid.draw(line, in: body, y: body.y + row, glyphs: glyphs)
        }
        let rows = [buttonLine, keys].suffix(foot.height)
        for (row, line) in rows.enumerated() {
            grid.draw(line, in: foot, y: foot.maxY - rows.count + row, glyphs: glyphs)
        }
    }

    /// The focused button stands in brackets and reversed: plain on mono screens too.
    private var buttonLine: StyledLine {
        var line = StyledLine()
        for (index, button) in buttons.enumerated() {
            if index == focused {
                line.add("[ \(button) ]", Style(.selection, bold: true))
            } else {
                line.add("  \(button)  ", Style(.text))
            }
            line.add("  ")
        }
        return line
    }
}

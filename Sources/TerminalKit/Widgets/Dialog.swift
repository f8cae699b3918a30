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

    /// Where it stands in an area.
    private func rect(in area: Rect) -> Rect {
        let widest = max(lines.map(\.columns).max() ?? 0, keys.columns, title.columns + 2, buttonLine.columns)
        let width = min(area.width, widest + 4)
        let height = min(area.height, lines.count + 6)
        return Rect(
            x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width: width, height: height)
    }

    /// The button at a cell; nil beside all of them.
    public func button(x: Int, y: Int, in area: Rect) -> Int? {
        let inside = rect(in: area).inset(2, 1)
        guard inside.height >= 2, y == inside.maxY - 2, inside.contains(x: x, y: y) else { return nil }
        var column = inside.x
        for (index, button) in buttons.enumerated() {
            let end = column + button.columns + 4
            if x >= column, x < end { return index }
            column = end + 2
        }
        return nil
    }

    /// Draws centred in `area`. In a small area text is cut before the buttons and keys are.
    public func draw(in area: Rect, on grid: inout CellGrid, glyphs: GlyphSet) {
        let rect = rect(in: area)
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

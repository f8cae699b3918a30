import TerminalKit

/// A box of lines that scrolls as a whole: the shape of an opened page.
struct LinesPage {
    let title: StyledLine
    let lines: [StyledLine]

    /// Rows that do not fit.
    func overflow(in rect: Rect) -> Int { max(0, lines.count - rect.inset(1, 1).height) }

    func draw(top: Int, in rect: Rect, on grid: inout CellGrid, glyphs: GlyphSet) {
        let overflow = overflow(in: rect)
        let note = overflow > 0 ? StyledLine("Up Down scroll", Style(.muted)) : StyledLine()
        let inside = Box(title, note: note, isFocused: true).draw(in: rect, on: &grid, glyphs: glyphs).inset(1, 0)
        let window = ScrollWindow(top: min(top, overflow))
        for (row, index) in window.range(count: lines.count, height: inside.height).enumerated() {
            grid.draw(lines[index], in: inside, y: inside.y + row, glyphs: glyphs)
        }
        window.drawBar(
            count: lines.count, height: inside.height, box: rect, firstRow: inside.y, on: &grid, glyphs: glyphs)
    }

    static func heading(_ text: String) -> StyledLine { StyledLine(text, Style(.title, bold: true)) }

    /// A named fact; long ones go on in further lines below their beginning.
    static func fact(_ name: String, _ value: String, width: Int, _ style: Style = Style(), glyphs: GlyphSet)
        -> [StyledLine]
    {
        let label = 15
        return WrappedText(value, width: max(8, width - label)).lines.enumerated().map { row, text in
            var line = StyledLine((row == 0 ? name : "").fitted(label, glyphs: glyphs), Style(.muted))
            line.add(text, style)
            return line
        }
    }
}

/// A view that is one scrolled page of lines.
protocol LinesScreen: ConsoleScreen {
    func page(_ state: ConsoleState, width: Int) -> LinesPage
}

extension LinesScreen {
    func draw(_ state: ConsoleState, in area: Rect, on grid: inout CellGrid) {
        page(state, width: area.width - 4).draw(top: state.detailTop, in: area, on: &grid, glyphs: state.glyphs)
    }

    func move(_ state: inout ConsoleState, by rows: Int, in area: Rect) {
        let overflow = page(state, width: area.width - 4).overflow(in: area)
        state.detailTop = max(0, min(state.detailTop + rows, overflow))
    }
}

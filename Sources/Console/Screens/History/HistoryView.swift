import TerminalKit

/// The recorded moments as rows.
struct HistoryView {
    let state: ConsoleState

    init(_ state: ConsoleState) { self.state = state }

    func draw(in rect: Rect, on grid: inout CellGrid) {
        let glyphs = state.glyphs
        let moments = state.history.moments
        let inside = Box("history \(moments.count)", isFocused: true).draw(in: rect, on: &grid, glyphs: glyphs)
        let window = state.history.cursor.window
        for (offset, index) in window.range(count: moments.count, height: inside.height).enumerated() {
            let moment = moments[index]
            let isSelected = moment.index == state.history.cursor.selected
            var line = StyledLine(isSelected ? "> " : "  ", Style(.accent, bold: true))
            line.add(Format(state).clock(moment.time), Style(.muted))
            line.add("  \(Format.decimal(moment.tokensPerSecond, 1)) tok/s, ")
            line.add("\(moment.running) running, \(moment.waiting) waiting")
            grid.draw(line, in: inside, y: inside.y + offset, glyphs: glyphs)
        }
        window.drawBar(
            count: moments.count, height: inside.height, box: rect, firstRow: inside.y, on: &grid, glyphs: glyphs)
    }
}

import DeckCore
import TerminalKit

/// Draws a state at a size: the same frame for the same arguments, always.
public func render(_ state: ConsoleState, size: Size) -> CellGrid {
    var state = state
    state.size = size
    var grid = CellGrid(size: size)
    guard !state.isTooSmall else {
        drawSizeNotice(on: &grid)
        return grid
    }
    let regions = Regions(state)
    HeaderView(state).draw(regions, on: &grid)
    if state.snapshot == nil {
        drawWaiting(state, in: regions.content, on: &grid)
    } else {
        state.view.screen.draw(state, in: regions.content, on: &grid)
    }
    if state.overlay == nil { ToastView(state).draw(in: regions.content, on: &grid) }
    if let overlay = state.overlay { OverlayView(state, overlay).draw(in: regions.content, on: &grid) }
    if state.showsCost { CostView(state).draw(in: regions.content, on: &grid) }
    FootView(state).draw(regions, on: &grid)
    if state.configuration.borders == .rounded, state.glyphs.isUnicode { grid.roundCorners() }
    return grid
}

/// Says how large the terminal is and must be; keys go on working.
private func drawSizeNotice(on grid: inout CellGrid) {
    let least = ConsoleState.minimumSize
    let lines = [
        StyledLine("too small", Style(.title, bold: true)),
        size("is", grid.size, against: least), size("need", least, against: least),
        StyledLine("q quits, 1-9 z work", Style(.muted)),
    ]
    let top = max(0, (grid.size.height - lines.count) / 2)
    for (row, line) in lines.enumerated() {
        grid.draw(line, x: max(0, (grid.size.width - line.columns) / 2), y: top + row)
    }
}

private func size(_ word: String, _ size: Size, against least: Size) -> StyledLine {
    var line = StyledLine("\(word) ")
    line.add("\(size.width)", Style(size.width < least.width ? .error : .ok))
    line.add("x")
    line.add("\(size.height)", Style(size.height < least.height ? .error : .ok))
    return line
}

private func drawWaiting(_ state: ConsoleState, in area: Rect, on grid: inout CellGrid) {
    let text = "waiting for the deck's first snapshot"
    grid.draw(
        StyledLine(text, Style(.muted)), x: area.x + max(0, (area.width - text.columns) / 2),
        y: area.y + area.height / 2, clip: area)
}

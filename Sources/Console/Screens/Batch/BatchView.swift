import DeckCore
import TerminalKit

/// What the last step was made of, and how large and how slow the steps before it were.
struct BatchView {
    let state: ConsoleState
    let snapshot: DeckSnapshot

    init(_ state: ConsoleState, _ snapshot: DeckSnapshot) {
        self.state = state
        self.snapshot = snapshot
    }

    func draw(in rect: Rect, on grid: inout CellGrid) {
        let step = snapshot.step
        let note = step.map { "step \($0.index) \(Format.duration($0.seconds))" } ?? "no step so far"
        let inside = Box("batch", note: StyledLine(note, Style(.muted))).draw(in: rect, on: &grid, glyphs: state.glyphs)
        guard !inside.isEmpty else { return }
        guard let step else {
            if let reason = snapshot.unknown[.steps] {
                for (row, line) in WrappedText("steps unknown: \(reason)", width: inside.width).lines.prefix(
                    inside.height
                )
                .enumerated() { grid.draw(line, x: inside.x, y: inside.y + row, style: Style(.muted), clip: inside) }
            }
            return
        }
        BatchStrip(state, step).draw(in: inside.splitTop(1).top, on: &grid)
        var rest = inside.splitTop(1).rest
        if rest.height >= 3 {
            for line in StyledLine.flow(BatchStrip(state, step).composition, width: rest.width).prefix(
                max(1, rest.height - 4))
            {
                grid.draw(line, in: rest, y: rest.y, glyphs: state.glyphs)
                rest = rest.splitTop(1).rest
            }
        }
        if rest.height >= 4 {
            let (upper, lower) = rest.splitTop(rest.height / 2)
            drawGraph(
                "rows", snapshot.recentSteps.map { Double($0.rows) }, { Format.decimal($0, 0) }, in: upper, on: &grid)
            drawGraph("time", snapshot.recentSteps.map(\.seconds), Format.duration, in: lower, on: &grid)
        } else {
            drawGraph(
                "rows", snapshot.recentSteps.map { Double($0.rows) }, { Format.decimal($0, 0) }, in: rest, on: &grid)
        }
    }

    private func drawGraph(
        _ name: String, _ values: [Double], _ label: (Double) -> String, in rect: Rect, on grid: inout CellGrid
    ) {
        guard !rect.isEmpty else { return }
        let width = 7
        let (side, area) = rect.splitLeft(width)
        let capacity = Graph.capacity(width: area.width, height: area.height, glyphs: state.glyphs)
        let top = values.suffix(capacity).max()
        grid.draw(name, x: side.x, y: side.y, style: Style(.muted), clip: side)
        if side.height > 1, let top { grid.draw(label(top), x: side.x, y: side.y + 1, style: Style(.text), clip: side) }
        Graph(values).draw(in: area, on: &grid, glyphs: state.glyphs, style: Style(.accent))
    }
}

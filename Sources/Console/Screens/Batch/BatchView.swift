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
        if let step { drawStrip(step, in: inside.splitTop(1).top, on: &grid) }
        var rest = inside.splitTop(1).rest
        if rest.height >= 3 {
            if let step { grid.draw(composition(step), in: rest, y: rest.y, glyphs: state.glyphs) }
            rest = rest.splitTop(1).rest
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

    /// One cell a row where they fit: prefill rows in upper case, decode rows in lower case.
    private func drawStrip(_ step: StepSnapshot, in row: Rect, on grid: inout CellGrid) {
        let runs = step.segments.flatMap { segment in
            [(segment, true, segment.prefillRows), (segment, false, segment.decodeRows)]
        }.filter { $0.2 > 0 }
        let cells =
            step.rows <= row.width ? runs.map(\.2) : Gauge.share(row.width, among: runs.map(\.2))
        var x = row.x
        for ((segment, isPrefill, _), count) in zip(runs, cells) {
            let entry = segment.adapter.map { state.letters[$0] }
            let letter = entry?.letter ?? LetterBook.base
            let shown = isPrefill ? String(letter) : letter.lowercased()
            let style = Style(entry.map { .series($0.series) } ?? .pageKV, bold: isPrefill)
            x = grid.draw(String(repeating: shown, count: count), x: x, y: row.y, style: style, clip: row)
        }
    }

    private func composition(_ step: StepSnapshot) -> StyledLine {
        let adapters = step.segments.count { $0.adapter != nil }
        var line = StyledLine("\(step.rows)", Style(.text, bold: true))
        line.add(" rows: \(step.decodeRows) decode (a), \(step.prefillRows) prefill (A); ", Style(.muted))
        line.add("\(adapters)", Style(.text, bold: true))
        line.add(adapters == 1 ? " adapter" : " adapters", Style(.muted))
        if step.segments.contains(where: { $0.adapter == nil }) { line.add(" and the base", Style(.muted)) }
        return line
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

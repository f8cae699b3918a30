import DeckCore
import TerminalKit

/// A step's rows in one line: one cell a row where they fit, prefill rows in upper case, decode rows in lower case.
struct BatchStrip {
    let state: ConsoleState
    let step: StepSnapshot

    init(_ state: ConsoleState, _ step: StepSnapshot) {
        self.state = state
        self.step = step
    }

    func draw(in row: Rect, on grid: inout CellGrid) {
        let runs = step.segments.flatMap { segment in
            [(segment, true, segment.prefillRows), (segment, false, segment.decodeRows)]
        }.filter { $0.2 > 0 }
        let cells = step.rows <= row.width ? runs.map(\.2) : Gauge.share(row.width, among: runs.map(\.2))
        var x = row.x
        for ((segment, isPrefill, _), count) in zip(runs, cells) {
            let entry = segment.adapter.map { state.letters[$0] }
            let letter = entry?.letter ?? LetterBook.base
            let shown = isPrefill ? String(letter) : letter.lowercased()
            let style = Style(entry.map { .series($0.series) } ?? .pageKV, bold: isPrefill)
            x = grid.draw(String(repeating: shown, count: count), x: x, y: row.y, style: style, clip: row)
        }
    }

    var composition: StyledLine {
        let adapters = step.segments.count { $0.adapter != nil }
        var line = StyledLine("\(step.rows)", Style(.text, bold: true))
        line.add(" rows: \(step.decodeRows) decode (a), \(step.prefillRows) prefill (A); ", Style(.muted))
        line.add("\(adapters)", Style(.text, bold: true))
        line.add(adapters == 1 ? " adapter" : " adapters", Style(.muted))
        if step.segments.contains(where: { $0.adapter == nil }) { line.add(" and the base", Style(.muted)) }
        return line
    }
}

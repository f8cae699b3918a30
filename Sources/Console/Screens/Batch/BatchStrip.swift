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

    /// What it is made of, in pieces that may stand on lines of their own.
    var composition: [StyledLine] {
        let adapters = step.segments.count { $0.adapter != nil }
        var rows = StyledLine("\(step.rows)", Style(.text, bold: true))
        rows.add(" rows: \(step.decodeRows) decode (a), \(step.prefillRows) prefill (A)", Style(.muted))
        var who = StyledLine("\(adapters)", Style(.text, bold: true))
        who.add(" " + adapters.form("adapter", many: "adapters"), Style(.muted))
        if step.segments.contains(where: { $0.adapter == nil }) { who.add(" and the base", Style(.muted)) }
        return [rows, who]
    }

    /// Where the time of steps went; empty where that is not known.
    static func times(_ steps: [StepSnapshot], _ glyphs: GlyphSet) -> [StyledLine] {
        let known = steps.filter { $0.parts != nil }
        let total = known.reduce(0) { $0 + $1.seconds }
        guard total > 0 else { return [] }
        let amounts = known.compactMap(\.parts).reduce(.zero, +).amounts
        return zip(StepParts.names, amounts).enumerated().map { part, named in
            let (name, share) = (named.0, named.1 / total)
            var line = StyledLine("\(name.glyph(glyphs))", Style(.series(part)))
            line.add(" \(name.name) ", Style(.muted))
            line.add("\(Format.decimal(max(0, min(1, share)) * 100, 0))%", Style(.text, bold: true))
            return line
        }
    }
}

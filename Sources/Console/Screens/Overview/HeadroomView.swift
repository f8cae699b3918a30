import DeckCore
import TerminalKit

/// The pool as one bar: protected, evictable, free.
struct HeadroomView {
    let state: ConsoleState
    let pool: PoolSnapshot

    init(_ state: ConsoleState, _ snapshot: DeckSnapshot) {
        self.state = state
        self.pool = snapshot.pool
    }

    func draw(in row: Rect, on grid: inout CellGrid) {
        guard !row.isEmpty else { return }
        let glyphs = state.glyphs
        let used = pool.pageCount > 0 ? pool.protectedPages * 100 / pool.pageCount : 0
        let facts = legend(width: row.width, load: used)
        let label = "pool "
        grid.draw(label, x: row.x, y: row.y, style: Style(.title, bold: true), clip: row)
        let width = max(0, row.width - facts.columns - label.columns - 2)
        let gauge = Gauge([
            Gauge.Part(pool.protectedPages, glyphs.solid, Style(.gradient(used))),
            Gauge.Part(pool.evictablePages, glyphs.shade, Style(.pageAdapter)),
            Gauge.Part(pool.freePages, glyphs.vacant, Style(.pageFree)),
        ])
        gauge.draw(x: row.x + label.columns, y: row.y, width: width, on: &grid, clip: row)
        grid.draw(facts, x: row.maxX - facts.columns, y: row.y, clip: row)
    }

    /// As many figures as leave a third of the row to the bar.
    private func legend(width: Int, load: Int) -> StyledLine {
        let parts: [(String, Int?, String, Style)] = [
            (String(state.glyphs.solid), pool.protectedPages, "protected", Style(.gradient(load))),
            (String(state.glyphs.shade), pool.evictablePages, "evictable", Style(.pageAdapter)),
            (String(state.glyphs.vacant), pool.freePages, "free", Style(.pageFree)),
        ]
        var line = StyledLine()
        for (index, (glyph, count, word, style)) in parts.enumerated() {
            line.add(index > 0 ? "  " : "")
            line.add(glyph + " ", style)
            line.add("\(count ?? 0) ", Style(.text, bold: true))
            line.add(word, Style(.muted))
        }
        for (name, value) in [("overhead", Format.bytes(pool.overheadBytes)), ("of", Format.bytes(pool.totalBytes))] {
            guard line.columns + name.columns + value.columns + 3 < width * 2 / 3 else { continue }
            line.add("  \(name) ", Style(.muted))
            line.add(value, Style(.text))
        }
        return line
    }
}

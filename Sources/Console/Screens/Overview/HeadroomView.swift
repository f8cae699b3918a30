import DeckCore
import TerminalKit

/// The pool as one bar: protected, evictable, free.
struct HeadroomView {
    let state: ConsoleState
    let pool: PoolSnapshot
    private let snapshot: DeckSnapshot

    init(_ state: ConsoleState, _ snapshot: DeckSnapshot) {
        self.state = state
        self.snapshot = snapshot
        self.pool = snapshot.pool
    }

    func draw(in row: Rect, on grid: inout CellGrid) {
        guard !row.isEmpty else { return }
        let glyphs = state.glyphs
        if let reason = snapshot.unknown[.pages] {
            drawUnknown(reason, in: row, on: &grid)
            return
        }
        let used = pool.pageCount > 0 ? pool.protectedPages.times(100) / pool.pageCount : 0
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

    /// The reason, and the room for KV cache where that is known at least.
    private func drawUnknown(_ reason: String, in row: Rect, on grid: inout CellGrid) {
        var line = StyledLine("pool ", Style(.title, bold: true))
        if let usage = snapshot.totals.kvUsage {
            line.add("KV cache \(Format.decimal(usage * 100, 1))% in use  ", Style(.text, bold: true))
        }
        line.add("pages unknown: \(reason)", Style(.muted))
        grid.draw(line, in: row, y: row.y, glyphs: state.glyphs)
    }

    /// Share of looked-up prompt tokens that were computed before; nil where nothing was looked up.
    private var prefixHits: String? {
        let prefixes = pool.prefixes
        guard snapshot.unknown[.prefixes] == nil, prefixes.tokensLookedUp > 0 else { return nil }
        return Format.percent(prefixes.tokensHit, of: prefixes.tokensLookedUp)
    }

    /// What preemption moved out of the pool, and how those that it hit went on; empty where nobody was preempted.
    private var spillFacts: [(String, String)] {
        guard let spills = pool.spills, let bytes = pool.spilledBytes else { return [] }
        var facts: [(String, String)] = []
        if spills.pages > 0 { facts.append(("on disk", "\(spills.pages) (\(Format.bytes(bytes)))")) }
        let preempted = spills.restored.plus(spills.recomputed)
        if preempted > 0 { facts.append(("preempted", "\(preempted), \(spills.restored) restored")) }
        return facts
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
        var facts = [("overhead", Format.bytes(pool.overheadBytes)), ("of", Format.bytes(pool.totalBytes))]
        if let prefixHits { facts.append(("prefix hits", prefixHits)) }
        facts += spillFacts
        for (name, value) in facts {
            guard line.columns + name.columns + value.columns + 3 < width * 2 / 3 else { continue }
            line.add("  \(name) ", Style(.muted))
            line.add(value, Style(.text))
        }
        return line
    }
}

import DeckCore
import TerminalKit

/// Every page of the pool by owner. Adapters are upper-case letters, KV cache lower-case ones, cached prefixes a sign; what may happen to an
/// adapter's pages is told by colour and by a mark on every second cell, so that mono screens say it too.
struct PageMapView {
    let state: ConsoleState
    let pool: PoolSnapshot

    init(_ state: ConsoleState, _ snapshot: DeckSnapshot) {
        self.state = state
        self.pool = snapshot.pool
    }

    /// How one owner's pages look: its letter, and the mark between letters.
    private struct Look {
        let letter: Cell
        let mark: Cell?
    }

    func draw(in rect: Rect, on grid: inout CellGrid) {
        guard rect.height >= 3 else { return }
        var area = rect.inset(1, 1)
        let hasLegend = area.height >= 3
        if hasLegend { area = area.splitBottom(1).rest }
        let step = PageRaster.itemsPerCell(count: pool.pageCount, area: area)
        var note = "\(pool.pageCount) x \(Format.bytes(pool.pageBytes))"
        if step > 1 { note += ", \(step) a cell" }
        let inside = Box("pages", note: StyledLine(note, Style(.muted))).draw(in: rect, on: &grid, glyphs: state.glyphs)
        let looks = pool.owners.map(look)
        PageRaster.draw(pool.pages, in: area, on: &grid) { group, position in
            guard looks.indices.contains(group) else { return Cell("?", style: Style(.error)) }
            let look = looks[group]
            return position % 2 == 1 ? look.mark ?? look.letter : look.letter
        }
        if hasLegend { grid.draw(legend(width: inside.width), in: inside, y: inside.maxY - 1, glyphs: state.glyphs) }
    }

    private func look(_ owner: PageOwner) -> Look {
        switch owner {
        case .free: return Look(letter: Cell(state.glyphs.vacant, style: Style(.pageFree)), mark: nil)
        case .sequence(_, let adapter):
            guard let adapter else { return Look(letter: Cell(LetterBook.base, style: Style(.pageKV)), mark: nil) }
            let entry = state.letters[adapter]
            let lower = entry.letter.lowercased().first ?? "?"
            return Look(letter: Cell(lower, style: Style(.series(entry.series))), mark: nil)
        case .cachedPrefix(let adapter, let isEvictable):
            let entry = adapter.map { state.letters[$0] }
            let style = entry.map { Style(.series($0.series)) } ?? Style(.pageKV)
            let mark = isEvictable ? nil : Self.mark(.protected)
            return Look(letter: Cell(Self.cached, style: style), mark: mark)
        case .adapter(let name, let phase):
            let entry = state.letters[name]
            let letter = Cell(entry.letter, style: Style(.series(entry.series), bold: phase != .evictable))
            return Look(letter: letter, mark: Self.mark(phase))
        }
    }

    /// Cached prefixes, in the colour of the adapter whose computation they are.
    private static let cached: Character = "+"

    private static func mark(_ phase: PageOwner.AdapterPhase) -> Cell? {
        switch phase {
        case .evictable: nil
        case .protected: Cell("=", style: Style(.pageProtected))
        case .pinned: Cell("!", style: Style(.pagePinned, bold: true))
        case .loading: Cell("~", style: Style(.pageLoading))
        }
    }

    /// Short words where the box is narrow.
    private func legend(width: Int) -> StyledLine {
        let isNarrow = width < 76
        let gap = isNarrow ? " " : "  "
        var line = StyledLine("A", Style(.pageAdapter))
        line.add(" idle" + gap, Style(.muted))
        let phases: [(PageOwner.AdapterPhase, String, String)] = [
            (.protected, "use", "in use"), (.pinned, "pin", "pinned"), (.loading, "load", "loading"),
        ]
        for (phase, short, long) in phases {
            guard let mark = Self.mark(phase), let character = mark.character else { continue }
            line.add((isNarrow ? "" : "A") + String(character), mark.style)
            line.add(" \(isNarrow ? short : long)\(gap)", Style(.muted))
        }
        line.add("a", Style(.pageKV))
        line.add(" KV" + gap, Style(.muted))
        if !isNarrow {
            line.add(String(LetterBook.base), Style(.pageKV))
            line.add(" base KV" + gap, Style(.muted))
        }
        line.add(String(Self.cached), Style(.pageKV))
        line.add(isNarrow ? " kept" : " prefix", Style(.muted))
        if !isNarrow {
            line.add(gap + String(state.glyphs.vacant), Style(.pageFree))
            line.add(" free", Style(.muted))
        }
        return line
    }
}

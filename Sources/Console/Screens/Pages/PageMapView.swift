import DeckCore
import TerminalKit

/// Every page of the pool by owner, as a box: small on the overview, with cursor and zoom on the page screen.
struct PageMapView {
    let state: ConsoleState
    let pool: PoolSnapshot
    /// Why the pool's pages are not known; nil when they are.
    private let unknown: String?
    /// Share of the room for KV cache that is in use, which decks without pages may know.
    private let kvUsage: Double?

    init(_ state: ConsoleState, _ snapshot: DeckSnapshot) {
        self.state = state
        self.pool = snapshot.pool
        unknown = snapshot.unknown[.pages]
        kvUsage = snapshot.totals.kvUsage
    }

    /// The map's cells inside a box, with the legend below where there is room, and row numbers at the left where asked.
    static func cells(in rect: Rect, pages: Int, hasRuler: Bool) -> (ruler: Rect, cells: Rect) {
        let inside = rect.inset(1, 1)
        let area = inside.height >= 3 ? inside.splitBottom(1).rest : inside
        let (ruler, cells) = area.splitLeft(hasRuler && area.width >= 40 ? "\(max(0, pages - 1))".count + 1 : 0)
        return (ruler, cells)
    }

    func draw(in rect: Rect, on grid: inout CellGrid) {
        let cells = Self.cells(in: rect, pages: pool.pageCount, hasRuler: false).cells
        draw(in: rect, PageGrid(count: pool.pageCount, size: cells.size), title: "pages", isFocused: false, on: &grid) {
            // What the legend has no room to explain is not drawn.
            drawCells(
                in: cells, $0, overhead: cells.width >= PageLook.overheadWidth ? PageOverhead(pool) : nil, on: &$1)
        }
    }

    /// With the desk's cursor, zoom and spotlight.
    func draw(in rect: Rect, desk: PagesDesk, holdings: PageHoldings, on grid: inout CellGrid) {
        let isFocused = desk.focus == .map
        let (ruler, cells) = Self.cells(in: rect, pages: pool.pageCount, hasRuler: true)
        let made = PageGrid(count: pool.pageCount, size: cells.size, zoom: desk.zoom, isAligned: true)
        draw(in: rect, made, title: "pages", isFocused: isFocused, on: &grid) { made, grid in
            let top = desk.window.range(count: made.rows, height: cells.height).lowerBound
            for row in 0..<min(cells.height, made.rows - top) where !ruler.isEmpty {
                let label = "\((top + row) * made.perRow)".fitted(ruler.width - 1, .right, glyphs: state.glyphs)
                grid.draw(label, x: ruler.x, y: ruler.y + row, style: Style(.muted), clip: ruler)
            }
            drawCells(
                in: cells, made, top: top, cursor: desk.cursor, isFocused: isFocused,
                spotlight: desk.spotlight(state, holdings).map(holdings.mask), overhead: PageOverhead(pool), on: &grid)
            desk.window.drawBar(
                count: made.rows, height: cells.height, box: rect, firstRow: cells.y, on: &grid, glyphs: state.glyphs)
        }
    }

    private func draw(
        in rect: Rect, _ made: PageGrid, title: String, isFocused: Bool, on grid: inout CellGrid,
        content: (PageGrid, inout CellGrid) -> Void
    ) {
        guard rect.height >= 3 else { return }
        var note = unknown == nil ? "\(pool.pageCount) x \(Format.bytes(pool.pageBytes))" : "unknown"
        if made.perCell > 1, unknown == nil { note += ", \(made.perCell) a cell" }
        if rect.width >= 60, unknown == nil {
            let share = pool.totalBytes > 0 ? Double(pool.overheadBytes) / Double(pool.totalBytes) * 100 : 0
            note += ", overhead \(Format.bytes(pool.overheadBytes)) \(Format.decimal(share, 1))%"
        }
        let inside = Box(title, note: StyledLine(note, Style(.muted)), isFocused: isFocused).draw(
            in: rect, on: &grid, glyphs: state.glyphs)
        if let unknown {
            drawUnknown(unknown, in: inside.inset(1, 0), on: &grid)
            return
        }
        content(made, &grid)
        guard inside.height >= 3 else { return }
        grid.draw(
            PageLook.legend(width: inside.width, glyphs: state.glyphs), in: inside, y: inside.maxY - 1,
            glyphs: state.glyphs)
    }

    /// The reason, and what is known of the memory all the same.
    private func drawUnknown(_ reason: String, in rect: Rect, on grid: inout CellGrid) {
        var lines = WrappedText("pages unknown: \(reason)", width: rect.width).lines.map {
            StyledLine($0, Style(.muted))
        }
        if let kvUsage {
            var line = StyledLine("KV cache in use ", Style(.muted))
            line.add("\(Format.decimal(kvUsage * 100, 1))%", Style(.text, bold: true))
            lines.insert(line, at: 0)
        }
        for (row, line) in lines.prefix(rect.height).enumerated() {
            grid.draw(line, in: rect, y: rect.y + row, glyphs: state.glyphs)
        }
    }

    private func drawCells(
        in area: Rect, _ made: PageGrid, top: Int = 0, cursor: Int? = nil, isFocused: Bool = false,
        spotlight: [Bool]? = nil, overhead: PageOverhead?, on grid: inout CellGrid
    ) {
        guard !area.isEmpty, pool.pageCount > 0 else { return }
        let looks = pool.owners.map { PageLook($0, letters: state.letters, glyphs: state.glyphs) }
        var tally = PageTally(owners: pool.owners.count)
        for row in 0..<min(area.height, max(0, made.rows - top)) {
            var last = -1
            var position = 0
            for column in 0..<made.columns {
                let pages = made.pages(row: top + row, column: column)
                guard !pages.isEmpty else { break }
                let isCursor = cursor.map { pages.contains($0) } ?? false
                let owner =
                    isCursor ? Int(pool.pages[cursor ?? 0]) : tally.owner(of: pool.pages[pages], preferring: spotlight)
                position = owner == last ? position + 1 : 0
                last = owner
                guard looks.indices.contains(owner) else { continue }
                let look = looks[owner]
                let isLit = spotlight.map { owner < $0.count && $0[owner] }
                let x = area.x + column * made.cellWidth
                func put(_ cell: Cell, at offset: Int) {
                    guard let character = cell.character else { return }
                    var style = cell.style
                    if let isLit { style = isLit ? Style(style.role, bold: true, underlined: true) : Style(.muted) }
                    if isCursor { style = Style(isFocused ? .selection : .selectionUnfocused, bold: true) }
                    grid.draw(String(character), x: x + offset, y: area.y + row, style: style, clip: area)
                }
                let level = pool.owners[owner] == .free ? 8 : overhead?.level(pages) ?? 8
                let fill = Cell(state.glyphs.levels[level], style: look.letter.style)
                switch made.cellWidth {
                case 1:
                    // Letters and marks take turns within a run of one owner. A cell alone keeps its letter.
                    let sign = position % 2 == 1 ? look.mark ?? look.letter : look.letter
                    put(level < 8 && position > 0 ? fill : sign, at: 0)
                case 2:
                    put(look.letter, at: 0)
                    put(level < 8 ? fill : look.mark ?? look.letter, at: 1)
                default:
                    put(look.letter, at: 0)
                    put(look.mark ?? look.letter, at: 1)
                    if pool.owners[owner] != .free { put(fill, at: 2) } else if isCursor { put(Cell(" "), at: 2) }
                }
            }
        }
    }
}

/// Which owner stands for a cell of several pages.
private struct PageTally {
    private var counts: [Int]

    init(owners: Int) { counts = Array(repeating: 0, count: owners) }

    /// The one in the spotlight where the cell has any of its pages, so that a small owner is found; else the owner of
    /// most pages, the first to appear among equals.
    mutating func owner(of pages: ArraySlice<UInt16>, preferring spotlight: [Bool]?) -> Int {
        guard pages.count > 1 else { return pages.first.map(Int.init) ?? 0 }
        if let spotlight, let lit = pages.first(where: { Int($0) < spotlight.count && spotlight[Int($0)] }) {
            return Int(lit)
        }
        for page in pages where Int(page) < counts.count { counts[Int(page)] += 1 }
        var best = Int(pages.first ?? 0)
        var most = 0
        for page in pages where Int(page) < counts.count {
            if counts[Int(page)] > most { (best, most) = (Int(page), counts[Int(page)]) }
        }
        for page in pages where Int(page) < counts.count { counts[Int(page)] = 0 }
        return best
    }
}

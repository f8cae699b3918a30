import DeckCore
import TerminalKit

/// Who holds the pool, as rows.
struct PageOwnersView {
    let state: ConsoleState
    let pool: PoolSnapshot
    let rows: [PageHolding]

    enum Column { case letter, owner, phase, pages, tokens, bytes, overhead, wasted, share }

    private static let columns: [TableColumn<Column>] = [
        TableColumn(.letter, "", 2, .some(2), .left, priority: 0),
        TableColumn(.owner, "owner", 8, 34, .left, priority: 0),
        TableColumn(.phase, "state", 7, .some(7), .left, priority: 3), TableColumn(.pages, "pages", 6, priority: 0),
        TableColumn(.tokens, "KV tok", 6, priority: 2), TableColumn(.bytes, "bytes", 9, priority: 4),
        TableColumn(.overhead, "overhead", 9, priority: 1), TableColumn(.wasted, "of it", 6, priority: 1),
        TableColumn(.share, "of pool", 7, priority: 5),
    ]

    func draw(in rect: Rect, on grid: inout CellGrid) {
        let desk = state.pages
        let glyphs = state.glyphs
        let isFocused = desk.focus == .owners
        var title = StyledLine("owners", Style(.title, bold: true))
        title.add(" \(rows.count)", Style(.muted))
        if !desk.filter.isEmpty { title.add(" /\(desk.filter.text)", Style(.accent, bold: true)) }
        let arrow = desk.isDescending ? glyphs.down : glyphs.up
        let note = StyledLine("by \(desk.sort.rawValue)\(arrow)", Style(.muted))
        let inside = Box(title, note: note, isFocused: isFocused).draw(in: rect, on: &grid, glyphs: glyphs)
        guard !inside.isEmpty else { return }
        let (gutter, body) = inside.splitLeft(1)
        let table = Table(columns: Self.columns, width: body.width, isFocused: isFocused)
        table.drawHeader(in: body, on: &grid, glyphs: glyphs)
        let area = body.splitTop(1).rest
        for (offset, index) in desk.owners.window.range(count: rows.count, height: area.height).enumerated() {
            let holding = rows[index]
            let isSelected = holding.id == desk.owners.selected
            let y = area.y + offset
            if isSelected { grid.draw(">", x: gutter.x, y: y, style: Style(.accent, bold: true), clip: gutter) }
            table.drawRow(y: y, in: area, isSelected: isSelected, on: &grid, glyphs: glyphs) { column, _ in
                cell(column, holding)
            }
        }
        if rows.isEmpty {
            let text = desk.filter.isEmpty ? "no pages" : "nothing matches the filter"
            grid.draw(text, x: area.x, y: area.y, style: Style(.muted), clip: area)
        }
        desk.owners.window.drawBar(
            count: rows.count, height: area.height, box: rect, firstRow: area.y, on: &grid, glyphs: glyphs)
    }

    private func cell(_ column: Column, _ holding: PageHolding) -> (text: String, style: Style) {
        let look = PageLook(holding.owner, letters: state.letters, glyphs: state.glyphs)
        let isFree = holding.owner == .free
        let style = Style(isFree ? .muted : .text)
        switch column {
        case .letter:
            let mark = look.mark?.character.map(String.init) ?? ""
            return ((look.letter.character.map(String.init) ?? "") + mark, look.letter.style)
        case .owner: return (holding.owner.label, style)
        case .phase: return (holding.owner.phaseWord, Style(.muted))
        case .pages: return ("\(holding.pages)", style)
        case .tokens: return ("\(holding.pages.times(pool.tokensPerPage))", style)
        case .bytes: return (Format.bytesShort(pool.bytes(of: holding.pages)), style)
        case .overhead: return (isFree ? "" : Format.bytesShort(holding.overheadBytes), style)
        case .wasted:
            let share = holding.overheadShare(pageBytes: pool.pageBytes)
            return (isFree ? "" : "\(Format.decimal(share * 100, 1))%", Style(share > 0.25 ? .warning : .text))
        case .share: return (Format.percent(holding.pages, of: pool.pageCount), style)
        }
    }
}

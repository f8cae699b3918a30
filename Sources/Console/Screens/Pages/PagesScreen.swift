import DeckCore
import TerminalKit

/// Screen 3: every page of the pool, and who holds it. Its desk is `ConsoleState.pages`.
struct PagesScreen: ConsoleScreen {
    // MARK: layout

    func panels(_ state: ConsoleState, in area: Rect) -> [Rect] {
        let regions = PagesRegions(area)
        return [regions.map, regions.owners, regions.text]
    }

    func draw(_ state: ConsoleState, in area: Rect, on grid: inout CellGrid) {
        guard let snapshot = state.snapshot else { return }
        let regions = PagesRegions(area)
        let holdings = PageHoldings(snapshot.pool)
        PageMapView(state, snapshot).draw(in: regions.map, desk: state.pages, holdings: holdings, on: &grid)
        guard !regions.owners.isEmpty else { return }
        let isKnown = snapshot.unknown[.pages] == nil
        let rows = isKnown ? state.pages.rows(holdings, pageBytes: snapshot.pool.pageBytes) : []
        PageOwnersView(state: state, pool: snapshot.pool, rows: rows).draw(in: regions.owners, on: &grid)
        let inside = Box(isKnown ? "page \(state.pages.cursor)" : "page").draw(
            in: regions.text, on: &grid, glyphs: state.glyphs
        ).inset(1, 0)
        guard isKnown else { return }
        let lines = PageText(state, state.pages.cursor).brief(width: inside.width, holdings: holdings)
        for (row, line) in lines.prefix(inside.height).enumerated() {
            grid.draw(line, in: inside, y: inside.y + row, glyphs: state.glyphs)
        }
    }

    private func made(_ state: ConsoleState, in area: Rect) -> (grid: PageGrid, cells: Rect) {
        let count = state.snapshot?.pool.pageCount ?? 0
        let cells = PageMapView.cells(in: PagesRegions(area).map, pages: count, hasRuler: true).cells
        return (PageGrid(count: count, size: cells.size, zoom: state.pages.zoom, isAligned: true), cells)
    }

    private func isKnown(_ state: ConsoleState) -> Bool {
        guard let snapshot = state.snapshot else { return false }
        return snapshot.unknown[.pages] == nil && snapshot.pool.pageCount > 0
    }

    // MARK: cursors

    func settle(_ state: inout ConsoleState, in area: Rect) {
        guard let pool = state.snapshot?.pool, isKnown(state) else { return }
        let holdings = PageHoldings(pool)
        let ids = state.pages.rows(holdings, pageBytes: pool.pageBytes).map(\.id)
        state.pages.cursor = max(0, min(pool.pageCount - 1, state.pages.cursor))
        if state.pages.focus == .map, let under = holdings.holding(ofPage: state.pages.cursor, in: pool) {
            state.pages.owners.select(under.id)
        }
        let body = PagesRegions(area).ownerRows
        state.pages.owners.settle(ids, height: body.height)
        if state.pages.focus == .owners, let id = state.pages.owners.selected,
            holdings.holding(ofPage: state.pages.cursor, in: pool)?.id != id,
            let first = holdings.holding(id)?.firstPage
        {
            state.pages.cursor = first
        }
        let made = made(state, in: area)
        let zooms = PageGrid.zooms(count: pool.pageCount, size: made.cells.size)
        state.pages.zoom = max(zooms.lowerBound, min(zooms.upperBound, state.pages.zoom))
        state.pages.window.reveal(
            made.grid.row(ofPage: state.pages.cursor), count: made.grid.rows, height: made.cells.height)
    }

    func move(_ state: inout ConsoleState, by rows: Int, in area: Rect) {
        guard let pool = state.snapshot?.pool, isKnown(state) else { return }
        switch state.pages.focus {
        case .owners:
            let ids = state.pages.rows(PageHoldings(pool), pageBytes: pool.pageBytes).map(\.id)
            state.pages.owners.move(by: rows, in: ids)
        case .map:
            let step = max(1, made(state, in: area).grid.perRow)
            let limit = (pool.pageCount + step - 1) / step
            state.pages.cursor += max(-limit, min(limit, rows)) * step
        }
    }

    func pageLength(_ state: ConsoleState, in area: Rect) -> Int {
        let rows = state.pages.focus == .map ? made(state, in: area).cells.height : PagesRegions(area).ownerRows.height
        return max(1, rows - 1)
    }

    func press(_ state: inout ConsoleState, x: Int, y: Int, in area: Rect) {
        guard let pool = state.snapshot?.pool, isKnown(state) else { return }
        let (grid, cells) = made(state, in: area)
        let owners = PagesRegions(area).ownerRows
        if cells.contains(x: x, y: y) {
            let top = state.pages.window.range(count: grid.rows, height: cells.height).lowerBound
            guard let page = grid.page(x: x - cells.x, y: y - cells.y, top: top) else { return }
            state.pages.focus = .map
            state.pages.cursor = page
        } else if owners.contains(x: x, y: y) {
            state.pages.focus = .owners
            let ids = state.pages.rows(PageHoldings(pool), pageBytes: pool.pageBytes).map(\.id)
            state.pages.owners.press(row: y - owners.y, in: ids)
        }
    }

    // MARK: actions

    func run(_ action: ActionID, _ state: inout ConsoleState, in area: Rect) -> [ConsoleEffect]? {
        switch action {
        case .left: state.pages.cursor -= made(state, in: area).grid.perCell
        case .right: state.pages.cursor += made(state, in: area).grid.perCell
        case .open: state.open(.page(state.pages.cursor))
        case .nextPanel, .previousPanel: state.pages.focus = state.pages.focus == .map ? .owners : .map
        case .zoomIn: state.pages.zoom += 1
        case .zoomOut: state.pages.zoom -= 1
        case .nextPage: jump(&state, 1)
        case .previousPage: jump(&state, -1)
        case .sort:
            let all = PagesDesk.Sort.allCases
            let index = all.firstIndex(of: state.pages.sort) ?? 0
            state.pages.sort = all[(index + 1) % all.count]
            state.pages.isDescending = state.pages.sort == .pages || state.pages.sort == .overhead
        case .reverse: state.pages.isDescending.toggle()
        default: return nil
        }
        return []
    }

    /// To another page of the owner under the cursor.
    private func jump(_ state: inout ConsoleState, _ direction: Int) {
        guard let pool = state.snapshot?.pool, isKnown(state), let id = state.pages.owners.selected else { return }
        let holdings = PageHoldings(pool)
        guard
            let next = holdings.page(of: id, from: state.pages.cursor, direction: direction, in: pool)
        else { return }
        state.pages.cursor = next
    }

    func disabledReason(_ action: ActionID, _ state: ConsoleState) -> String? {
        switch action {
        case .open, .zoomIn, .zoomOut, .nextPage, .previousPage, .left, .right:
            if let reason = state.snapshot?.unknown[.pages] { return "pages unknown: \(reason)" }
            if !isKnown(state) { return "no pages to show" }
            return (action == .left || action == .right) && state.pages.focus == .owners ? "on the map only" : nil
        default: return nil
        }
    }

    func target(_ state: ConsoleState) -> Target? {
        guard let pool = state.snapshot?.pool, isKnown(state) else { return nil }
        let pages = pool.pages
        guard pages.indices.contains(state.pages.cursor), pool.owners.indices.contains(Int(pages[state.pages.cursor]))
        else { return nil }
        return pool.owners[Int(pages[state.pages.cursor])].target
    }

    func filter(_ state: ConsoleState) -> String? { state.pages.filter.text }

    func setFilter(_ text: String, _ state: inout ConsoleState) {
        state.pages.filter = Filter(text)
        // What the filter finds leads now.
        if !text.isEmpty { state.pages.focus = .owners }
    }

    func csv(_ state: ConsoleState) -> CSVText? {
        guard let pool = state.snapshot?.pool, isKnown(state) else { return nil }
        let rows = state.pages.rows(PageHoldings(pool), pageBytes: pool.pageBytes)
        return CSVText(
            header: ["owner", "kind", "state", "pages", "kv_tokens", "bytes", "overhead_bytes"],
            rows: rows.map {
                [
                    $0.owner.label, $0.owner.kindWord, $0.owner.phaseWord, "\($0.pages)",
                    "\($0.pages.times(pool.tokensPerPage))", "\(pool.bytes(of: $0.pages))", "\($0.overheadBytes)",
                ]
            })
    }
}

/// Where the page screen's panels stand; the map alone where there is little room.
struct PagesRegions {
    let map: Rect
    let owners: Rect
    let text: Rect

    init(_ area: Rect) {
        if area.width >= 100, area.height >= 16 {
            let (left, right) = area.splitLeft(area.width - max(46, min(100, area.width * 2 / 5)))
            map = left
            (owners, text) = right.splitBottom(min(10, right.height / 3))
        } else if area.height >= 14 {
            let (top, bottom) = area.splitTop(area.height - max(7, area.height * 2 / 5))
            map = top
            (owners, text) = bottom.splitLeft(area.width * 3 / 5)
        } else {
            let none = Rect(x: area.x, y: area.maxY, width: 0, height: 0)
            (map, owners, text) = (area, none, none)
        }
    }

    /// The owners' rows, below their header.
    var ownerRows: Rect { owners.inset(1, 1).splitTop(1).rest }
}

/// One page of the pool, in full.
struct PageScreen: LinesScreen {
    let index: Int

    func target(_ state: ConsoleState) -> Target? {
        guard let pool = state.snapshot?.pool, pool.pages.indices.contains(index),
            pool.owners.indices.contains(Int(pool.pages[index]))
        else { return nil }
        return pool.owners[Int(pool.pages[index])].target
    }

    func page(_ state: ConsoleState, width: Int) -> LinesPage {
        LinesPage(title: LinesPage.heading("page \(index)"), lines: PageText(state, index).lines(width: width))
    }
}

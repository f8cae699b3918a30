import DeckCore
import TerminalKit

/// What the page screen remembers.
public struct PagesDesk: Hashable, Sendable {
    /// The page under the cursor.
    public internal(set) var cursor = 0
}

/// Screen 3: every page of the pool. Its desk is `ConsoleState.pages`.
struct PagesScreen: ConsoleScreen {
    func panels(_ state: ConsoleState, in area: Rect) -> [Rect] {
        let (map, text) = area.splitBottom(area.height >= 12 ? 4 : 0)
        return [map, text]
    }

    func draw(_ state: ConsoleState, in area: Rect, on grid: inout CellGrid) {
        guard let snapshot = state.snapshot else { return }
        let panels = panels(state, in: area)
        PageMapView(state, snapshot).draw(in: panels[0], on: &grid)
        let inside = Box("page \(state.pages.cursor)").draw(in: panels[1], on: &grid, glyphs: state.glyphs).inset(1, 0)
        for (row, line) in PageText(state, state.pages.cursor).lines(width: inside.width).prefix(inside.height)
            .enumerated()
        {
            grid.draw(line, in: inside, y: inside.y + row, glyphs: state.glyphs)
        }
    }

    func settle(_ state: inout ConsoleState, in area: Rect) {
        let count = state.snapshot?.pool.pageCount ?? 0
        state.pages.cursor = max(0, min(count - 1, state.pages.cursor))
    }

    func move(_ state: inout ConsoleState, by rows: Int, in area: Rect) { state.pages.cursor += rows }

    func run(_ action: ActionID, _ state: inout ConsoleState, in area: Rect) -> [ConsoleEffect]? {
        guard action == .open else { return nil }
        state.open(.page(state.pages.cursor))
        return []
    }

    func disabledReason(_ action: ActionID, _ state: ConsoleState) -> String? {
        action == .open && state.snapshot?.pool.pages.isEmpty != false ? "no pages to show" : nil
    }
}

/// One page of the pool.
struct PageScreen: LinesScreen {
    let index: Int

    func page(_ state: ConsoleState, width: Int) -> LinesPage {
        LinesPage(
            title: LinesPage.heading("page \(index)"), lines: PageText(state, index).lines(width: width))
    }
}

/// Who holds a page, in words.
struct PageText {
    let state: ConsoleState
    let index: Int

    init(_ state: ConsoleState, _ index: Int) {
        self.state = state
        self.index = index
    }

    func lines(width: Int) -> [StyledLine] {
        guard let pool = state.snapshot?.pool, pool.pages.indices.contains(index),
            pool.owners.indices.contains(Int(pool.pages[index]))
        else { return [StyledLine("the pool has no such page", Style(.warning))] }
        let group = pool.pages[index]
        let count = pool.pages.count { $0 == group }
        return LinesPage.fact("owner", words(pool.owners[Int(group)]), width: width, glyphs: state.glyphs)
            + LinesPage.fact(
                "holds", "\(count) pages, \(Format.bytes(count * pool.pageBytes))", width: width, glyphs: state.glyphs)
    }

    private func words(_ owner: PageOwner) -> String {
        switch owner {
        case .free: "nobody: free"
        case .adapter(let name, let phase): "weights of \(name), \(phase.rawValue)"
        case .sequence(let id, let adapter): "KV cache of request \(id) on \(adapter ?? "base")"
        case .cachedPrefix(let adapter, let isEvictable):
            "cached prefix of \(adapter ?? "base"), \(isEvictable ? "evictable" : "in use")"
        }
    }
}

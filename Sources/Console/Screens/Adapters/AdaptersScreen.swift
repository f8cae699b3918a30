import DeckCore
import TerminalKit

/// Screen 2: the adapter table, and below it what is known of the row under the cursor where that costs no row that is
/// needed. Its desk is `ConsoleState.adapterList`.
struct AdaptersScreen: AdapterListScreen {
    func table(_ state: ConsoleState, in area: Rect) -> Rect { regions(state, in: area).table }

    func panels(_ state: ConsoleState, in area: Rect) -> [Rect] {
        let (table, detail) = regions(state, in: area)
        return [table, detail]
    }

    /// By how many adapters there are, not by how many a filter lets through: nothing jumps while it is typed.
    private func regions(_ state: ConsoleState, in area: Rect) -> (table: Rect, detail: Rect) {
        let rows = (state.snapshot?.adapters.count ?? 0) + 4
        let left = area.height >= 48 ? max(20, area.height - rows) : area.height - rows
        let (table, detail) = area.splitBottom(left >= 10 && area.width >= 60 ? left : 0)
        return (table, detail)
    }

    func draw(_ state: ConsoleState, in area: Rect, on grid: inout CellGrid) {
        let (table, detail) = regions(state, in: area)
        AdaptersView(state).draw(in: table, on: &grid)
        guard !detail.isEmpty, let selected = state.selected else { return }
        DetailView(state, target: selected, area: detail, isPreview: true).draw(on: &grid)
    }

    func settle(_ state: inout ConsoleState, in area: Rect) {
        state.settleSelection(in: state.adapterList)
        state.adapterList.reveal(state.selected, height: tableBody(state, in: area).height)
    }

    func filter(_ state: ConsoleState) -> String? { state.adapterList.filter.text }

    func setFilter(_ text: String, _ state: inout ConsoleState) {
        state.adapterList.setFilter(text, snapshot: state.snapshot, now: state.now)
    }
}

/// Everything about one adapter.
struct DetailScreen: ConsoleScreen {
    let target: Target

    func target(_ state: ConsoleState) -> Target? { target }

    func draw(_ state: ConsoleState, in area: Rect, on grid: inout CellGrid) {
        DetailView(state, target: target, area: area).draw(on: &grid)
    }

    func move(_ state: inout ConsoleState, by rows: Int, in area: Rect) {
        let overflow = DetailView(state, target: target, area: area).overflow
        state.detailTop = max(0, min(state.detailTop + rows, overflow))
    }
}

import DeckCore
import TerminalKit

/// Screen 2: the adapter table over everything. Its desk is `ConsoleState.adapterList`.
struct AdaptersScreen: AdapterListScreen {
    func table(_ state: ConsoleState, in area: Rect) -> Rect { area }

    func draw(_ state: ConsoleState, in area: Rect, on grid: inout CellGrid) {
        AdaptersView(state).draw(in: area, on: &grid)
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

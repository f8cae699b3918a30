import DeckCore
import TerminalKit

/// A screen with the adapter table: its cursor is `ConsoleState.selected`, shared by all of them.
protocol AdapterListScreen: ConsoleScreen {
    /// The table's box.
    func table(_ state: ConsoleState, in area: Rect) -> Rect
}

extension AdapterListScreen {
    /// The rows below the header.
    func tableBody(_ state: ConsoleState, in area: Rect) -> Rect {
        table(state, in: area).inset(1, 1).splitTop(1).rest
    }

    func target(_ state: ConsoleState) -> Target? { state.selected }

    /// Only the scroll bar is dragged.
    func drag(_ state: inout ConsoleState, x: Int, y: Int, in area: Rect) {
        if x == table(state, in: area).maxX - 1 { press(&state, x: x, y: y, in: area) }
    }

    func csv(_ state: ConsoleState) -> CSVText? { state.list.map { AdapterCSV(state, $0.rows).text } }

    func pageLength(_ state: ConsoleState, in area: Rect) -> Int { max(1, tableBody(state, in: area).height - 1) }

    func move(_ state: inout ConsoleState, by rows: Int, in area: Rect) {
        guard let list = state.list, !list.rows.isEmpty else { return }
        let index = state.selected.flatMap { list.rows.firstIndex(of: $0) } ?? 0
        state.select(list.rows[max(0, min(list.rows.count - 1, index + rows))])
    }

    func press(_ state: inout ConsoleState, x: Int, y: Int, in area: Rect) {
        let body = tableBody(state, in: area)
        let box = table(state, in: area)
        guard let list = state.list else { return }
        if y == body.y - 1, let key = AdapterTable(state, width: box.width - 2).sortKey(at: x, inside: body) {
            // A second click on a header turns the order round.
            state.sort(by: key, descending: key == list.sort ? !list.isDescending : key.startsDescending)
            return
        }
        if x == box.maxX - 1, let row = list.window.row(at: y, in: body, count: list.rows.count) {
            state.select(list.rows[row])
            return
        }
        guard body.contains(x: x, y: y) else { return }
        let row = list.window.top + y - body.y
        if list.rows.indices.contains(row) { state.select(list.rows[row]) }
    }

    func run(_ action: ActionID, _ state: inout ConsoleState, in area: Rect) -> [ConsoleEffect]? {
        sortByNext(action, &state, in: area)
    }

    /// `sort`, by the next column in sight; nil for every other action.
    func sortByNext(_ action: ActionID, _ state: inout ConsoleState, in area: Rect) -> [ConsoleEffect]? {
        guard action == .sort, let list = state.list else { return nil }
        var keys = AdapterTable(state, width: table(state, in: area).width - 2).table.columns.compactMap(
            \.column.id.sortKey)
        if state.view == .overview { keys.insert(.activity, at: 0) }
        guard !keys.isEmpty else { return [] }
        let next = keys.firstIndex(of: list.sort).map { keys[($0 + 1) % keys.count] } ?? keys[0]
        state.sort(by: next, descending: next.startsDescending)
        return []
    }
}

extension ConsoleState {
    mutating func select(_ target: Target) {
        selected = target
        overviewList.hold(now: now)
        adapterList.hold(now: now)
    }

    /// The neighbour takes over where a row left or was filtered out.
    mutating func settleSelection(in list: AdapterList) {
        guard selected.map({ !list.rows.contains($0) }) ?? true else { return }
        let before = selected.flatMap { list.order.firstIndex(of: $0) }
        selected = before.flatMap { index in list.order[index...].first { list.rows.contains($0) } } ?? list.rows.first
    }
}

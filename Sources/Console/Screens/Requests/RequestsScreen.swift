import DeckCore
import TerminalKit

/// What the request screen remembers.
public struct RequestsDesk: Hashable, Sendable {
    public internal(set) var cursor = RowCursor<RequestID>()
}

/// Screen 6: live requests and the latest that ended. Its desk is `ConsoleState.requests`.
struct RequestsScreen: ConsoleScreen {
    private func ids(_ state: ConsoleState) -> [RequestID] { (state.snapshot?.requests ?? []).map(\.id) }

    func draw(_ state: ConsoleState, in area: Rect, on grid: inout CellGrid) {
        RequestsView(state).draw(in: area, on: &grid)
    }

    func settle(_ state: inout ConsoleState, in area: Rect) {
        state.requests.cursor.settle(ids(state), height: area.inset(1, 1).height - 1)
    }

    func move(_ state: inout ConsoleState, by rows: Int, in area: Rect) {
        state.requests.cursor.move(by: rows, in: ids(state))
    }

    func run(_ action: ActionID, _ state: inout ConsoleState, in area: Rect) -> [ConsoleEffect]? {
        guard action == .open, let id = state.requests.cursor.selected else { return nil }
        state.open(.request(id))
        return []
    }

    func disabledReason(_ action: ActionID, _ state: ConsoleState) -> String? {
        action == .open && state.requests.cursor.selected == nil ? "no request selected" : nil
    }
}

/// One request.
struct RequestScreen: LinesScreen {
    let id: RequestID

    func page(_ state: ConsoleState, width: Int) -> LinesPage { RequestDetailView(state, id: id).page(width: width) }
}

import DeckCore
import TerminalKit

/// What the latency screen remembers.
public struct LatencyDesk: Hashable, Sendable {
    public internal(set) var cursor = RowCursor<Target>()
}

/// Screen 5: how long answers take, by adapter. Its desk is `ConsoleState.latency`.
struct LatencyScreen: ConsoleScreen {
    private func rows(_ state: ConsoleState) -> [Target] {
        [.base] + (state.snapshot?.adapters ?? []).map { .adapter($0.name) }
    }

    func target(_ state: ConsoleState) -> Target? { state.latency.cursor.selected }

    func draw(_ state: ConsoleState, in area: Rect, on grid: inout CellGrid) {
        LatencyView(state, rows: rows(state)).draw(in: area, on: &grid)
    }

    func settle(_ state: inout ConsoleState, in area: Rect) {
        state.latency.cursor.settle(rows(state), height: area.inset(1, 1).height - 1)
    }

    func move(_ state: inout ConsoleState, by count: Int, in area: Rect) {
        state.latency.cursor.move(by: count, in: rows(state))
    }
}

import DeckCore
import TerminalKit

/// What the fleet's screen remembers.
public struct ReplicasDesk: Hashable, Sendable {
    public internal(set) var cursor = RowCursor<String>()
}

/// The engines of a fleet. Its desk is `ConsoleState.replicas`.
struct ReplicasScreen: ConsoleScreen {
    private func ids(_ state: ConsoleState) -> [String] { (state.snapshot?.replicas ?? []).map(\.id) }

    func draw(_ state: ConsoleState, in area: Rect, on grid: inout CellGrid) {
        let glyphs = state.glyphs
        let replicas = state.snapshot?.replicas ?? []
        let inside = Box("replicas \(replicas.count)", isFocused: true).draw(in: area, on: &grid, glyphs: glyphs)
        let window = state.replicas.cursor.window
        for (offset, index) in window.range(count: replicas.count, height: inside.height).enumerated() {
            let replica = replicas[index]
            let isSelected = replica.id == state.replicas.cursor.selected
            var line = StyledLine(isSelected ? "> " : "  ", Style(.accent, bold: true))
            line.add(replica.name.fitted(24, glyphs: glyphs) + " ")
            line.add((replica.engine?.rawValue ?? "?").fitted(10, glyphs: glyphs), Style(.muted))
            switch replica.state {
            case .up: line.add("up", Style(.ok))
            case .stale(let seconds): line.add("stale \(Format.span(seconds))", Style(.warning))
            case .down(let reason, _): line.add("down: \(reason)", Style(.error, bold: true))
            }
            grid.draw(line, in: inside, y: inside.y + offset, glyphs: glyphs)
        }
    }

    func settle(_ state: inout ConsoleState, in area: Rect) {
        state.replicas.cursor.settle(ids(state), height: area.inset(1, 1).height)
    }

    func move(_ state: inout ConsoleState, by rows: Int, in area: Rect) {
        state.replicas.cursor.move(by: rows, in: ids(state))
    }
}

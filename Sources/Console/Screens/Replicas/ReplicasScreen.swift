import DeckCore
import TerminalKit

/// What the fleet's screen remembers.
public struct ReplicasDesk: Hashable, Sendable {
    public internal(set) var cursor = RowCursor<String>()
}

/// The engines of a fleet, and the one under the cursor in full. Its desk is `ConsoleState.replicas`.
struct ReplicasScreen: ConsoleScreen {
    private func regions(_ area: Rect) -> (table: Rect, text: Rect) {
        let (table, text) = area.splitBottom(area.height >= 14 ? max(7, min(12, area.height / 3)) : 0)
        return (table, text)
    }

    func panels(_ state: ConsoleState, in area: Rect) -> [Rect] {
        let regions = regions(area)
        return [regions.table, regions.text]
    }

    private func ids(_ state: ConsoleState) -> [String] { (state.snapshot?.replicas ?? []).map(\.id) }

    func draw(_ state: ConsoleState, in area: Rect, on grid: inout CellGrid) {
        let replicas = state.snapshot?.replicas ?? []
        let regions = regions(area)
        ReplicasView(state: state, replicas: replicas).draw(in: regions.table, isFocused: true, on: &grid)
        if replicas.isEmpty {
            let body = ReplicasView.body(regions.table)
            grid.draw("this deck is one engine, not a fleet", x: body.x, y: body.y, style: Style(.muted), clip: body)
        }
        let chosen = replicas.first { $0.id == state.replicas.cursor.selected }
        let inside = Box(chosen?.name ?? "replica").draw(in: regions.text, on: &grid, glyphs: state.glyphs).inset(1, 0)
        guard let chosen else { return }
        for (row, line) in lines(chosen, state, width: inside.width).prefix(inside.height).enumerated() {
            grid.draw(line, in: inside, y: inside.y + row, glyphs: state.glyphs)
        }
    }

    private func lines(_ replica: ReplicaSnapshot, _ state: ConsoleState, width: Int) -> [StyledLine] {
        func fact(_ name: String, _ value: String, _ style: Style = Style()) -> [StyledLine] {
            LinesPage.fact(name, value, width: width, style, glyphs: state.glyphs)
        }
        var lines = fact(
            "engine", "\(replica.engine?.rawValue ?? "unknown") \(replica.version ?? "") at \(replica.address)")
        switch replica.state {
        case .up: lines += fact("state", "up", Style(.ok))
        case .stale(let seconds, let reason):
            lines += fact("state", "no answer: these figures are \(Format.span(seconds)) old", Style(.warning))
            if let reason { lines += fact("reason", reason, Style(.warning)) }
        case .down(let reason, let retryIn):
            lines += fact("state", "down: \(reason); asked again in \(Format.span(retryIn))", Style(.error, bold: true))
        }
        if let note = replica.note { lines += fact("differs", note, Style(.warning)) }
        let names = replica.adapters.joined(separator: " ")
        lines += fact("adapters", "\(replica.adapters.count)\(names.isEmpty ? "" : ": ")\(names)")
        return lines
    }

    func settle(_ state: inout ConsoleState, in area: Rect) {
        state.replicas.cursor.settle(ids(state), height: ReplicasView.body(regions(area).table).height)
    }

    func move(_ state: inout ConsoleState, by rows: Int, in area: Rect) {
        state.replicas.cursor.move(by: rows, in: ids(state))
    }

    func press(_ state: inout ConsoleState, x: Int, y: Int, in area: Rect) {
        let body = ReplicasView.body(regions(area).table)
        if body.contains(x: x, y: y) { state.replicas.cursor.press(row: y - body.y, in: ids(state)) }
    }

    func csv(_ state: ConsoleState) -> CSVText? {
        guard let replicas = state.snapshot?.replicas, !replicas.isEmpty else { return nil }
        return CSVText(
            header: [
                "replica", "address", "engine", "version", "state", "running", "waiting", "tokens_per_second",
                "kv_usage", "adapters", "note",
            ],
            rows: replicas.map { replica in
                [
                    replica.name, replica.address, replica.engine?.rawValue ?? "", replica.version ?? "",
                    ReplicasView.stateCell(replica.state).text, CSVText.value(replica.running),
                    CSVText.value(replica.waiting), CSVText.value(replica.tokensPerSecond),
                    CSVText.value(replica.kvUsage), replica.adapters.joined(separator: " "), replica.note ?? "",
                ]
            })
    }
}

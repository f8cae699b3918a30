import DeckCore
import TerminalKit

/// Time to first token and between tokens of the base and every adapter.
struct LatencyView {
    let state: ConsoleState
    let rows: [Target]

    init(_ state: ConsoleState, rows: [Target]) {
        self.state = state
        self.rows = rows
    }

    private enum Column { case name, first50, first95, inter50, inter95, count }

    private static let columns: [TableColumn<Column>] = [
        TableColumn(.name, "adapter", 12, 30, .left, priority: 0), TableColumn(.first50, "ttft50", 7, priority: 1),
        TableColumn(.first95, "ttft95", 7, priority: 1), TableColumn(.inter50, "itl50", 7, priority: 2),
        TableColumn(.inter95, "itl95", 7, priority: 2), TableColumn(.count, "requests", 9, priority: 3),
    ]

    func draw(in rect: Rect, on grid: inout CellGrid) {
        let glyphs = state.glyphs
        let format = Format(state)
        let inside = Box("latency", isFocused: true).draw(in: rect, on: &grid, glyphs: glyphs).inset(1, 0)
        let table = Table(columns: Self.columns, width: inside.width)
        table.drawHeader(in: inside, on: &grid, glyphs: glyphs)
        let body = inside.splitTop(1).rest
        let window = state.latency.cursor.window
        for (offset, index) in window.range(count: rows.count, height: body.height).enumerated() {
            let target = rows[index]
            guard let adapter = state.adapter(target) else { continue }
            table.drawRow(
                y: body.y + offset, in: body, isSelected: target == state.latency.cursor.selected, on: &grid,
                glyphs: glyphs
            ) { column, _ in
                switch column {
                case .name: (target.label, Style(.text))
                case .first50: (format.duration(adapter.timeToFirstToken?.p50), Style(.text))
                case .first95: (format.duration(adapter.timeToFirstToken?.p95), Style(.text))
                case .inter50: (format.duration(adapter.interTokenLatency?.p50), Style(.text))
                case .inter95: (format.duration(adapter.interTokenLatency?.p95), Style(.text))
                case .count: (adapter.timeToFirstToken.map { "\($0.count)" } ?? glyphs.unknown, Style(.text))
                }
            }
        }
        window.drawBar(
            count: rows.count, height: body.height, box: rect, firstRow: body.y, on: &grid, glyphs: glyphs)
    }
}

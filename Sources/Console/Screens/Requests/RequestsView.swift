import DeckCore
import TerminalKit

/// The requests as rows.
struct RequestsView {
    let state: ConsoleState

    init(_ state: ConsoleState) { self.state = state }

    private enum Column { case id, adapter, origin, tokens, first, phase }

    private static let columns: [TableColumn<Column>] = [
        TableColumn(.id, "request", 8, .some(9), .left, priority: 0),
        TableColumn(.adapter, "adapter", 12, 24, .left, priority: 1),
        TableColumn(.origin, "from", 8, 14, .left, priority: 4), TableColumn(.tokens, "tokens", 7, priority: 3),
        TableColumn(.first, "ttft", 7, priority: 2), TableColumn(.phase, "phase", 16, 80, .left, priority: 0),
    ]

    func draw(in rect: Rect, on grid: inout CellGrid) {
        let glyphs = state.glyphs
        let requests = state.snapshot?.requests ?? []
        let inside = Box("requests \(requests.count)", isFocused: true).draw(in: rect, on: &grid, glyphs: glyphs)
            .inset(1, 0)
        let table = Table(columns: Self.columns, width: inside.width)
        table.drawHeader(in: inside, on: &grid, glyphs: glyphs)
        let body = inside.splitTop(1).rest
        let window = state.requests.cursor.window
        for (offset, index) in window.range(count: requests.count, height: body.height).enumerated() {
            let request = requests[index]
            table.drawRow(
                y: body.y + offset, in: body, isSelected: request.id == state.requests.cursor.selected, on: &grid,
                glyphs: glyphs
            ) { column, _ in
                switch column {
                case .id: ("\(request.id)", Style(.key))
                case .adapter: (request.adapter ?? "base", Style(.text))
                case .origin: (request.origin, Style(.muted))
                case .tokens: ("\(request.generatedTokens)", Style(.text))
                case .first: (Format(state).duration(request.timeline.firstToken), Style(.text))
                case .phase: (request.phase.words, Style(request.phase.isWaiting ? .warning : .text))
                }
            }
        }
        if requests.isEmpty {
            let text = state.snapshot?.unknown[.requests] ?? "no requests so far"
            grid.draw(StyledLine(text, Style(.muted)), in: body, y: body.y, glyphs: glyphs)
        }
        window.drawBar(
            count: requests.count, height: body.height, box: rect, firstRow: body.y, on: &grid, glyphs: glyphs)
    }
}

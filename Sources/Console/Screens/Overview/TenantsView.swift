import DeckCore
import TerminalKit

/// Who shares the deck: running, waiting, and how their answers do against their objective.
struct TenantsView {
    let state: ConsoleState
    let snapshot: DeckSnapshot

    private enum Column { case name, running, waiting, first95, target, ahead, tokens, refused }

    private static let columns: [TableColumn<Column>] = [
        TableColumn(.name, "tenant", 8, 20, .left, priority: 0), TableColumn(.running, "run", 4, priority: 0),
        TableColumn(.waiting, "wait", 5, priority: 0), TableColumn(.first95, "ttft95", 7, priority: 1),
        TableColumn(.target, "target", 7, priority: 2), TableColumn(.ahead, "ahead", 7, priority: 4),
        TableColumn(.tokens, "tokens", 8, priority: 5), TableColumn(.refused, "refused", 7, priority: 3),
    ]

    func draw(in rect: Rect, on grid: inout CellGrid) {
        guard !rect.isEmpty else { return }
        let glyphs = state.glyphs
        let format = Format(state)
        // Those who wait come first, then those who run most.
        let rows = snapshot.tenants.sorted {
            ($0.waiting, $0.running, $1.name) > ($1.waiting, $1.running, $0.name)
        }
        let room = max(0, rect.height - 3)
        let count = rows.count > room ? "\(room) of \(rows.count)" : "\(rows.count)"
        let inside = Box("tenants", note: StyledLine(count, Style(.muted))).draw(in: rect, on: &grid, glyphs: glyphs)
        let table = Table(columns: Self.columns, width: inside.width)
        table.drawHeader(in: inside, on: &grid, glyphs: glyphs)
        let body = inside.splitTop(1).rest
        for (row, tenant) in rows.prefix(body.height).enumerated() {
            let isLate =
                tenant.targetSeconds.flatMap { target in tenant.timeToFirstToken.map { $0.p95 > target } } ?? false
            table.drawRow(y: body.y + row, in: body, isSelected: false, on: &grid, glyphs: glyphs) { column, _ in
                switch column {
                case .name: (tenant.name, Style(.text))
                case .running: ("\(tenant.running)", Style(tenant.running > 0 ? .text : .muted))
                case .waiting: ("\(tenant.waiting)", Style(tenant.waiting > 0 ? .warning : .muted))
                case .first95:
                    (
                        format.duration(tenant.timeToFirstToken?.p95) + (isLate ? "!" : ""),
                        Style(isLate ? .error : .text, bold: isLate)
                    )
                case .target: (format.duration(tenant.targetSeconds), Style(.muted))
                case .ahead: (Format.decimal(tenant.serviceAhead, 0), Style(.muted))
                case .tokens: ("\(tenant.generatedTokens)", Style(.muted))
                case .refused: ("\(tenant.refused)", Style(tenant.refused > 0 ? .warning : .muted))
                }
            }
        }
    }
}

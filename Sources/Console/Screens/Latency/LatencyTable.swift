import DeckCore
import TerminalKit

/// The percentiles of the deck, the base and every adapter, and how far objectives are met.
struct LatencyTable {
    let state: ConsoleState
    private let desk: LatencyDesk
    private let format: Format

    init(_ state: ConsoleState) {
        self.state = state
        desk = state.latency
        format = Format(state)
    }

    private enum Column: Hashable { case name, key(SortKey), firstMax, interMax, objective, met, count, trend }

    private static let columns: [TableColumn<Column>] = [
        TableColumn(.name, "adapter", 12, 24, .left, priority: 0),
        TableColumn(.objective, "goal", 6, 7, priority: 3), TableColumn(.met, "met", 4, 5, priority: 3),
        TableColumn(.key(.firstToken50), "ttft50", 7, priority: 1),
        TableColumn(.key(.firstToken95), "ttft95", 7, priority: 1),
        TableColumn(.firstMax, "max", 6, 7, priority: 5), TableColumn(.key(.interToken50), "itl50", 7, priority: 2),
        TableColumn(.key(.interToken95), "itl95", 7, priority: 2), TableColumn(.interMax, "max", 6, 7, priority: 6),
        TableColumn(.count, "n", 5, 6, priority: 4), TableColumn(.trend, "ttft95", 10, 20, .left, priority: 7),
    ]

    func draw(in rect: Rect, rows: Rect, on grid: inout CellGrid) {
        let glyphs = state.glyphs
        let arrow = desk.isDescending ? glyphs.down : glyphs.up
        var note = StyledLine("by \(desk.sort.title)\(arrow)", Style(.muted))
        if let reason = state.snapshot?.unknown[.adapterLatency] {
            let text = "of adapters unknown: \(reason)"
            let ellipsis = String(glyphs.ellipsis)
            note = StyledLine(
                DisplayWidth.truncate(text, to: rect.width - 18, ellipsis: ellipsis), Style(.warning, bold: true))
        }
        let inside = Box("latency", note: note, isFocused: true).draw(in: rect, on: &grid, glyphs: glyphs)
        let body = inside.splitLeft(2).rest
        let table = Table(columns: Self.columns, width: body.width, sort: (.key(desk.sort), desk.isDescending))
        table.drawHeader(in: body, on: &grid, glyphs: glyphs)
        guard let snapshot = state.snapshot else { return }
        let adapters = Dictionary(
            snapshot.adapters.map { (Target.adapter($0.name), $0) }, uniquingKeysWith: { first, _ in first })
        let window = desk.cursor.window
        for (offset, index) in window.range(count: desk.rows.count, height: rows.height).enumerated() {
            let row = desk.rows[index]
            let adapter = row.target.flatMap { $0 == .base ? snapshot.base : adapters[$0] }
            let isSelected = row == desk.cursor.selected
            let y = rows.y + offset
            grid.draw(isSelected ? ">" : " ", x: inside.x, y: y, style: Style(.accent, bold: true), clip: rows)
            table.drawRow(y: y, in: body, isSelected: isSelected, on: &grid, glyphs: glyphs) { column, _ in
                cell(column, row, adapter, snapshot)
            }
            drawTrend(row, table, body, y: y, isSelected: isSelected, on: &grid)
        }
        window.drawBar(
            count: desk.rows.count, height: rows.height, box: rect, firstRow: rows.y, on: &grid, glyphs: glyphs)
    }

    private func cell(_ column: Column, _ row: LatencyDesk.Row, _ adapter: AdapterSnapshot?, _ snapshot: DeckSnapshot)
        -> (text: String, style: Style)
    {
        let isKnown = snapshot.unknown[row == .deck ? .latency : .adapterLatency] == nil
        let first = isKnown ? (row == .deck ? snapshot.totals.timeToFirstToken : adapter?.timeToFirstToken) : nil
        let inter = isKnown ? (row == .deck ? snapshot.totals.interTokenLatency : adapter?.interTokenLatency) : nil
        let sums = desk.window[row.target]
        func time(_ seconds: Double?) -> (String, Style) {
            (format.duration(seconds), Style(seconds == nil ? .muted : .text))
        }
        // Above its objective, what matters most is said by more than colour.
        func judged(_ seconds: Double?) -> (String, Style) {
            guard let seconds, let objective = sums.objective, seconds > objective else { return time(seconds) }
            return ("!" + Format.duration(seconds), Style(.warning, bold: true))
        }
        return switch column {
        case .name: (row.label, Style(.text, bold: row == .deck || adapter?.running ?? 0 > 0))
        case .key(.firstToken50): judged(first?.p50)
        case .key(.firstToken95): judged(first?.p95)
        case .key(.interToken50): time(inter?.p50)
        case .key(.interToken95): time(inter?.p95)
        case .firstMax: time(first?.max)
        case .interMax: time(inter?.max)
        case .objective: time(sums.objective)
        case .met:
            (
                sums.metShare.map { "\(Format.decimal($0 * 100, 0))%" } ?? state.glyphs.unknown,
                Style(sums.metShare.map { $0 < 0.95 ? .warning : .ok } ?? .muted)
            )
        case .count: (first.map { "\($0.count)" } ?? state.glyphs.unknown, Style(first == nil ? .muted : .text))
        case .trend, .key: ("", Style())
        }
    }

    private func drawTrend(
        _ row: LatencyDesk.Row, _ table: Table<Column>, _ body: Rect, y: Int, isSelected: Bool, on grid: inout CellGrid
    ) {
        guard let snapshot = state.snapshot, let last = table.columns.last, last.column.id == .trend else { return }
        let x = body.x + table.columns.dropLast().reduce(0) { $0 + $1.width + 1 }
        let area = Rect(x: x, y: y, width: last.width, height: 1).intersection(body)
        let values = state.chronicle.series.samples(
            .firstToken95, of: row.target, Sparkline.capacity(width: area.width, glyphs: state.glyphs),
            span: desk.span.seconds, until: snapshot.time)
        Sparkline(values, style: Style(isSelected ? .selection : .accent)).draw(
            x: area.x, y: y, width: area.width, on: &grid, clip: area, glyphs: state.glyphs)
    }
}

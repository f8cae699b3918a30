import DeckCore
import TerminalKit

/// The engines of a fleet as rows. What an engine does not tell is a dash, never a zero.
struct ReplicasView {
    let state: ConsoleState
    let replicas: [ReplicaSnapshot]

    private enum Column {
        case name, engine, version, state, running, waiting, rate, cache, first95, inter95, adapters, note
    }

    private static let columns: [TableColumn<Column>] = [
        TableColumn(.name, "replica", 12, 26, .left, priority: 0),
        TableColumn(.engine, "engine", 8, 9, .left, priority: 4),
        TableColumn(.version, "version", 8, 12, .left, priority: 8),
        TableColumn(.state, "state", 9, 28, .left, priority: 0), TableColumn(.running, "run", 4, priority: 1),
        TableColumn(.waiting, "wait", 5, priority: 1), TableColumn(.rate, "tok/s", 7, priority: 2),
        TableColumn(.cache, "KV", 5, priority: 3), TableColumn(.first95, "ttft95", 7, priority: 5),
        TableColumn(.inter95, "itl95", 7, priority: 6), TableColumn(.adapters, "adapters", 8, priority: 6),
        TableColumn(.note, "note", 12, 60, .left, priority: 7),
    ]

    /// The box of the rows, below their header.
    static func body(_ rect: Rect) -> Rect { rect.inset(1, 1).splitTop(1).rest }

    func draw(in rect: Rect, isFocused: Bool, on grid: inout CellGrid) {
        let glyphs = state.glyphs
        var title = StyledLine("replicas", Style(.title, bold: true))
        let up = replicas.count { $0.state == .up }
        title.add(
            " \(up)/\(replicas.count) up", Style(up == replicas.count ? .ok : .warning, bold: up < replicas.count))
        let inside = Box(title, isFocused: isFocused).draw(in: rect, on: &grid, glyphs: glyphs)
        guard !inside.isEmpty else { return }
        let table = Table(columns: Self.columns, width: inside.width, isFocused: isFocused)
        table.drawHeader(in: inside, on: &grid, glyphs: glyphs)
        let body = Self.body(rect)
        let window = state.replicas.cursor.window
        for (offset, index) in window.range(count: replicas.count, height: body.height).enumerated() {
            let replica = replicas[index]
            let isSelected = isFocused && replica.id == state.replicas.cursor.selected
            table.drawRow(y: body.y + offset, in: body, isSelected: isSelected, on: &grid, glyphs: glyphs) {
                column, _ in
                cell(column, replica)
            }
        }
        window.drawBar(
            count: replicas.count, height: body.height, box: rect, firstRow: body.y, on: &grid, glyphs: glyphs)
    }

    private func cell(_ column: Column, _ replica: ReplicaSnapshot) -> (text: String, style: Style) {
        let format = Format(state)
        let unknown = state.glyphs.unknown
        // Figures of an engine that does not answer are old.
        let style = Style(replica.state == .up ? .text : .muted)
        switch column {
        case .name: return (replica.name, Style(replica.state == .up ? .text : .muted, bold: replica.state == .up))
        case .engine: return (replica.engine?.rawValue ?? "?", Style(.muted))
        case .version: return (replica.version ?? unknown, Style(.muted))
        case .state: return Self.stateCell(replica.state)
        case .running: return (replica.running.map { "\($0)" } ?? unknown, style)
        case .waiting: return (replica.waiting.map { "\($0)" } ?? unknown, style)
        case .rate: return (replica.tokensPerSecond.map { Format.decimal($0, 1) } ?? unknown, style)
        case .cache: return (replica.kvUsage.map { Format.decimal($0 * 100, 0) + "%" } ?? unknown, style)
        case .first95: return (format.duration(replica.timeToFirstToken?.p95), style)
        case .inter95: return (format.duration(replica.interTokenLatency?.p95), style)
        case .adapters: return ("\(replica.adapters.count)", style)
        case .note: return (replica.note ?? "", Style(.warning))
        }
    }

    static func stateCell(_ state: ReplicaSnapshot.State) -> (text: String, style: Style) {
        switch state {
        case .up: ("up", Style(.ok))
        case .stale(let seconds, _): ("stale \(Format.span(seconds))", Style(.warning, bold: true))
        case .down(let reason, _): ("down: \(reason)", Style(.error, bold: true))
        }
    }
}

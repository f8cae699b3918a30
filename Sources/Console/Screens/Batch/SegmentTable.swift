import DeckCore
import TerminalKit

/// The rows of a step by segment: who is in it, with how many rows of which kind.
struct SegmentTable {
    let state: ConsoleState
    let step: StepSnapshot

    private enum Column { case letter, adapter, rank, prefill, decode, rows, bar }

    private static let columns: [TableColumn<Column>] = [
        TableColumn(.letter, "", 1, priority: 0), TableColumn(.adapter, "segment", 10, 28, .left, priority: 0),
        TableColumn(.rank, "rank", 4, priority: 3), TableColumn(.prefill, "prefill", 7, priority: 1),
        TableColumn(.decode, "decode", 6, priority: 1), TableColumn(.rows, "rows", 5, priority: 2),
        TableColumn(.bar, "share", 8, 24, .left, priority: 4),
    ]

    /// Draws as many segments as fit, and how many more there are.
    func draw(in area: Rect, on grid: inout CellGrid) {
        guard area.height >= 2 else { return }
        let table = Table(columns: Self.columns, width: area.width)
        table.drawHeader(in: area, on: &grid, glyphs: state.glyphs)
        let body = area.splitTop(1).rest
        let hidden = step.segments.count > body.height ? step.segments.count - body.height + 1 : 0
        let shown = step.segments.prefix(hidden > 0 ? body.height - 1 : body.height)
        for (row, segment) in shown.enumerated() {
            table.drawRow(y: body.y + row, in: body, isSelected: false, on: &grid, glyphs: state.glyphs) {
                cell($0, segment, width: $1)
            }
        }
        guard hidden > 0 else { return }
        let rest = step.segments.dropFirst(shown.count).map(\.rows).saturatedSum
        grid.draw(
            "\(hidden.counted("more segment")) with \(rest.counted("row"))", x: body.x, y: body.maxY - 1,
            style: Style(.muted), clip: body)
    }

    private func cell(_ column: Column, _ segment: SegmentSnapshot, width: Int) -> (text: String, style: Style) {
        let entry = segment.adapter.map { state.letters[$0] }
        let style = Style(entry.map { .series($0.series) } ?? .pageKV, bold: true)
        switch column {
        case .letter: return (String(entry?.letter ?? LetterBook.base), style)
        case .adapter: return (segment.adapter ?? "base", Style(.text))
        case .rank: return (segment.adapter == nil ? state.glyphs.unknown : "\(segment.rank)", Style(.muted))
        case .prefill: return (segment.prefillRows > 0 ? "\(segment.prefillRows)" : "", Style(.info, bold: true))
        case .decode: return (segment.decodeRows > 0 ? "\(segment.decodeRows)" : "", Style(.text))
        case .rows: return ("\(segment.rows)", Style(.text, bold: true))
        case .bar:
            let cells = step.rows > 0 ? max(1, segment.rows.times(width) / step.rows) : 0
            return (String(repeating: state.glyphs.solid, count: cells), style)
        }
    }
}

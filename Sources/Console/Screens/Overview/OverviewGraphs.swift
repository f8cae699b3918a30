import DeckCore
import TerminalKit

/// The deck over the last minutes.
struct OverviewGraphs {
    let state: ConsoleState
    let snapshot: DeckSnapshot

    /// Seconds shown: what the finest track of the series keeps.
    static let span = 300.0

    /// Tokens a second, generated and of prompts.
    func drawRates(in rect: Rect, on grid: inout CellGrid) {
        draw(
            "tokens/s", in: rect, unknown: snapshot.unknown[.rates],
            now: Format.decimal(snapshot.tokensPerSecond, 1),
            [
                ("prompt", .promptRate, .line, Style(.info)), ("generated", .rate, .area, Style(.accent)),
            ], format: Format.short, on: &grid)
    }

    /// Bytes that could still be given out.
    func drawHeadroom(in rect: Rect, on grid: inout CellGrid) {
        draw(
            "headroom", in: rect, unknown: snapshot.unknown[.pages], now: Format.bytes(snapshot.pool.headroomBytes),
            [("free and evictable", .headroom, .area, Style(.ok))],
            format: { Format.bytesShort(Int(bounding: $0)) }, on: &grid, top: Double(snapshot.pool.totalBytes))
    }

    /// What stands below the axis: of the past its own times.
    private var ends: (from: String, to: String) {
        guard state.past != nil else { return ("\(Int(Self.span / 60)) min ago", "now") }
        return Format(state).clocks(Self.span, until: snapshot.time)
    }

    private func draw(
        _ name: String, in rect: Rect, unknown: String?, now: String,
        _ figures: [(String, SeriesBook.Figure, TimeSeriesGraph.Series.Kind, Style)],
        format: @escaping @Sendable (Double) -> String, on grid: inout CellGrid, top: Double? = nil
    ) {
        guard !rect.isEmpty else { return }
        let glyphs = state.glyphs
        let note = StyledLine(
            unknown == nil ? now : "unknown", Style(unknown == nil ? .text : .muted, bold: unknown == nil))
        let inside = Box(name, note: note).draw(in: rect, on: &grid, glyphs: glyphs)
        guard !inside.isEmpty else { return }
        if let unknown {
            for (row, line) in WrappedText("unknown: \(unknown)", width: inside.width).lines.prefix(inside.height)
                .enumerated()
            {
                grid.draw(line, x: inside.x, y: inside.y + row, style: Style(.muted), clip: inside)
            }
            return
        }
        // The axis takes some columns; samples that do not fit would be cut off at the left.
        let count = max(1, TimeSeriesGraph.capacity(width: inside.width - 9, glyphs: glyphs))
        let series = figures.map { figure in
            TimeSeriesGraph.Series(
                figure.0,
                state.chronicle.series.samples(figure.1, of: nil, count, span: Self.span, until: snapshot.time),
                kind: figure.2, style: figure.3)
        }
        TimeSeriesGraph(
            series, top: top, span: inside.height >= 5 ? ends : nil, format: format
        ).draw(in: inside, on: &grid, glyphs: glyphs)
    }
}

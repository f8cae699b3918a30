import DeckCore
import Foundation
import TerminalKit

/// Percentiles of every adapter, and of the one under the cursor: its latency over time, where its time went, and its
/// slowest requests.
struct LatencyView {
    let state: ConsoleState
    private let desk: LatencyDesk
    private let glyphs: GlyphSet

    init(_ state: ConsoleState) {
        self.state = state
        desk = state.latency
        glyphs = state.glyphs
    }

    private var row: LatencyDesk.Row { desk.cursor.selected ?? .deck }

    func draw(_ regions: LatencyRegions, on grid: inout CellGrid) {
        LatencyTable(state).draw(in: regions.table, rows: regions.rows, on: &grid)
        if !regions.graph.isEmpty { drawGraph(in: regions.graph, on: &grid) }
        if !regions.map.isEmpty { drawMap(in: regions.map, on: &grid) }
        if !regions.spent.isEmpty { drawSpent(in: regions.spent, on: &grid) }
        if !regions.slowest.isEmpty { slowest.draw(in: regions.slowest, on: &grid) }
        guard !regions.single.isEmpty else { return }
        switch desk.panel {
        case .graph: drawGraph(in: regions.single, on: &grid)
        case .map: drawMap(in: regions.single, on: &grid)
        case .spent: drawSpent(in: regions.single, on: &grid)
        case .slowest: slowest.draw(in: regions.single, on: &grid)
        }
    }

    private var slowest: SlowestView {
        SlowestView(state, target: row.target, span: desk.span, measure: desk.measure)
    }

    /// What stands below the ends of a time axis: of the past its own times.
    private func ends(_ snapshot: DeckSnapshot) -> (from: String, to: String) {
        state.past == nil
            ? ("-\(desk.span.title)", "now") : Format(state).clocks(desk.span.seconds, until: snapshot.time)
    }

    private func title(_ text: String) -> StyledLine {
        var line = StyledLine(text, Style(.title, bold: true))
        line.add(" \(row.label)", Style(.muted))
        return line
    }

    // MARK: over time

    private func drawGraph(in rect: Rect, on grid: inout CellGrid) {
        let isFirst = desk.measure == .firstToken
        // Objectives are for the first token.
        let objective = isFirst ? desk.window[row.target].objective : nil
        let note = StyledLine("last \(desk.span.title)", Style(.muted))
        let inside = Box(title("\(desk.measure.title) over time"), note: note).draw(
            in: rect, on: &grid, glyphs: glyphs)
        guard let snapshot = state.snapshot, !inside.isEmpty else { return }
        let (head, body) = inside.splitTop(inside.height >= 4 ? 1 : 0)
        // The axis takes some columns; samples that do not fit would be cut off at the left.
        let count = max(1, TimeSeriesGraph.capacity(width: body.width - 8, glyphs: glyphs))
        func samples(_ figure: SeriesBook.Figure) -> [Double?] {
            state.chronicle.series.samples(
                figure, of: row.target, count, span: desk.span.seconds, until: snapshot.time)
        }
        let middle = samples(isFirst ? .firstToken50 : .interToken50)
        let high = samples(isFirst ? .firstToken95 : .interToken95)
        guard middle.contains(where: { $0 != nil }) || high.contains(where: { $0 != nil }) else {
            let figure = row == .deck ? DeckFigure.latency : .adapterLatency
            let text = snapshot.unknown[figure].map { "unknown: \($0)" } ?? "nothing was measured in this time"
            return grid.draw(StyledLine(text, Style(.muted)), in: inside, y: inside.y, glyphs: glyphs)
        }
        let graph = TimeSeriesGraph(
            [
                TimeSeriesGraph.Series("p95", high, style: Style(.warning)),
                TimeSeriesGraph.Series("p50", middle, style: Style(.accent)),
            ], objective: objective, span: ends(snapshot)
        ) { Format.duration($0) }
        var legend = graph.legend(glyphs: glyphs)
        if let objective {
            legend.add("  \(glyphs.dashes)\(glyphs.dashes) objective \(Format.duration(objective))", Style(.warning))
        }
        if !head.isEmpty { grid.draw(legend, in: head, y: head.y, glyphs: glyphs) }
        graph.draw(in: body, on: &grid, glyphs: glyphs)
    }

    // MARK: heat map

    /// Counts of requests that ended, by their own measured times.
    private func drawMap(in rect: Rect, on grid: inout CellGrid) {
        let note = StyledLine("requests by \(desk.measure.title), last \(desk.span.title)", Style(.muted))
        let inside = Box(title("heat map"), note: note).draw(in: rect, on: &grid, glyphs: glyphs)
        guard let snapshot = state.snapshot, inside.height > 1, inside.width > 12 else { return }
        let label = 8
        let map = LatencyMap(
            state.chronicle.requests.ended(within: desk.span.seconds, until: snapshot.time), target: row.target,
            measure: desk.measure, rows: inside.height - 1, columns: inside.width - label, span: desk.span.seconds,
            until: snapshot.time)
        guard !map.rows.isEmpty else {
            let text = snapshot.unknown[.requests].map { "unknown: \($0)" } ?? "none ended in that time"
            return grid.draw(StyledLine(text, Style(.muted)), in: inside, y: inside.y, glyphs: glyphs)
        }
        let rows = map.rows.map { row in
            HeatMap.Row(
                "<\(Format.duration(row.limit))".fitted(label - 1, .right, glyphs: glyphs),
                row.counts.map { $0 == 0 ? nil : Double($0) })
        }
        HeatMap(rows).draw(in: inside, on: &grid, glyphs: glyphs)
        let foot = Rect(x: inside.x + label, y: inside.maxY - 1, width: inside.width - label, height: 1)
        let axis = ends(snapshot)
        grid.draw(axis.from, x: foot.x, y: foot.y, style: Style(.muted), clip: foot)
        let most = map.rows.flatMap(\.counts).max() ?? 0
        let key = "darkest: \(most)  \(axis.to)"
        grid.draw(key, x: max(foot.x + 9, foot.maxX - key.columns), y: foot.y, style: Style(.muted), clip: foot)
    }

    // MARK: where the time went

    /// The mean of the requests that ended, by stage: the one under the cursor first, then the others of the table.
    private func drawSpent(in rect: Rect, on grid: inout CellGrid) {
        let note = StyledLine("mean of a request, last \(desk.span.title)", Style(.muted))
        let inside = Box("where the time went", note: note).draw(in: rect, on: &grid, glyphs: glyphs).inset(1, 0)
        guard let snapshot = state.snapshot, !inside.isEmpty else { return }
        let others = desk.rows.filter { $0 != row && desk.window[$0.target].requests > 0 }
        let shown = ([row] + others).filter { desk.window[$0.target].requests > 0 }
        guard !shown.isEmpty else {
            let text = snapshot.unknown[.requests].map { "unknown: \($0)" } ?? "none ended in that time"
            return grid.draw(StyledLine(text, Style(.muted)), in: inside, y: inside.y, glyphs: glyphs)
        }
        var body = inside
        if inside.height >= 3 {
            grid.draw(Stage.legend(glyphs), in: inside, y: inside.maxY - 1, glyphs: glyphs)
            grid.draw(shares(desk.window[row.target]), in: inside, y: inside.y, glyphs: glyphs)
            body = inside.splitTop(1).rest.splitBottom(1).rest
        }
        Waterfall(shown.prefix(body.height).map(bar)).draw(in: body, on: &grid, glyphs: glyphs)
    }

    private func bar(_ row: LatencyDesk.Row) -> Waterfall.Row {
        let sums = desk.window[row.target]
        let requests = Double(max(1, sums.requests))
        var start = 0.0
        let spans = Stage.allCases.map { stage in
            let end = start + sums[stage] / requests
            defer { start = end }
            return Waterfall.Span(start, end, stage.glyph(glyphs), stage.style)
        }
        return Waterfall.Row(row.label, spans, note: "\(Format.duration(start)) x\(sums.requests)")
    }

    /// `queue 12%  adapter 3% ...` of the row under the cursor.
    private func shares(_ sums: LatencyWindow.Sums) -> StyledLine {
        var line = StyledLine("\(row.label): ", Style(.text, bold: true))
        let total = sums.total
        guard total > 0 else {
            line.add("none ended in that time", Style(.muted))
            return line
        }
        for stage in Stage.allCases {
            line.add("\(stage.title) ", Style(.muted))
            line.add("\(Format.decimal(sums[stage] / total * 100, 0))%  ", stage.style)
        }
        return line
    }
}

import DeckCore
import Foundation
import TerminalKit

/// Tokens a second over the time around the moment on screen, with the events and that moment marked.
struct Timeline {
    let state: ConsoleState
    /// The graph and the row of events below it: columns of time.
    let plot: Rect
    private let box: Rect
    private let side: Rect
    private let end: Double
    private let span: Double

    /// Nil before the first snapshot, or where there is no room.
    init?(_ state: ConsoleState, in box: Rect) {
        guard let shown = state.snapshot, let newest = state.newest else { return nil }
        let inside = box.inset(1, 1)
        guard inside.width >= 20, inside.height >= 4 else { return nil }
        self.state = state
        self.box = box
        (side, plot) = inside.splitLeft(8)
        span = state.history.span.seconds
        // The moment on screen is in sight: at the right end, or in the middle when it is further back than the span.
        let (here, now) = (SeriesBook.time(shown.time), SeriesBook.time(newest.time))
        let target = now - here < span ? now : here + span / 2
        // Columns keep their places on the clock, as the samples do.
        let step = span / Double(plot.width)
        end = ((target / step).rounded(.down) + 1) * step
    }

    private var step: Double { span / Double(plot.width) }

    /// The middle of what a column stands for.
    func time(_ x: Int) -> Date {
        Date(timeIntervalSince1970: end - span + (Double(x - plot.x) + 0.5) * step)
    }

    /// The column of a time; nil outside.
    func column(_ time: Date) -> Int? {
        let offset = (SeriesBook.time(time) - (end - span)) / step
        guard offset >= 0, offset < Double(plot.width) else { return nil }
        return plot.x + Int(bounding: offset)
    }

    func draw(on grid: inout CellGrid) {
        let glyphs = state.glyphs
        let (graph, foot) = plot.splitBottom(2)
        let events = foot.splitTop(1).top
        let count = Graph.capacity(width: graph.width, height: graph.height, glyphs: glyphs)
        // The last sample is the one that ends where the last column does.
        let last = Date(timeIntervalSince1970: end - span / Double(count) / 2)
        let values = state.chronicle.series.samples(.rate, of: nil, count, span: span, until: last)
        let top = TimeSeriesGraph.roundTop(above: values.compactMap(\.self).max() ?? 0)
        grid.draw("tok/s", x: side.x, y: side.y, style: Style(.muted), clip: side)
        grid.draw(
            Format.short(top).fitted(7, .right, glyphs: glyphs), x: side.x, y: side.y + (graph.height > 1 ? 1 : 0),
            style: Style(.text), clip: graph.height > 1 ? side : side.splitLeft(0).left)
        if let reason = state.snapshot?.unknown[.rates] {
            grid.draw(StyledLine("unknown: \(reason)", Style(.warning)), in: graph, y: graph.y, glyphs: glyphs)
        }
        Graph(values, full: top).draw(in: graph, on: &grid, glyphs: glyphs, style: Style(.accent))
        drawEvents(in: events, on: &grid)
        drawCursor(graph, on: &grid)
    }

    /// The worst of a column's events wins.
    private func drawEvents(in row: Rect, on grid: inout CellGrid) {
        grid.draw("events", x: side.x, y: row.y, style: Style(.muted), clip: side)
        var worst: [Int: DeckEvent] = [:]
        for event in (state.heldLog ?? state.log).events {
            guard let x = column(event.time), worst[x].map({ $0.level.weight <= event.level.weight }) ?? true else {
                continue
            }
            worst[x] = event
        }
        for (x, event) in worst {
            grid.draw(String(event.mark), x: x, y: row.y, style: event.level.style, clip: row)
        }
    }

    /// The moment on screen: its column reversed, and its time below.
    private func drawCursor(_ graph: Rect, on grid: inout CellGrid) {
        guard let shown = state.snapshot, let x = column(shown.time) else { return }
        if state.past != nil {
            grid.restyle(Rect(x: x, y: graph.y, width: 1, height: graph.height + 1)) { $0.reversed.toggle() }
        }
        let y = plot.maxY - 1
        let format = Format(state)
        let label = state.past == nil ? "now" : format.clock(shown.time)
        let arrow = String(state.glyphs.up)
        let left = x + label.columns + 2 > plot.maxX
        let text = left ? "\(label) \(arrow)" : "\(arrow) \(label)"
        let start = left ? x - label.columns - 1 : x
        let ends = (from: format.clock(time(plot.x)), to: format.clock(time(plot.maxX - 1)))
        // The ends of the axis give way to the moment's own time.
        if start > plot.x + ends.from.columns + 1 {
            grid.draw(ends.from, x: plot.x, y: y, style: Style(.muted), clip: plot)
        }
        if start + text.columns < plot.maxX - ends.to.columns - 1 {
            grid.draw(ends.to, x: plot.maxX - ends.to.columns, y: y, style: Style(.muted), clip: plot)
        }
        grid.draw(text, x: start, y: y, style: Style(.accent, bold: true), clip: plot)
    }
}

extension DeckEvent {
    /// A character for a row of events; what matters most is told apart without colour.
    var mark: Character {
        switch level {
        case .error: "E"
        case .warning: "!"
        case .info:
            switch kind {
            case .load: "l"
            case .evict: "e"
            case .pin, .unpin: "p"
            case .preemption: "x"
            case .register, .rollback, .unregister: "r"
            default: "."
            }
        }
    }
}

extension DeckEvent.Level {
    var weight: Int {
        switch self {
        case .info: 0
        case .warning: 1
        case .error: 2
        }
    }

    var style: Style {
        switch self {
        case .info: Style(.info)
        case .warning: Style(.warning)
        case .error: Style(.error, bold: true)
        }
    }
}

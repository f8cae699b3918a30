import Foundation

/// Histories over time with a value axis: lines and areas, newest at the right end, gaps where nothing was measured, and
/// an objective to be held.
///
/// Dots are braille, quadrants or ASCII as the glyph set has it. Later series are drawn over earlier ones.
public struct TimeSeriesGraph: Sendable {
    /// One history.
    public struct Series: Sendable {
        public enum Kind: Sendable, Hashable {
            case line, area
        }

        /// For the legend; may be empty.
        public let name: String
        /// Nil is a gap.
        public let values: [Double?]
        public let kind: Kind
        /// Nil colours each dot by its height along the theme's gradient.
        public let style: Style?

        public init(_ name: String = "", _ values: [Double?], kind: Kind = .line, style: Style? = Style(.accent)) {
            self.name = name
            self.values = values
            self.kind = kind
            self.style = style
        }
    }

    public var series: [Series]
    /// The value at the upper edge; a round number above everything shown when nil. The lower edge is 0.
    public var top: Double?
    /// A line across, at a value that should not be passed.
    public var objective: Double?
    /// Writes a value at the axis.
    public var format: @Sendable (Double) -> String
    /// What stands below the left and the right end; nil gives the row to the graph.
    public var span: (from: String, to: String)?

    public init(
        _ series: [Series], top: Double? = nil, objective: Double? = nil, span: (from: String, to: String)? = nil,
        format: @escaping @Sendable (Double) -> String
    ) {
        self.series = series
        self.top = top
        self.objective = objective
        self.span = span
        self.format = format
    }

    /// Samples that a width shows at most, with no axis.
    public static func capacity(width: Int, glyphs: GlyphSet) -> Int {
        max(0, width) * DotCanvas.resolution(glyphs).across
    }

    /// The series' names, each in its style with a mark.
    public func legend(glyphs: GlyphSet) -> StyledLine {
        var line = StyledLine()
        for one in series where !one.name.isEmpty {
            if !line.isEmpty { line.add("  ") }
            line.add("\(glyphs.horizontal)\(glyphs.horizontal) \(one.name)", one.style ?? Style(.gradient(100)))
        }
        return line
    }

    /// Draws into `rect`. The axis gives way where it would take more than half of the width.
    public func draw(in rect: Rect, on grid: inout CellGrid, glyphs: GlyphSet) {
        guard !rect.isEmpty else { return }
        let (body, foot) = rect.splitBottom(span != nil && rect.height >= 4 ? 1 : 0)
        let shown = series.map { one in
            Series(
                one.name, one.values.suffix(Self.capacity(width: body.width, glyphs: glyphs)), kind: one.kind,
                style: one.style)
        }
        let top = self.top ?? Self.roundTop(above: highest(shown))
        let axis = ValueAxis(top: top, height: body.height, format: format)
        let room = axis.columns + 1
        let hasAxis = room * 2 <= body.width
        let plot = hasAxis ? body.splitLeft(room).rest : body
        if hasAxis { axis.draw(in: body, on: &grid, glyphs: glyphs) }
        drawObjective(in: plot, top: top, on: &grid, glyphs: glyphs)
        var canvas = DotCanvas(area: plot, glyphs: glyphs)
        for one in shown { draw(one, top: top, on: &canvas) }
        canvas.draw(on: &grid)
        if let span, !foot.isEmpty {
            let below = hasAxis ? foot.splitLeft(room).rest : foot
            grid.draw(span.from, x: below.x, y: below.y, style: Style(.muted), clip: below)
            let start = below.maxX - span.to.columns
            if start > below.x + span.from.columns {
                grid.draw(span.to, x: start, y: below.y, style: Style(.muted), clip: below)
            }
        }
    }

    /// The smallest of 1, 2, 5 times a power of ten that is no less than a value; 1 for zero and what is no number.
    public static func roundTop(above value: Double) -> Double {
        guard value > 0, value.isFinite else { return 1 }
        let power = pow(10, floor(log10(value)))
        return [1, 2, 5].map { $0 * power }.first { $0 >= value * (1 - 1e-9) } ?? 10 * power
    }

    private func highest(_ shown: [Series]) -> Double {
        let values = shown.flatMap { $0.values.compactMap(\.self) }.filter(\.isFinite)
        return max(values.max() ?? 0, objective ?? 0)
    }

    private func drawObjective(in plot: Rect, top: Double, on grid: inout CellGrid, glyphs: GlyphSet) {
        guard let objective, objective > 0, objective <= top, !plot.isEmpty else { return }
        let row = plot.maxY - 1 - min(plot.height - 1, Int(objective / top * Double(plot.height)))
        grid.draw(
            String(repeating: glyphs.dashes, count: plot.width), x: plot.x, y: row, style: Style(.warning), clip: plot)
    }

    private func draw(_ one: Series, top: Double, on canvas: inout DotCanvas) {
        let values = one.values.suffix(canvas.width)
        let first = canvas.width - values.count
        var before: Int?
        for (index, value) in values.enumerated() {
            guard let value, value.isFinite else {
                before = nil
                continue
            }
            let units = Graph.units(value / top, of: canvas.height)
            let x = first + index
            switch one.kind {
            case .area:
                for dot in 0..<units { canvas.set(x, dot, style(one, dot, canvas)) }
            case .line:
                // A line at zero lies on the lower edge; a jump is joined up, so that it is a line.
                let y = max(0, units - 1)
                let last = before ?? y
                let path = last < y ? (last + 1)...y : last > y ? y...(last - 1) : y...y
                for dot in path { canvas.set(x, dot, style(one, dot, canvas)) }
                before = y
            }
        }
    }

    private func style(_ one: Series, _ dot: Int, _ canvas: DotCanvas) -> Style {
        one.style ?? Style(.gradient(GradientScale.load(Double(dot) / Double(max(1, canvas.height - 1)))))
    }
}

/// The labels at a graph's left edge: 0 at the bottom, the top, and the middle where there is room.
struct ValueAxis {
    private let labels: [(row: Int, text: String)]
    let columns: Int

    init(top: Double, height: Int, format: (Double) -> String) {
        var labels = [(row: 0, text: format(top))]
        if height >= 3 { labels.append((height - 1, format(0))) }
        if height >= 7 {
            // The value that the middle row's upper edge stands for.
            let row = height / 2
            labels.append((row, format(top * Double(height - row) / Double(height))))
        }
        self.labels = labels
        self.columns = labels.map(\.text.columns).max() ?? 0
    }

    func draw(in body: Rect, on grid: inout CellGrid, glyphs: GlyphSet) {
        grid.fill(
            Rect(x: body.x + columns, y: body.y, width: 1, height: body.height), glyphs.vertical, style: Style(.border))
        for label in labels {
            grid.draw(
                label.text.fitted(columns, .right, glyphs: glyphs), x: body.x, y: body.y + label.row,
                style: Style(.muted), clip: body)
            grid.draw(
                String(glyphs.tick), x: body.x + columns, y: body.y + label.row, style: Style(.border), clip: body)
        }
    }
}

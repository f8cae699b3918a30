/// Values in rows and columns as shades: the colour follows the value along the theme's gradient, and so does the glyph,
/// so that mono screens read it too. Newest at the right end.
public struct HeatMap: Sendable {
    /// One row.
    public struct Row: Sendable {
        public let label: String
        /// Nil is a place where nothing was measured.
        public let values: [Double?]

        public init(_ label: String, _ values: [Double?]) {
            self.label = label
            self.values = values
        }
    }

    /// From the top down.
    public let rows: [Row]
    /// The value of the darkest shade; the largest value when nil.
    public let full: Double?
    /// Columns of the screen that one value takes.
    public let cellWidth: Int

    public init(_ rows: [Row], full: Double? = nil, cellWidth: Int = 1) {
        self.rows = rows
        self.full = full
        self.cellWidth = max(1, cellWidth)
    }

    /// Columns that the labels take, the blank behind them included.
    public var labelColumns: Int {
        let widest = rows.map(\.label.columns).max() ?? 0
        return widest > 0 ? widest + 1 : 0
    }

    /// Values that a row shows in `width` columns.
    public func capacity(width: Int) -> Int { max(0, width - labelColumns) / cellWidth }

    /// Draws as many rows as fit.
    public func draw(in rect: Rect, on grid: inout CellGrid, glyphs: GlyphSet) {
        let room = labelColumns * 2 <= rect.width ? labelColumns : 0
        let plot = rect.splitLeft(room).rest
        let fits = plot.width / cellWidth
        let top = max(full ?? largest, .leastNormalMagnitude)
        for (index, row) in rows.prefix(rect.height).enumerated() {
            let y = rect.y + index
            if room > 0 {
                grid.draw(
                    row.label.fitted(room - 1, .right, glyphs: glyphs), x: rect.x, y: y, style: Style(.muted),
                    clip: rect)
            }
            let shown = row.values.suffix(fits)
            var x = plot.maxX - shown.count * cellWidth
            for value in shown {
                let (glyph, style) = Self.shade(value.map { $0 / top }, glyphs: glyphs)
                grid.draw(String(repeating: glyph, count: cellWidth), x: x, y: y, style: style, clip: plot)
                x += cellWidth
            }
        }
    }

    /// The look of a share of the darkest shade; a share above zero is never invisible.
    public static func shade(_ share: Double?, glyphs: GlyphSet) -> (glyph: Character, style: Style) {
        guard let share, !share.isNaN else { return (" ", Style(.muted)) }
        let shades = glyphs.shades
        let level = Graph.units(share, of: shades.count - 1)
        guard level > 0 else { return (glyphs.vacant, Style(.muted)) }
        return (shades[level], Style(.gradient(GradientScale.load(share))))
    }

    private var largest: Double {
        rows.flatMap { $0.values.compactMap(\.self) }.filter(\.isFinite).max() ?? 0
    }
}

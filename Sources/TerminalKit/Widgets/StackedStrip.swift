/// A history of wholes made of parts, one column each, newest at the right end: where the time of each step went.
/// Every part has its own glyph, so that mono screens tell them apart.
public struct StackedStrip: Sendable {
    /// What a part is called and looks like.
    public struct Part: Sendable {
        public let name: String
        public let glyph: Character
        public let style: Style

        public init(_ name: String, _ glyph: Character, _ style: Style) {
            self.name = name
            self.glyph = glyph
            self.style = style
        }
    }

    /// A cell that several parts share, none with half of it.
    public static let mixed = Part("several", "+", Style(.muted))

    /// From the bottom up.
    public let parts: [Part]
    /// A column's amounts, in the order of `parts`; nil is a gap.
    public let columns: [[Double]?]
    /// The sum that fills the height; the largest when nil. 0 fills every column, so that shares show.
    public let full: Double?

    public init(_ parts: [Part], columns: [[Double]?], full: Double? = nil) {
        self.parts = parts
        self.columns = columns
        self.full = full
    }

    /// The parts' names behind their glyphs.
    public var legend: StyledLine {
        var line = StyledLine()
        for part in parts + (parts.count > 2 ? [Self.mixed] : []) {
            if !line.isEmpty { line.add("  ") }
            line.add("\(part.glyph)", part.style)
            line.add(" \(part.name)", Style(.muted))
        }
        return line
    }

    public func draw(in rect: Rect, on grid: inout CellGrid) {
        guard !rect.isEmpty else { return }
        let shown = columns.suffix(rect.width)
        let sums = shown.map { $0.map(Self.sum) ?? 0 }
        let top = full ?? sums.max() ?? 0
        for (index, column) in shown.enumerated() {
            guard let column, sums[index] > 0 else { continue }
            let rows = top > 0 ? Graph.units(sums[index] / top, of: rect.height) : rect.height
            let cells = Gauge.rounded(rows, among: Array(column.prefix(parts.count)))
            let shared = (part: Self.mixed, cells: rows - cells.reduce(0, +))
            var y = rect.maxY
            for (part, cells) in zip(parts, cells).map({ (part: $0, cells: $1) }) + [shared] {
                for _ in 0..<cells {
                    y -= 1
                    grid.draw(
                        String(part.glyph), x: rect.maxX - shown.count + index, y: y, style: part.style, clip: rect)
                }
            }
        }
    }

    private static func sum(_ column: [Double]) -> Double { column.reduce(0) { $0 + max(0, $1.isFinite ? $1 : 0) } }
}

/// Named spans on one time scale, a row each: where a request's time went.
public struct Waterfall: Sendable {
    /// A stretch of time.
    public struct Span: Sendable {
        public let start: Double
        public let end: Double
        public let glyph: Character
        public let style: Style

        /// `glyph` tells the span apart where there is no colour.
        public init(_ start: Double, _ end: Double, _ glyph: Character, _ style: Style) {
            self.start = start
            self.end = end
            self.glyph = glyph
            self.style = style
        }
    }

    /// A line: one span, or several that follow each other.
    public struct Row: Sendable {
        public let label: String
        public let spans: [Span]
        /// At the right end: a duration, mostly.
        public let note: String

        public init(_ label: String, _ spans: [Span], note: String = "") {
            self.label = label
            self.spans = spans
            self.note = note
        }
    }

    public let rows: [Row]
    /// The time at the right end of the scale; the end of the last span when nil. The left end is 0.
    public let end: Double?

    public init(_ rows: [Row], end: Double? = nil) {
        self.rows = rows
        self.end = end
    }

    /// Draws as many rows as fit. Labels and notes take what they need while half of the width is left for the bars.
    public func draw(in rect: Rect, on grid: inout CellGrid, glyphs: GlyphSet) {
        guard !rect.isEmpty else { return }
        let widest = rows.map(\.label.columns).max() ?? 0
        let label = min(widest, rect.width / 4)
        let note = rows.map(\.note.columns).max() ?? 0
        let left = label > 0 ? label + 1 : 0
        let right = note > 0 && (left + note + 1) * 2 <= rect.width ? note + 1 : 0
        let bars = Rect(x: rect.x + left, y: rect.y, width: rect.width - left - right, height: rect.height)
        let end = self.end ?? rows.flatMap { $0.spans.map(\.end) }.filter(\.isFinite).max() ?? 0
        for (index, row) in rows.prefix(rect.height).enumerated() {
            let y = rect.y + index
            if label > 0 {
                grid.draw(row.label.fitted(label, glyphs: glyphs), x: rect.x, y: y, style: Style(.muted), clip: rect)
            }
            for span in row.spans { draw(span, of: end, in: bars, y: y, on: &grid) }
            if right > 0 {
                grid.draw(row.note.fitted(note, .right, glyphs: glyphs), x: bars.maxX + 1, y: y, clip: rect)
            }
        }
    }

    /// A span that took time is never invisible.
    private func draw(_ span: Span, of end: Double, in bars: Rect, y: Int, on grid: inout CellGrid) {
        guard end > 0, span.end > span.start, span.start < end, bars.width > 0 else { return }
        func column(_ time: Double) -> Int { Int((max(0, min(1, time / end)) * Double(bars.width)).rounded()) }
        let from = min(column(span.start), bars.width - 1)
        let cells = max(1, column(span.end) - from)
        grid.draw(String(repeating: span.glyph, count: cells), x: bars.x + from, y: y, style: span.style, clip: bars)
    }
}

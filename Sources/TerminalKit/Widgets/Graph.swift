/// A history drawn as bars without axes, newest at the right end: dots two to a cell, or in one row levels.
///
/// Nil is a gap: nothing was measured then.
public struct Graph: Sendable {
    public let values: [Double?]
    /// The value that fills the whole height; the largest value when nil.
    public let full: Double?

    public init(_ values: [Double?], full: Double? = nil) {
        self.values = values
        self.full = full
    }

    public init(_ values: [Double], full: Double? = nil) { self.init(values.map(Optional.some), full: full) }

    /// Samples that `width` cells can show.
    public static func capacity(width: Int, height: Int, glyphs: GlyphSet) -> Int {
        height > 1 ? width * DotCanvas.resolution(glyphs).across : width
    }

    /// Draws into `rect`, growing from its lower edge.
    public func draw(in rect: Rect, on grid: inout CellGrid, glyphs: GlyphSet, style: Style) {
        guard !rect.isEmpty else { return }
        let shown = values.suffix(Self.capacity(width: rect.width, height: rect.height, glyphs: glyphs))
        let top = max(full ?? shown.compactMap(\.self).filter(\.isFinite).max() ?? 0, .leastNormalMagnitude)
        let shares = shown.map { $0.map { max(0, min(1, $0 / top)) } }
        if rect.height > 1, glyphs.isUnicode {
            drawDots(shares, in: rect, on: &grid, glyphs: glyphs, style: style)
        } else {
            drawLevels(shares, in: rect, on: &grid, glyphs: glyphs, style: style)
        }
    }

    /// A value above zero is never invisible; one that is no number is drawn as none.
    static func units(_ share: Double?, of most: Int) -> Int {
        guard let share, share > 0 else { return 0 }
        return max(1, Int((min(1, share) * Double(most)).rounded()))
    }

    private func drawLevels(
        _ shares: [Double?], in rect: Rect, on grid: inout CellGrid, glyphs: GlyphSet, style: Style
    ) {
        let levels = glyphs.levels
        let first = rect.maxX - shares.count
        for (index, share) in shares.enumerated() {
            let units = Self.units(share, of: rect.height * 8)
            for row in 0..<rect.height {
                let level = max(0, min(8, units - row * 8))
                guard level > 0 else { break }
                grid.draw(String(levels[level]), x: first + index, y: rect.maxY - 1 - row, style: style, clip: rect)
            }
        }
    }

    private func drawDots(
        _ shares: [Double?], in rect: Rect, on grid: inout CellGrid, glyphs: GlyphSet, style: Style
    ) {
        var canvas = DotCanvas(area: rect, glyphs: glyphs)
        let first = canvas.width - shares.count
        for (index, share) in shares.enumerated() {
            for dot in 0..<Self.units(share, of: canvas.height) { canvas.set(first + index, dot, style) }
        }
        canvas.draw(on: &grid)
    }
}

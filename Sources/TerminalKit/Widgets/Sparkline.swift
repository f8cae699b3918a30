/// A history in one row, newest at the right end: two samples a cell in braille (four levels), else one (eight levels,
/// which say more than two samples of two levels would).
///
/// Nil is a gap. The colour follows the value along the theme's gradient when asked for.
public struct Sparkline: Sendable {
    public let values: [Double?]
    /// The value that fills the row; the largest when nil.
    public let full: Double?
    /// Nil colours by value.
    public let style: Style?

    public init(_ values: [Double?], full: Double? = nil, style: Style? = Style(.accent)) {
        self.values = values
        self.full = full
        self.style = style
    }

    /// Samples that `width` cells can show.
    public static func capacity(width: Int, glyphs: GlyphSet) -> Int { glyphs == .unicode ? width * 2 : width }

    /// Draws the latest samples into `width` cells from (x, y).
    public func draw(x: Int, y: Int, width: Int, on grid: inout CellGrid, clip: Rect? = nil, glyphs: GlyphSet) {
        let area = Rect(x: x, y: y, width: width, height: 1)
        guard width > 0, !area.intersection(clip ?? grid.bounds).isEmpty else { return }
        let shown = Array(values.suffix(Self.capacity(width: width, glyphs: glyphs)))
        let top = max(full ?? shown.compactMap(\.self).filter(\.isFinite).max() ?? 0, .leastNormalMagnitude)
        let shares = shown.map { $0.map { $0 / top } }
        func look(_ share: Double?) -> Style { style ?? Style(.gradient(GradientScale.load(share ?? 0))) }
        guard glyphs == .unicode else {
            for (index, share) in shares.enumerated() {
                let level = Graph.units(share, of: 8)
                guard level > 0 else { continue }
                grid.draw(
                    String(glyphs.levels[level]), x: area.maxX - shares.count + index, y: y, style: look(share),
                    clip: clip ?? area)
            }
            return
        }
        var canvas = DotCanvas(area: area, glyphs: glyphs)
        for (index, share) in shares.enumerated() {
            let column = canvas.width - shares.count + index
            for dot in 0..<Graph.units(share, of: canvas.height) { canvas.set(column, dot, look(share)) }
        }
        canvas.draw(on: &grid)
    }
}

/// Shares of a whole as loads of the theme's gradient.
enum GradientScale {
    /// 0 to 100; what is no number is calm.
    static func load(_ share: Double) -> Int {
        share.isNaN ? 0 : Int((max(0, min(1, share)) * 100).rounded())
    }
}

/// A history drawn as bars, newest at the right end: braille with two samples a cell, blocks in one row, or ASCII.
public struct Graph: Sendable {
    public let values: [Double]
    /// The value that fills the whole height; the largest value when nil.
    public let full: Double?

    public init(_ values: [Double], full: Double? = nil) {
        self.values = values
        self.full = full
    }

    /// Samples that `width` cells can show.
    public static func capacity(width: Int, height: Int, glyphs: GlyphSet) -> Int {
        glyphs == .unicode && height > 1 ? width * 2 : width
    }

    /// Draws into `rect`, growing from its lower edge.
    public func draw(in rect: Rect, on grid: inout CellGrid, glyphs: GlyphSet, style: Style) {
        guard !rect.isEmpty else { return }
        let shown = values.suffix(Self.capacity(width: rect.width, height: rect.height, glyphs: glyphs))
        let top = max(full ?? shown.max() ?? 0, .leastNormalMagnitude)
        let shares = shown.map { max(0, min(1, $0 / top)) }
        if glyphs == .unicode && rect.height > 1 {
            drawBraille(shares, in: rect, on: &grid, style: style)
        } else {
            drawLevels(shares, in: rect, on: &grid, glyphs: glyphs, style: style)
        }
    }

    private func drawLevels(
        _ shares: [Double], in rect: Rect, on grid: inout CellGrid, glyphs: GlyphSet, style: Style
    ) {
        let levels = glyphs.levels
        let first = rect.maxX - shares.count
        for (index, share) in shares.enumerated() {
            // A value above zero is never invisible.
            let units = share > 0 ? max(1, Int((share * Double(rect.height * 8)).rounded())) : 0
            for row in 0..<rect.height {
                let level = max(0, min(8, units - row * 8))
                guard level > 0 else { break }
                grid.draw(String(levels[level]), x: first + index, y: rect.maxY - 1 - row, style: style, clip: rect)
            }
        }
    }

    /// Dots 7,3,2,1 of the left and 8,6,5,4 of the right column, from the bottom up (Unicode's braille numbering).
    private static let leftDots: [UInt32] = [0x40, 0x04, 0x02, 0x01]
    private static let rightDots: [UInt32] = [0x80, 0x20, 0x10, 0x08]

    private func drawBraille(_ shares: [Double], in rect: Rect, on grid: inout CellGrid, style: Style) {
        let dots = shares.map { $0 > 0 ? max(1, Int(($0 * Double(rect.height * 4)).rounded())) : 0 }
        let padded = dots.count % 2 == 0 ? dots : [0] + dots
        let first = rect.maxX - padded.count / 2
        for column in 0..<padded.count / 2 {
            for row in 0..<rect.height {
                var mask: UInt32 = 0
                for dot in 0..<4 {
                    if padded[column * 2] > row * 4 + dot { mask |= Self.leftDots[dot] }
                    if padded[column * 2 + 1] > row * 4 + dot { mask |= Self.rightDots[dot] }
                }
                guard mask != 0, let scalar = Unicode.Scalar(0x2800 + mask) else { continue }
                grid.draw(
                    String(Character(scalar)), x: first + column, y: rect.maxY - 1 - row, style: style, clip: rect)
            }
        }
    }
}

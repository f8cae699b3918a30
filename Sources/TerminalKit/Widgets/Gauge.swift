/// A horizontal bar of parts of a whole, each with its own character, so that mono screens tell them apart.
public struct Gauge: Sendable {
    /// One part.
    public struct Part: Sendable {
        public let amount: Int
        public let glyph: Character
        public let style: Style

        public init(_ amount: Int, _ glyph: Character, _ style: Style) {
            self.amount = amount
            self.glyph = glyph
            self.style = style
        }
    }

    public let parts: [Part]

    public init(_ parts: [Part]) { self.parts = parts }

    /// Fills `width` cells from (x, y); every part that is not zero gets at least one cell while there are enough. That is for
    /// wide gauges, where one cell is little; `rounded` shows shares of a few cells as they are.
    public func draw(x: Int, y: Int, width: Int, on grid: inout CellGrid, clip: Rect) {
        var column = x
        for (part, cells) in zip(parts, Self.share(width, among: parts.map(\.amount))) {
            grid.draw(String(repeating: part.glyph, count: cells), x: column, y: y, style: part.style, clip: clip)
            column += cells
        }
    }

    /// Whole cells for amounts that take `cells` together: each the nearest count, so that none is drawn larger than it is by
    /// more than half a cell, and one below half a cell not at all. Where all nearest counts are too many, those that were
    /// rounded up furthest get one less. The sum may be less than `cells`: what is left are cells of several parts, none of
    /// which has half of one.
    public static func rounded(_ cells: Int, among amounts: [Double]) -> [Int] {
        let total = amounts.reduce(0) { $0 + max(0, $1.isFinite ? $1 : 0) }
        guard total > 0, cells > 0 else { return amounts.map { _ in 0 } }
        let exact = amounts.map { max(0, $0.isFinite ? $0 : 0) / total * Double(cells) }
        // A half is rounded up: it is half of a cell, and no other part has more of it.
        var result = exact.map { Int($0.rounded(.toNearestOrAwayFromZero)) }
        while result.reduce(0, +) > cells,
            let index = result.indices.max(by: { Double(result[$0]) - exact[$0] < Double(result[$1]) - exact[$1] })
        {
            result[index] -= 1
        }
        return result
    }

    /// Splits `cells` in proportion to `amounts`; parts above zero get at least one cell while there are enough.
    public static func share(_ cells: Int, among amounts: [Int]) -> [Int] {
        // So bounded, sums and products have room for any number of parts and cells that there can be.
        let amounts = amounts.map { max(0, min($0, 1 << 40)) }
        let total = amounts.reduce(0, +)
        guard total > 0, cells > 0 else { return amounts.map { _ in 0 } }
        var result = amounts.map { $0 * cells / total }
        if amounts.count(where: { $0 > 0 }) > cells {
            // Not everyone gets a cell: those with the largest remainders do, so that the small do not hide the large.
            let left = amounts.indices.sorted { (amounts[$0] * cells % total, $1) > (amounts[$1] * cells % total, $0) }
            for index in left.prefix(cells - result.reduce(0, +)) { result[index] += 1 }
            return result
        }
        for index in amounts.indices where amounts[index] > 0 && result[index] == 0 { result[index] = 1 }
        var excess = result.reduce(0, +) - cells
        while excess != 0 {
            let change = excess > 0 ? -1 : 1
            // The largest share bears the rounding.
            guard let index = result.indices.max(by: { result[$0] < result[$1] }), result[index] + change >= 0 else {
                break
            }
            result[index] += change
            excess += change
        }
        return result
    }
}

/// Which rows of a longer list are visible.
public struct ScrollWindow: Hashable, Sendable {
    /// First visible row.
    public var top: Int

    public init(top: Int = 0) { self.top = top }

    /// Moves as little as needed so that `index` is visible among `height` rows of `count`.
    public mutating func reveal(_ index: Int?, count: Int, height: Int) {
        if let index, height > 0 {
            if index < top { top = index }
            if index >= top + height { top = index - height + 1 }
        }
        top = max(0, min(top, count - max(1, height)))
    }

    /// The visible rows of `count`, at most `height`.
    public func range(count: Int, height: Int) -> Range<Int> {
        let start = max(0, min(top, count - max(1, height)))
        return start..<max(start, min(count, start + max(0, height)))
    }

    /// The row of the list that a place on its scroll bar stands for; nil where there is no bar.
    public func row(at y: Int, in body: Rect, count: Int) -> Int? {
        guard count > body.height, body.height > 1, y >= body.y, y < body.maxY else { return nil }
        return (y - body.y) * (count - 1) / (body.height - 1)
    }

    /// Draws a thumb on the right border of `box` when the list is longer than its inside.
    public func drawBar(count: Int, height: Int, box: Rect, firstRow: Int, on grid: inout CellGrid, glyphs: GlyphSet) {
        guard count > height, height > 1, box.width > 1 else { return }
        let length = max(1, height * height / count)
        let start = (height - length) * range(count: count, height: height).lowerBound / max(1, count - height)
        grid.fill(
            Rect(x: box.maxX - 1, y: firstRow + start, width: 1, height: length), glyphs.thumb, style: Style(.accent))
    }
}

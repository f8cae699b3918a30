/// Many small things, one cell each: a cell of two columns where there is room, and one for several things where there
/// are more of them than cells.
public struct PageRaster: Sendable {
    /// How many items one cell stands for in an area.
    public static func itemsPerCell(count: Int, area: Rect) -> Int {
        let cells = area.width * area.height
        guard cells > 0 else { return max(1, count) }
        return max(1, (count + cells - 1) / cells)
    }

    /// Terminal columns of a cell: 2 where every item still gets its own, else 1.
    public static func cellWidth(count: Int, area: Rect) -> Int {
        count > 0 && area.width >= 2 && (area.width / 2) * area.height >= count ? 2 : 1
    }

    /// Rows that `count` items need in cells of two columns.
    public static func rows(count: Int, width: Int) -> Int {
        let perRow = max(1, width / 2)
        return (count + perRow - 1) / perRow
    }

    /// Draws `groups` (the group of each item, row by row) into `area`. A cell that stands for several items shows the
    /// group that most of them are in. `cell` gets the group and its position in the run of equal columns, so that a wide
    /// cell asks for two positions.
    public static func draw(
        _ groups: [UInt16], in area: Rect, on grid: inout CellGrid, cell: (_ group: Int, _ position: Int) -> Cell
    ) {
        guard !area.isEmpty, !groups.isEmpty else { return }
        let step = itemsPerCell(count: groups.count, area: area)
        let width = cellWidth(count: groups.count, area: area)
        let perRow = area.width / width
        var last = -1
        var position = 0
        for (index, start) in stride(from: 0, to: groups.count, by: step).enumerated() {
            let group = step == 1 ? Int(groups[start]) : majority(groups[start..<min(start + step, groups.count)])
            position = group == last && width == 1 ? position + 1 : 0
            last = group
            for column in 0..<width {
                let drawn = cell(group, position + column)
                guard let character = drawn.character else { continue }
                grid.draw(
                    String(character), x: area.x + index % perRow * width + column, y: area.y + index / perRow,
                    style: drawn.style, clip: area)
            }
        }
    }

    /// The most frequent group; the first to appear among equals.
    static func majority(_ groups: ArraySlice<UInt16>) -> Int {
        var counts: [(group: UInt16, count: Int)] = []
        for group in groups {
            if let index = counts.firstIndex(where: { $0.group == group }) {
                counts[index].count += 1
            } else {
                counts.append((group, 1))
            }
        }
        var best = (group: groups.first ?? 0, count: 0)
        for entry in counts where entry.count > best.count { best = entry }
        return Int(best.group)
    }
}

import TerminalKit

/// How pages are laid into cells: several in one cell where there are more than cells, and wide cells where there is
/// room, so that what may happen to a page stands beside its letter.
///
/// Zoom 0 shows the whole pool at once; every step in halves the pages of a cell, then widens it.
struct PageGrid: Hashable, Sendable {
    let count: Int
    let perCell: Int
    /// Terminal columns of a cell: 1, 2 with the mark of the phase, or 3 with how full the owner's pages are.
    let cellWidth: Int
    /// Cells of a row.
    let columns: Int
    /// Rows in sight.
    let height: Int

    /// - Parameter isAligned: rows of 8, 16, 32 or 64 cells where that costs no row, so that row numbers are round.
    init(count: Int, size: Size, zoom: Int = 0, isAligned: Bool = false) {
        self.count = count
        self.height = size.height
        let levels = Self.levels(count: count, size: size)
        let level = levels.all[max(0, min(levels.all.count - 1, levels.fit + zoom))]
        perCell = level.perCell
        cellWidth = level.width
        let most = max(1, size.width / level.width)
        let cells = (count + level.perCell - 1) / level.perCell
        let least = (cells + most - 1) / most
        let round =
            isAligned
            ? [64, 32, 16, 8].map { most / $0 * $0 }.first { columns in
                // A pool that is scrolled anyway may take some rows more.
                columns > 0 && (columns > most * 3 / 4)
                    && ((cells + columns - 1) / columns <= size.height || least > size.height)
            } : nil
        columns = round ?? most
    }

    /// The zooms that a pool has in an area, from the furthest to the nearest, and which of them shows it whole.
    static func levels(count: Int, size: Size) -> (all: [(perCell: Int, width: Int)], fit: Int) {
        let cells = max(1, size.width * size.height)
        var perCell = max(1, (count + cells - 1) / cells)
        var all: [(perCell: Int, width: Int)] = []
        while perCell > 1 {
            all.append((perCell, 1))
            perCell = (perCell + 1) / 2
        }
        all += [(1, 1), (1, 2), (1, 3)]
        let hasRoomForMarks = size.width >= 2 && (size.width / 2) * size.height >= count
        return (all, all[0].perCell == 1 && hasRoomForMarks ? 1 : 0)
    }

    /// Rows that `count` pages take in cells of two columns.
    static func rows(count: Int, width: Int) -> Int {
        let perRow = max(1, width / 2)
        return (count + perRow - 1) / perRow
    }

    /// How far `zoom` may go out and in.
    static func zooms(count: Int, size: Size) -> ClosedRange<Int> {
        let levels = levels(count: count, size: size)
        return -levels.fit...(levels.all.count - 1 - levels.fit)
    }

    /// Pages of a row.
    var perRow: Int { columns * perCell }
    /// Rows that the whole pool takes.
    var rows: Int { (count + perRow - 1) / max(1, perRow) }

    func row(ofPage index: Int) -> Int { index / max(1, perRow) }

    /// The pages of a cell; empty behind the last.
    func pages(row: Int, column: Int) -> Range<Int> {
        let first = min(count, (row * columns + column) * perCell)
        return first..<min(count, first + perCell)
    }

    /// The first page of the cell at a place inside the area; nil where there is none.
    func page(x: Int, y: Int, top: Int) -> Int? {
        let column = x / cellWidth
        guard x >= 0, y >= 0, column < columns, y < height else { return nil }
        let pages = pages(row: top + y, column: column)
        return pages.isEmpty ? nil : pages.lowerBound
    }
}

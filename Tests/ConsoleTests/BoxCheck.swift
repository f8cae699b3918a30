import TerminalKit

@testable import Console

/// Follows every border of a frame around from its upper left corner: whatever is drawn over one shows as a break.
struct BoxCheck {
    let grid: CellGrid
    private let glyphs = GlyphSet.unicode

    init(_ grid: CellGrid) { self.grid = grid }

    /// The first broken border; nil when all are closed. Where a dialog covers parts of other boxes, only the box with
    /// its title is looked at.
    func flaw(titled title: String? = nil) -> String? {
        for (x, y) in corners {
            if let title, !grid.line(y).contains("┌─ \(title)") { continue }
            if let flaw = follow(x, y) { return flaw }
        }
        return nil
    }

    private var corners: [(x: Int, y: Int)] {
        (0..<grid.size.height).flatMap { y in
            (0..<grid.size.width).filter { x in
                let role = grid[x, y].style.role
                return grid[x, y].character == glyphs.topLeft && (role == .border || role == .borderFocused)
            }.map { ($0, y) }
        }
    }

    private func follow(_ x: Int, _ y: Int) -> String? {
        var bottom = y + 1
        while bottom < grid.size.height, grid[x, bottom].character == glyphs.vertical { bottom += 1 }
        guard bottom < grid.size.height, grid[x, bottom].character == glyphs.bottomLeft else {
            return "the left edge from \(x),\(y) breaks at row \(bottom)"
        }
        var right = x + 1
        while right < grid.size.width, grid[right, bottom].character != glyphs.bottomRight { right += 1 }
        guard right < grid.size.width else { return "the box at \(x),\(y) has no lower right corner" }
        guard grid[right, y].character == glyphs.topRight else {
            return "the box at \(x),\(y) has no upper right corner"
        }
        for row in (y + 1)..<bottom {
            let cell = grid[right, row]
            // A scroll bar's thumb may stand on the edge.
            guard cell.character == glyphs.vertical || (cell.character == glyphs.thumb && cell.style.role == .accent)
            else { return "the right edge of the box at \(x),\(y) breaks at row \(row)" }
        }
        return nil
    }
}

import TerminalKit

/// A cursor on the rows of a list, by identity, and the window that keeps it in sight. A new order never moves it to
/// another row; where its row is gone, the one that took its place has it.
public struct RowCursor<ID: Hashable & Sendable>: Hashable, Sendable {
    public private(set) var selected: ID?
    public var window = ScrollWindow()
    private var place = 0

    public init(_ selected: ID? = nil) { self.selected = selected }

    /// The selected row's place among `rows`.
    func index(in rows: [ID]) -> Int? { selected.flatMap { rows.firstIndex(of: $0) } }

    mutating func select(_ id: ID) { selected = id }

    mutating func move(by count: Int, in rows: [ID]) {
        guard !rows.isEmpty else { return }
        select(index: (index(in: rows) ?? 0) + count, in: rows)
    }

    mutating func select(index: Int, in rows: [ID]) {
        guard !rows.isEmpty else { return }
        place = max(0, min(rows.count - 1, index))
        selected = rows[place]
    }

    /// Puts the cursor on a row that exists, and that row in sight.
    mutating func settle(_ rows: [ID], height: Int) {
        if let index = index(in: rows) {
            place = index
        } else if rows.isEmpty {
            selected = nil
        } else {
            select(index: place, in: rows)
        }
        window.reveal(rows.isEmpty ? nil : place, count: rows.count, height: height)
    }

    /// The mouse went down on a visible row.
    mutating func press(row: Int, in rows: [ID]) {
        let index = window.top + row
        if rows.indices.contains(index) { select(index: index, in: rows) }
    }
}

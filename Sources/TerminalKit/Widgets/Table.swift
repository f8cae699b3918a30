/// One column of a table.
public struct TableColumn<ID: Hashable & Sendable>: Sendable {
    public let id: ID
    public let title: String
    /// Columns that it needs to be shown at all.
    public let minimum: Int
    /// Columns that it takes where there is room.
    public let preferred: Int
    public let alignment: Alignment
    /// Columns with the highest number go first when room shrinks; 0 always stays.
    public let priority: Int

    public init(
        _ id: ID, _ title: String, _ minimum: Int, _ preferred: Int? = nil, _ alignment: Alignment = .right,
        priority: Int
    ) {
        self.id = id
        self.title = title
        self.minimum = minimum
        self.preferred = preferred ?? minimum
        self.alignment = alignment
        self.priority = priority
    }
}

/// A table with a header, a selection and columns that drop out by priority as room shrinks.
public struct Table<ID: Hashable & Sendable> {
    /// A column and the width it got.
    public struct Fitted {
        public let column: TableColumn<ID>
        public let width: Int
    }

    public let columns: [Fitted]
    public var sort: (id: ID, descending: Bool)?
    public var isFocused: Bool

    /// Chooses and widens `columns` for `width` terminal columns.
    public init(columns: [TableColumn<ID>], width: Int, sort: (id: ID, descending: Bool)? = nil, isFocused: Bool = true)
    {
        self.columns = Self.fit(columns, width: width)
        self.sort = sort
        self.isFocused = isFocused
    }

    /// Drops the least important columns until the rest fits with one blank between them, then widens from the left.
    static func fit(_ columns: [TableColumn<ID>], width: Int) -> [Fitted] {
        var kept = columns
        func needed(_ list: [TableColumn<ID>]) -> Int { list.reduce(max(0, list.count - 1)) { $0 + $1.minimum } }
        while needed(kept) > width, let worst = kept.map(\.priority).max(), worst > 0,
            let index = kept.lastIndex(where: { $0.priority == worst })
        {
            kept.remove(at: index)
        }
        var spare = max(0, width - needed(kept))
        return kept.map { column in
            let extra = min(spare, column.preferred - column.minimum)
            spare -= extra
            return Fitted(column: column, width: column.minimum + extra)
        }
    }

    /// Draws the header in `rect`'s first row.
    public func drawHeader(in rect: Rect, on grid: inout CellGrid, glyphs: GlyphSet) {
        var x = rect.x
        for fitted in columns {
            var title = fitted.column.title
            let isSorted = sort?.id == fitted.column.id
            if isSorted { title += String(sort?.descending == true ? glyphs.down : glyphs.up) }
            let style = isSorted ? Style(.sortMarker, bold: true) : Style(.header, bold: true)
            grid.draw(
                title.fitted(fitted.width, fitted.column.alignment, glyphs: glyphs), x: x, y: rect.y, style: style,
                clip: rect)
            x += fitted.width + 1
        }
    }

    /// Draws one row; a selected one is restyled over the whole width of `rect`.
    public func drawRow(
        y: Int, in rect: Rect, isSelected: Bool, on grid: inout CellGrid, glyphs: GlyphSet,
        cell: (ID, Int) -> (text: String, style: Style)
    ) {
        var x = rect.x
        for fitted in columns {
            let (text, style) = cell(fitted.column.id, fitted.width)
            grid.draw(
                text.fitted(fitted.width, fitted.column.alignment, glyphs: glyphs), x: x, y: y, style: style, clip: rect
            )
            x += fitted.width + 1
        }
        guard isSelected else { return }
        let role: Role = isFocused ? .selection : .selectionUnfocused
        grid.restyle(Rect(x: rect.x, y: y, width: rect.width, height: 1)) { $0 = Style(role, bold: $0.bold) }
    }
}

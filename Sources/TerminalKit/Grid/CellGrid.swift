/// One terminal cell.
public struct Cell: Hashable, Sendable {
    /// One character of width 1 or 2; empty in the right half of a wide character.
    public var character: Character?
    public var style: Style

    public init(_ character: Character? = " ", style: Style = Style()) {
        self.character = character
        self.style = style
    }
}

/// A screen as a value: what a view renders, what tests compare and what the terminal paints.
///
/// Drawing never leaves the grid or the clip rectangle, never splits a wide character and takes text as sanitised:
/// whoever draws foreign text passes it through `Sanitiser` first.
public struct CellGrid: Hashable, Sendable {
    public let size: Size
    /// Row by row, `size.width * size.height` cells.
    public private(set) var cells: [Cell]
    /// Where the terminal cursor stands; nil hides it.
    public var cursor: (x: Int, y: Int)? {
        get { cursorX < 0 ? nil : (cursorX, cursorY) }
        set {
            cursorX = newValue?.x ?? -1
            cursorY = newValue?.y ?? -1
        }
    }
    private var cursorX = -1
    private var cursorY = -1

    public init(size: Size, style: Style = Style()) {
        self.size = size
        self.cells = Array(repeating: Cell(style: style), count: size.width * size.height)
    }

    public var bounds: Rect { Rect(size) }

    public subscript(x: Int, y: Int) -> Cell {
        get { cells[y * size.width + x] }
        set { cells[y * size.width + x] = newValue }
    }

    /// The cells of one row.
    public func row(_ y: Int) -> ArraySlice<Cell> { cells[y * size.width..<(y + 1) * size.width] }

    /// Draws text from (x, y) to the right, clipped by `clip` (the whole grid when nil), and returns the column after
    /// the last drawn cell. A wide character that would cross the clip's edge is left out.
    @discardableResult
    public mutating func draw(
        _ text: some StringProtocol, x: Int, y: Int, style: Style = Style(), clip: Rect? = nil
    ) -> Int {
        let area = (clip ?? bounds).intersection(bounds)
        var column = x
        guard y >= area.y, y < area.maxY else { return column }
        for (character, width) in CellClusters(text) where width > 0 {
            guard column + width <= area.maxX else { break }
            if column >= area.x { place(character, width: width, x: column, y: y, style: style) }
            column += width
        }
        return column
    }

    /// Fills a rectangle with one character of width 1.
    public mutating func fill(_ rect: Rect, _ character: Character = " ", style: Style = Style()) {
        let area = rect.intersection(bounds)
        guard !area.isEmpty else { return }
        for row in area.y..<area.maxY {
            for column in area.x..<area.maxX { place(character, width: 1, x: column, y: row, style: style) }
        }
    }

    /// Restyles a rectangle and leaves its characters.
    public mutating func restyle(_ rect: Rect, _ change: (inout Style) -> Void) {
        let area = rect.intersection(bounds)
        guard !area.isEmpty else { return }
        for row in area.y..<area.maxY {
            for column in area.x..<area.maxX { change(&self[column, row].style) }
        }
    }

    /// Rounds the corners of every box that was drawn.
    public mutating func roundCorners() {
        for index in cells.indices where [.border, .borderFocused].contains(cells[index].style.role) {
            switch cells[index].character {
            case "┌": cells[index].character = "╭"
            case "┐": cells[index].character = "╮"
            case "└": cells[index].character = "╰"
            case "┘": cells[index].character = "╯"
            default: break
            }
        }
    }

    /// The text of one row, trailing blanks removed.
    public func line(_ y: Int) -> String {
        var text = ""
        for x in 0..<size.width { if let character = self[x, y].character { text.append(character) } }
        while text.last == " " { text.removeLast() }
        return text
    }

    /// The text of every row.
    public var lines: [String] { (0..<size.height).map(line) }

    /// Overwriting half of a wide character blanks its other half.
    private mutating func place(_ character: Character, width: Int, x: Int, y: Int, style: Style) {
        if self[x, y].character == nil, x > 0 { self[x - 1, y].character = " " }
        let next = x + width
        if next < size.width, self[next, y].character == nil { self[next, y].character = " " }
        self[x, y] = Cell(character, style: style)
        if width == 2 { self[x + 1, y] = Cell(nil, style: style) }
    }
}

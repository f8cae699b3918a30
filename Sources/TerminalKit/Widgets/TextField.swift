/// A line of text being edited, by characters: the value, its cursor and the usual readline keys.
public struct TextField: Hashable, Sendable {
    public private(set) var characters: [Character] = []
    /// 0...characters.count; the cursor stands before this character.
    public private(set) var cursor = 0
    /// Characters that it holds at most; more is left out.
    public let limit: Int

    public init(_ text: String = "", limit: Int = 16_384) {
        self.limit = limit
        insert(text)
    }

    public var text: String { String(characters) }
    public var isEmpty: Bool { characters.isEmpty }
    public var isAtEnd: Bool { cursor == characters.count }

    /// Puts text at the cursor, which moves behind it.
    public mutating func insert(_ text: String) {
        let added = Array(text.prefix(max(0, limit - characters.count)))
        characters.insert(contentsOf: added, at: cursor)
        cursor += added.count
    }

    /// Replaces everything; the cursor stands at the end.
    public mutating func replace(with text: String) {
        characters = Array(text.prefix(limit))
        cursor = characters.count
    }

    /// Applies an editing key; false when the key is none (the field is unchanged then).
    public mutating func handle(_ key: Key) -> Bool {
        switch key {
        case .character(let character): insert(String(character))
        case .paste(let text): insert(text)
        case .left, .control("b"): cursor = max(0, cursor - 1)
        case .right, .control("f"): cursor = min(characters.count, cursor + 1)
        case .home, .control("a"): cursor = 0
        case .end, .control("e"): cursor = characters.count
        case .backspace, .control("h"):
            guard cursor > 0 else { break }
            cursor -= 1
            characters.remove(at: cursor)
        case .delete, .control("d"):
            if cursor < characters.count { characters.remove(at: cursor) }
        case .control("u"):
            characters.removeFirst(cursor)
            cursor = 0
        case .control("k"): characters.removeLast(characters.count - cursor)
        case .control("w"):
            var start = cursor
            while start > 0, characters[start - 1].isWhitespace { start -= 1 }
            while start > 0, !characters[start - 1].isWhitespace { start -= 1 }
            characters.removeSubrange(start..<cursor)
            cursor = start
        default: return false
        }
        return true
    }

    /// Draws in one row, scrolled sideways so that the cursor is visible, and sets the grid's cursor when focused.
    public func drawLine(in rect: Rect, isFocused: Bool, on grid: inout CellGrid, style: Style = Style()) {
        guard !rect.isEmpty else { return }
        var start = 0
        var before = String(characters[..<cursor]).columns
        while before >= rect.width, start < cursor {
            before -= DisplayWidth.of(characters[start])
            start += 1
        }
        grid.draw(Self.visible(characters[start...]), x: rect.x, y: rect.y, style: style, clip: rect)
        if isFocused { grid.cursor = (min(rect.x + before, rect.maxX - 1), rect.y) }
    }

    /// Draws wrapped over the rows of `rect`, scrolled so that the cursor's row is visible.
    public func drawArea(in rect: Rect, isFocused: Bool, on grid: inout CellGrid, style: Style = Style()) {
        guard !rect.isEmpty else { return }
        var rows: [[Character]] = [[]]
        var width = 0
        var cursorAt = (x: 0, row: 0)
        for (index, character) in characters.enumerated() {
            let columns = character.isNewline ? 0 : DisplayWidth.of(character)
            if width + columns > rect.width {
                rows.append([])
                width = 0
            }
            if index == cursor { cursorAt = (width, rows.count - 1) }
            if character.isNewline {
                rows.append([])
                width = 0
            } else {
                rows[rows.count - 1].append(character)
                width += columns
            }
        }
        if cursor == characters.count {
            if width >= rect.width {
                rows.append([])
                width = 0
            }
            cursorAt = (width, rows.count - 1)
        }
        let top = max(0, cursorAt.row - rect.height + 1)
        for (offset, row) in rows.dropFirst(top).prefix(rect.height).enumerated() {
            grid.draw(String(row), x: rect.x, y: rect.y + offset, style: style, clip: rect)
        }
        if isFocused { grid.cursor = (min(rect.x + cursorAt.x, rect.maxX - 1), rect.y + cursorAt.row - top) }
    }

    /// Line breaks show as blanks where there is one row only.
    private static func visible(_ characters: ArraySlice<Character>) -> String {
        String(characters.map { $0.isNewline ? " " : $0 })
    }
}

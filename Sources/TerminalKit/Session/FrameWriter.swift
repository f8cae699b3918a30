/// Turns frames into bytes: as few as bring the terminal from what it shows to the new frame.
///
/// Written here and not by ncurses, whose colour pairs cannot hold true colour without a terminal description of our own,
/// and whose output cannot be counted or sent as one write.
struct FrameWriter {
    let depth: ColorDepth
    let glyphs: GlyphSet
    private let abilities: TerminalAbilities
    /// What the terminal shows; nil when unknown.
    private var shown: CellGrid?
    private var theme: Theme?
    private var looks: [Style: ResolvedStyle] = [:]
    private var style: StyleSequence
    private var showsCursor: Bool?
    private var bytes: [UInt8] = []
    /// Where the terminal's cursor stands; nil when unknown.
    private var place: (x: Int, y: Int)?

    init(depth: ColorDepth, glyphs: GlyphSet, abilities: TerminalAbilities) {
        self.depth = depth
        self.glyphs = glyphs
        self.abilities = abilities
        self.style = StyleSequence(abilities: abilities)
    }

    /// Whatever the terminal shows is painted over at the next frame.
    mutating func forget() {
        shown = nil
        showsCursor = nil
    }

    /// The bytes of a frame on a terminal of `size`; empty when nothing differs. A grid of another size is drawn as far as
    /// there is room, and the rest blank.
    mutating func write(_ grid: CellGrid, theme newTheme: Theme, size: Size) -> [UInt8] {
        if theme != newTheme {
            theme = newTheme
            looks = [:]
            shown = nil
        }
        let frame = grid.size == size ? grid : Self.adapted(grid, to: size)
        let before = shown?.size == size ? shown : nil
        bytes.removeAll(keepingCapacity: true)
        // Other programs write to terminals too (wall, a background job): colours and place are set anew.
        style.forget()
        place = nil
        for y in 0..<size.height where before.map({ $0.row(y) != frame.row(y) }) ?? true {
            writeRow(y, of: frame, over: before)
        }
        writeCursor(frame, wasDrawn: !bytes.isEmpty)
        shown = frame
        return bytes
    }

    private static func adapted(_ grid: CellGrid, to size: Size) -> CellGrid {
        var frame = CellGrid(size: size)
        for y in 0..<min(size.height, grid.size.height) {
            for x in 0..<min(size.width, grid.size.width) { frame[x, y] = grid[x, y] }
            // A wide character that lost its right half.
            if size.width < grid.size.width, size.width > 0, grid[size.width, y].character == nil {
                frame[size.width - 1, y].character = " "
            }
        }
        if let cursor = grid.cursor, Rect(size).contains(x: cursor.x, y: cursor.y) { frame.cursor = cursor }
        return frame
    }

    // MARK: - Rows

    private mutating func writeRow(_ y: Int, of frame: CellGrid, over before: CellGrid?) {
        let isLast = abilities.scrollsAtLastCell && y == frame.size.height - 1
        let width = frame.size.width - (isLast ? 1 : 0)
        // Where the rest of the row is blank in one style.
        var blankFrom = width
        if width > 0 {
            let end = frame[width - 1, y]
            while blankFrom > 0, end.character == " ", frame[blankFrom - 1, y] == end { blankFrom -= 1 }
        }
        var x = 0
        // A cell whose left neighbour's width is in doubt is written again.
        var isDoubtful = false
        while x < width {
            let cell = frame[x, y]
            let columns = x + 1 < frame.size.width && frame[x + 1, y].character == nil && cell.character != nil ? 2 : 1
            let isSame =
                before.map { old in
                    (old[x, y] == cell || looksAlike(old[x, y], cell))
                        && (columns == 1 || old[x + 1, y] == frame[x + 1, y])
                } ?? false
            if isSame, !isDoubtful {
                x += columns
                continue
            }
            move(to: x, y, in: frame)
            if cell.character != " " || !style.drawsBlank(look(cell.style)) { set(cell.style) }
            if x >= blankFrom, !isLast, canErase(cell.style), width - x > 4 {
                bytes += Array("\u{1B}[K".utf8)
                return
            }
            isDoubtful = !put(cell.character ?? " ", columns: columns)
            place = isDoubtful || x + columns >= frame.size.width ? nil : (x + columns, y)
            x += columns
        }
    }

    /// Two blanks on the same ground, whatever ink they would be drawn with.
    private mutating func looksAlike(_ old: Cell, _ new: Cell) -> Bool {
        guard old.character == " ", new.character == " " else { return false }
        let (before, after) = (look(old.style), look(new.style))
        return before.isBlankLike && after.isBlankLike && before.background == after.background
    }

    /// Whether erasing to the end of the row leaves what blanks in this style would.
    private mutating func canErase(_ style: Style) -> Bool {
        let look = look(style)
        guard look.attributes.isDisjoint(with: [.reverse, .underline]) else { return false }
        return abilities.erasesWithBackground || look.background == .standard
    }

    private mutating func set(_ cellStyle: Style) { style.change(to: look(cellStyle), into: &bytes) }

    private mutating func look(_ cellStyle: Style) -> ResolvedStyle {
        if let known = looks[cellStyle] { return known }
        let look = (theme ?? .plain).resolve(cellStyle, depth: depth)
        looks[cellStyle] = look
        return look
    }

    // MARK: - Cursor

    private mutating func move(to x: Int, _ y: Int, in frame: CellGrid) {
        if let place, place == (x, y) { return }
        defer { place = (x, y) }
        if let place, place.y == y, x > place.x {
            // What lies between is written again where that is shorter than to jump over it.
            let gap = frame.row(y).dropFirst(place.x).prefix(x - place.x)
            if gap.count <= 3, let first = gap.first, style.draws(look(first.style)),
                gap.allSatisfy({ $0.style == first.style && $0.character?.isASCII == true })
            {
                for cell in gap { bytes.append(cell.character?.asciiValue ?? 0x20) }
            } else {
                bytes += Array("\u{1B}[\(gap.count == 1 ? "" : "\(gap.count)")C".utf8)
            }
        } else {
            bytes += Array("\u{1B}[\(y + 1);\(x + 1)H".utf8)
        }
    }

    private mutating func writeCursor(_ frame: CellGrid, wasDrawn: Bool) {
        let cursor = frame.cursor
        let moved = cursor?.x != shown?.cursor?.x || cursor?.y != shown?.cursor?.y || showsCursor == nil
        guard wasDrawn || moved else { return }
        if let cursor {
            place = nil
            move(to: cursor.x, cursor.y, in: frame)
        }
        guard showsCursor != (cursor != nil) else { return }
        showsCursor = cursor != nil
        bytes += Array((cursor == nil ? abilities.hideCursor : abilities.showCursor).utf8)
    }

    // MARK: - Characters

    /// Appends a character; false when terminals may disagree with our count of its columns.
    private mutating func put(_ character: Character, columns: Int) -> Bool {
        if let ascii = character.asciiValue, ascii >= 0x20, ascii < 0x7F {
            bytes.append(ascii)
            return true
        }
        guard glyphs.isUnicode else {
            bytes.append(AsciiGlyphs.substitute(for: character))
            if columns == 2 { bytes.append(0x20) }
            return true
        }
        let scalars = character.unicodeScalars
        guard let base = scalars.first, DisplayWidth.of(base) > 0 else {
            bytes += Array("?".utf8)
            return true
        }
        bytes += Array(UTF8.encode(base) ?? UTF8.encodedReplacementCharacter)
        for mark in scalars.dropFirst().prefix(Sanitiser.marksPerBase) where mark.joinsItsPredecessor {
            bytes += Array(UTF8.encode(mark) ?? UTF8.encodedReplacementCharacter)
        }
        return columns == 1 && scalars.count == 1 && Self.isChrome(base.value)
    }

    /// Latin, boxes, blocks and braille: one column everywhere.
    private static func isChrome(_ value: UInt32) -> Bool {
        value < 0x300 || (0x2010...0x2027).contains(value) || (0x2190...0x21FF).contains(value)
            || (0x2500...0x25FC).contains(value) || (0x2800...0x28FF).contains(value)
    }
}

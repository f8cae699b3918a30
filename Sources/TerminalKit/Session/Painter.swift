import CNcurses

/// Puts a grid into ncurses' screen; ncurses finds out what differs from what the terminal shows.
struct Painter {
    let depth: ColorDepth
    let glyphs: GlyphSet
    private var pairs: ColorPairs?
    private var looks: [Style: (attributes: attr_t, pair: Int32)] = [:]
    private var theme: Theme?
    private var run: [wchar_t] = []
    /// What the window holds; nil when unknown.
    private var painted: CellGrid?

    /// `depth` is the depth that ncurses was found able to show.
    init(depth: ColorDepth, glyphs: GlyphSet) {
        self.depth = depth
        self.glyphs = glyphs
        self.pairs = depth == .mono ? nil : ColorPairs()
    }

    /// The window lost what was painted.
    mutating func forget() { painted = nil }

    /// Draws the part of the grid that the window has room for, and blanks in the rest.
    mutating func paint(_ grid: CellGrid, theme newTheme: Theme, window: UnsafeMutablePointer<WINDOW>, size: Size) {
        if theme != newTheme {
            theme = newTheme
            looks = [:]
            painted = nil
        }
        let before = painted?.size == grid.size ? painted : nil
        painted = grid
        for y in 0..<size.height {
            // Most rows stay as they are from frame to frame.
            if let before, y < grid.size.height, before.row(y) == grid.row(y) { continue }
            wmove(window, Int32(y), 0)
            let shown = y < grid.size.height ? min(size.width, grid.size.width) : 0
            var x = 0
            while x < shown {
                let style = grid[x, y].style
                run.removeAll(keepingCapacity: true)
                while x < shown, grid[x, y].style == style {
                    let isWide = x + 1 < grid.size.width && grid[x + 1, y].character == nil
                    let width = isWide && grid[x, y].character != nil ? 2 : 1
                    if x + width > shown { add(blank: 1) } else { add(grid[x, y].character ?? " ", width: width) }
                    x += width
                }
                flush(window, style)
            }
            if shown < size.width {
                run.removeAll(keepingCapacity: true)
                add(blank: size.width - shown)
                flush(window, Style())
            }
        }
    }

    private mutating func flush(_ window: UnsafeMutablePointer<WINDOW>, _ style: Style) {
        let look = look(of: style)
        nc_set_style(window, look.attributes, look.pair)
        waddnwstr(window, run, Int32(run.count))
    }

    private mutating func look(of style: Style) -> (attributes: attr_t, pair: Int32) {
        if let known = looks[style] { return known }
        let resolved = (theme ?? .plain).resolve(style, depth: depth)
        var attributes: attr_t = 0
        if resolved.attributes.contains(.bold) { attributes |= nc_bold() }
        if resolved.attributes.contains(.dim) { attributes |= nc_dim() }
        if resolved.attributes.contains(.reverse) { attributes |= nc_reverse() }
        if resolved.attributes.contains(.underline) { attributes |= nc_underline() }
        var pair: Int32 = 0
        if let found = pairs?.pair(resolved.foreground, resolved.background) {
            pair = found.pair
            if found.isBright { attributes |= nc_bold() }
        }
        looks[style] = (attributes, pair)
        return (attributes, pair)
    }

    // MARK: - Characters

    private mutating func add(blank count: Int) {
        for _ in 0..<count { run.append(0x20) }
    }

    /// Adds what ncurses shows in exactly `width` columns; where the C library counts otherwise, a question mark.
    private mutating func add(_ character: Character, width: Int) {
        if let ascii = character.asciiValue, ascii >= 0x20, ascii < 0x7F {
            run.append(wchar_t(ascii))
            return add(blank: width - 1)
        }
        let scalars = character.unicodeScalars
        guard let base = scalars.first, glyphs.isUnicode, Int(wcwidth(wchar_t(bitPattern: base.value))) == width
        else {
            run.append(wchar_t(AsciiGlyphs.substitute(for: character)))
            return add(blank: width - 1)
        }
        run.append(wchar_t(bitPattern: base.value))
        for mark in scalars.dropFirst().prefix(Sanitiser.marksPerBase) {
            if wcwidth(wchar_t(bitPattern: mark.value)) == 0 { run.append(wchar_t(bitPattern: mark.value)) }
        }
    }
}

import TestSupport
import Testing

@testable import TerminalKit

@Suite struct FrameWriterTests {
    private static let theme = ThemeLibrary(userFolder: nil).standard
    private static let roles: [Role] = [
        .text, .muted, .selection, .series(2), .gradient(40), .pageKV, .banner, .border, .error,
    ]

    private func writer(
        _ depth: ColorDepth = .truecolor, _ glyphs: GlyphSet = .unicode,
        _ change: (inout TerminalAbilities) -> Void = { _ in }
    ) -> FrameWriter {
        var abilities = TerminalAbilities()
        change(&abilities)
        return FrameWriter(depth: depth, glyphs: glyphs, abilities: abilities)
    }

    /// What the terminal must show of a grid.
    private func expect(_ terminal: TerminalModel, shows grid: CellGrid, theme: Theme, _ depth: ColorDepth) {
        #expect(terminal.faults.isEmpty, "\(terminal.faults)")
        for y in 0..<grid.size.height {
            for x in 0..<grid.size.width {
                let cell = grid[x, y]
                let shown = terminal.cells[y * grid.size.width + x]
                #expect(shown.text == cell.character.map { String($0) } ?? "")
                var wanted = theme.resolve(cell.style, depth: depth)
                var look = shown.look
                // A blank shows no ink, and erasing leaves none.
                if cell.character == " ", wanted.attributes.isDisjoint(with: [.reverse, .underline]) {
                    (wanted.foreground, look.foreground) = (.standard, .standard)
                    (wanted.attributes, look.attributes) = ([], [])
                }
                #expect(look == wanted)
            }
        }
    }

    /// Whatever frames follow each other, the terminal shows the last one.
    @Test(arguments: [ColorDepth.truecolor, .indexed256, .ansi16, .mono])
    func everyFrameArrives(depth: ColorDepth) {
        var random = SeededGenerator(seed: UInt64(depth.rawValue) + 1)
        let size = Size(width: 23, height: 7)
        var terminal = TerminalModel(size: size)
        var writer = writer(depth)
        var grid = CellGrid(size: size)
        let texts = ["plain", "│──┐", "漢字", "⣿⡀", "e\u{301}x", "█", "      ", "a漢b"]
        for _ in 0..<300 {
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let style = Style(
                    Self.roles.randomElement(using: &random) ?? .text, bold: Bool.random(using: &random),
                    reversed: Int.random(in: 0..<5, using: &random) == 0)
                let x = Int.random(in: -2..<size.width, using: &random)
                let y = Int.random(in: 0..<size.height, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: grid.fill(Rect(x: x, y: y, width: 30, height: 1), style: style)
                case 1: grid.fill(Rect(x: x, y: 0, width: 2, height: size.height), "·", style: style)
                default: grid.draw(texts.randomElement(using: &random) ?? "", x: x, y: y, style: style)
                }
            }
            grid.cursor = Bool.random(using: &random) ? (3, 2) : nil
            if Int.random(in: 0..<40, using: &random) == 0 { writer.forget() }
            terminal.take(writer.write(grid, theme: Self.theme, size: size))
            expect(terminal, shows: grid, theme: Self.theme, depth)
            #expect(terminal.showsCursor == (grid.cursor != nil))
            if let cursor = grid.cursor { #expect(terminal.cursor == cursor) }
            #expect(writer.write(grid, theme: Self.theme, size: size).isEmpty)
        }
    }

    @Test func trueColourIsTheThemesOwn() throws {
        var writer = writer()
        var grid = CellGrid(size: Size(width: 3, height: 1))
        grid.draw("abc", x: 0, y: 0, style: Style(.error))
        let text = String(decoding: writer.write(grid, theme: Self.theme, size: grid.size), as: UTF8.self)
        // red = "#ff7b72" on ground = "#10141b", in dark.toml.
        #expect(text.contains("38;2;255;123;114"))
        #expect(text.contains("48;2;16;20;27"))
    }

    @Test func eightColoursAreBrightByBold() {
        var writer = writer(.ansi16) { $0.colors = 8 }
        var grid = CellGrid(size: Size(width: 1, height: 1))
        grid.draw("x", x: 0, y: 0, style: Style(.accent))
        let text = String(decoding: writer.write(grid, theme: Self.theme, size: grid.size), as: UTF8.self)
        #expect(text.contains("\u{1B}[0;1;34m"))
    }

    @Test func littleIsSentForLittle() {
        let size = Size(width: 120, height: 40)
        var writer = writer()
        var grid = CellGrid(size: size)
        for y in 0..<size.height {
            let line = "row \(y) " + String(repeating: "data ", count: 20)
            grid.draw(line, x: 0, y: y, style: Style(y % 2 == 0 ? .text : .muted))
        }
        let whole = writer.write(grid, theme: Self.theme, size: size)
        #expect(whole.count < 40 * 120 + 40 * 40)
        grid.draw("1234", x: 60, y: 10)
        #expect(writer.write(grid, theme: Self.theme, size: size).count < 64)
        // Blanks at a row's end are one erasure.
        grid.fill(Rect(x: 10, y: 5, width: 110, height: 1))
        #expect(writer.write(grid, theme: Self.theme, size: size).count < 64)
    }

    @Test func coloursAreNotSaidAgain() {
        let size = Size(width: 40, height: 1)
        var writer = writer()
        var grid = CellGrid(size: size)
        grid.draw("bold", x: 0, y: 0, style: Style(.text, bold: true))
        grid.draw("plain", x: 5, y: 0, style: Style(.text))
        let text = String(decoding: writer.write(grid, theme: Self.theme, size: size), as: UTF8.self)
        // Losing the weight keeps the colours, and the blank between them is drawn with either.
        #expect(text.contains("bold \u{1B}[22mplain"))
        // Other ink on blanks is no difference.
        grid.fill(Rect(x: 12, y: 0, width: 20, height: 1), style: Style(.error, bold: true))
        #expect(writer.write(grid, theme: Self.theme, size: size).isEmpty)
        // A ground of its own is one.
        grid.fill(Rect(x: 12, y: 0, width: 20, height: 1), style: Style(.selection))
        #expect(!writer.write(grid, theme: Self.theme, size: size).isEmpty)
    }

    @Test func terminalsThatScrollKeepTheirLastCell() {
        var writer = writer { $0.scrollsAtLastCell = true }
        let size = Size(width: 4, height: 2)
        var grid = CellGrid(size: size)
        grid.fill(grid.bounds, "x")
        var terminal = TerminalModel(size: size)
        terminal.take(writer.write(grid, theme: .plain, size: size))
        #expect(terminal.row(0) == "xxxx" && terminal.row(1) == "xxx?")
    }

    @Test func otherSizesAreCutOrFilled() {
        var writer = writer()
        var grid = CellGrid(size: Size(width: 6, height: 2))
        grid.draw("abc漢d", x: 0, y: 0)
        var narrow = TerminalModel(size: Size(width: 4, height: 3))
        narrow.take(writer.write(grid, theme: .plain, size: narrow.size))
        #expect([narrow.row(0), narrow.row(1), narrow.row(2)] == ["abc ", "    ", "    "])
        var wide = TerminalModel(size: Size(width: 9, height: 1))
        wide.take(writer.write(grid, theme: .plain, size: wide.size))
        #expect(wide.row(0) == "abc漢d   ")
        #expect(narrow.faults.isEmpty && wide.faults.isEmpty)
        #expect(writer.write(grid, theme: .plain, size: Size(width: 0, height: 0)).count < 16)
    }

    @Test func asciiTerminalsGetASCII() {
        var writer = writer(.mono, .ascii)
        var grid = CellGrid(size: Size(width: 8, height: 1))
        grid.draw("─│⣿漢é", x: 0, y: 0)
        let bytes = writer.write(grid, theme: .plain, size: grid.size)
        #expect(bytes.allSatisfy { $0 < 0x7F })
        #expect(String(decoding: bytes, as: UTF8.self).contains("-|*? ?"))
    }

    /// Nothing that acts on a terminal comes out of a cell, even unsanitised.
    @Test func controlsInCellsAreNotSent() {
        var writer = writer()
        var grid = CellGrid(size: Size(width: 4, height: 1))
        grid[0, 0] = Cell("\u{1B}")
        grid[1, 0] = Cell("\u{9B}")
        grid[2, 0] = Cell("\u{202E}")
        grid[3, 0] = Cell("\r\n")
        var terminal = TerminalModel(size: grid.size)
        terminal.take(writer.write(grid, theme: .plain, size: grid.size))
        #expect(terminal.faults.isEmpty && terminal.row(0) == "????")
    }
}

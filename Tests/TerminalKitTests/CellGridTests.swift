import Testing

@testable import TerminalKit

@Suite struct CellGridTests {
    @Test func wideCharactersAreLeftOutAtTheEdge() {
        var grid = CellGrid(size: Size(width: 5, height: 1))
        #expect(grid.draw("a中文字", x: 0, y: 0) == 5)
        #expect(grid.line(0) == "a中文")
        grid = CellGrid(size: Size(width: 4, height: 1))
        #expect(grid.draw("a中文字", x: 0, y: 0) == 3)
        #expect(grid.line(0) == "a中")
    }

    @Test func overwritingHalfOfAWideCharacterBlanksTheOther() {
        var grid = CellGrid(size: Size(width: 6, height: 1))
        grid.draw("中文", x: 0, y: 0)
        grid.draw("x", x: 1, y: 0)
        #expect(grid.line(0) == " x文")
        grid.draw("y", x: 2, y: 0)
        #expect(grid.line(0) == " xy")
        grid.draw("中", x: 3, y: 0)
        grid.draw("文", x: 2, y: 0)
        #expect(grid.cells.map(\.character) == [" ", "x", "文", nil, " ", " "])
    }

    @Test func drawingStaysInsideItsClip() {
        var grid = CellGrid(size: Size(width: 8, height: 3))
        let clip = Rect(x: 2, y: 1, width: 3, height: 1)
        grid.draw("abcdefgh", x: 0, y: 1, clip: clip)
        grid.draw("abcdefgh", x: 0, y: 0, clip: clip)
        #expect(grid.lines == ["", "  cde", ""])
        // A wide character across the left edge is not half drawn.
        grid = CellGrid(size: Size(width: 8, height: 1))
        grid.draw("中文字", x: -1, y: 0)
        #expect(grid.line(0) == " 文字")
        for place in [(-100, 0), (100, 0), (0, -1), (0, 1)] { grid.draw("x", x: place.0, y: place.1) }
        #expect(grid.line(0) == " 文字")
    }

    @Test func gridsOfNoSizeTakeAnything() {
        for size in [
            Size(width: 0, height: 0), Size(width: 1, height: 0), Size(width: 0, height: 1), Size(width: -1, height: 5),
        ] {
            var grid = CellGrid(size: size)
            grid.draw("中x", x: 0, y: 0)
            grid.fill(Rect(x: -1, y: -1, width: 9, height: 9), "#")
            #expect(grid.cells.isEmpty)
        }
    }

    @Test func indicClustersTakeACellPerBase() {
        var grid = CellGrid(size: Size(width: 6, height: 1))
        #expect(grid.draw("क्षि|", x: 0, y: 0) == 4)
        #expect(grid[3, 0].character == "|")
    }

    @Test func styleReachesBothHalves() {
        var grid = CellGrid(size: Size(width: 2, height: 1))
        grid.draw("中", x: 0, y: 0, style: Style(.error))
        #expect(grid.cells.allSatisfy { $0.style.role == .error })
    }
}

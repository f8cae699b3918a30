import Foundation
import Testing

@testable import TerminalKit

@Suite struct ExportTests {
    @Test func picturesHaveTheThemesColours() throws {
        let theme = try #require(ThemeLibrary(userFolder: nil).theme(named: "dark"))
        var grid = CellGrid(size: Size(width: 10, height: 2))
        grid.draw("<a&b>", x: 0, y: 0, style: Style(.error))
        grid.draw("漢", x: 0, y: 1, style: Style(.selection))
        grid[9, 1] = Cell("\u{1B}")
        let svg = GridSVG(theme: theme).document(grid)
        #expect(svg.contains("fill=\"#ff7b72\"") && svg.contains("&lt;a&amp;b&gt;"))
        #expect(svg.contains("fill=\"#2c4a6e\"") && svg.contains(">漢<"))
        #expect(svg.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" })
        #expect(svg.contains("viewBox=\"0 0 100 50\""))
        #expect(RGB(1, 160, 255).hex == "#01a0ff")
    }

    @Test func aPictureScreenPressesItsKeysAndEnds() {
        let screen = PictureScreen(
            size: Size(width: 4, height: 1), glyphs: .unicode, keys: [(0.02, .enter), (0, .up)], seconds: 0.05)
        var keys: [Key] = []
        while true {
            let input = screen.wait(milliseconds: 1000)
            keys += input.keys
            if input.end != nil { break }
        }
        #expect(keys == [.up, .enter])
        screen.present(CellGrid(size: screen.size), theme: .plain)
        #expect(screen.frame?.theme == .plain)
    }
}

import TerminalKit
import Testing

@testable import Console

@Suite struct WidgetTests {
    @Test func wrapsAtBlanksByDisplayWidth() {
        #expect(WrappedText("one two three", width: 7).lines == ["one two", "three"])
        #expect(WrappedText("abcdefghij", width: 4).lines == ["abcd", "efgh", "ij"])
        #expect(WrappedText("漢字漢字", width: 5).lines == ["漢字", "漢字"])
        #expect(WrappedText("a\n\nb", width: 9).lines == ["a", "", "b"])
        #expect(WrappedText("漢", width: 1).lines == [""])
        for width in 1...20 {
            for line in WrappedText("The quick 漢字 brown fox", width: width).lines { #expect(line.columns <= width) }
        }
    }

    @Test func sharesAddUp() {
        #expect(Gauge.share(10, among: [1, 1]) == [5, 5])
        #expect(Gauge.share(10, among: [1000, 1, 0]) == [9, 1, 0])
        #expect(Gauge.share(0, among: [1]) == [0])
        #expect(Gauge.share(5, among: [0, 0]) == [0, 0])
        for cells in 1...40 { #expect(Gauge.share(cells, among: [3, 17, 5, 1]).reduce(0, +) == cells) }
        #expect(Gauge.share(2, among: [1, 1, 1, 1]).reduce(0, +) == 2)
        // Where not every part gets a cell, the small ones do not hide the large.
        #expect(Gauge.share(2, among: [76, 7, 5, 2, 10]) == [2, 0, 0, 0, 0])
        #expect(Gauge.share(3, among: [40, 1, 40, 1, 18]) == [1, 0, 1, 0, 1])
    }

    @Test func columnsDropByPriority() {
        let columns = [
            TableColumn("name", "name", 8, 20, .left, priority: 0), TableColumn("less", "less", 5, priority: 2),
            TableColumn("more", "more", 5, priority: 1),
        ]
        func ids(_ width: Int) -> [String] { Table(columns: columns, width: width).columns.map(\.column.id) }
        #expect(ids(30) == ["name", "less", "more"])
        #expect(ids(19) == ["name", "more"])
        #expect(ids(8) == ["name"])
        #expect(ids(1) == ["name"])
        #expect(Table(columns: columns, width: 100).columns.first?.width == 20)
    }

    @Test func piecesFlowWithoutBreaking() {
        let pieces = ["one", "two", "three", "a long one"].map { StyledLine($0) }
        #expect(StyledLine.flow(pieces, width: 9).map(\.text) == ["one  two", "three", "a long one"])
        #expect(StyledLine.flow(pieces, width: 80, gap: 1).map(\.text) == ["one two three a long one"])
        #expect(StyledLine.flow([], width: 9).isEmpty)
    }

    @Test func graphsFillFromTheRight() {
        var grid = CellGrid(size: Size(width: 5, height: 1))
        Graph([0, 1, 8]).draw(in: grid.bounds, on: &grid, glyphs: .unicode, style: Style())
        #expect(grid.line(0) == "   ▁█")
        var tall = CellGrid(size: Size(width: 2, height: 2))
        Graph([1, 1, 1, 1]).draw(in: tall.bounds, on: &tall, glyphs: .unicode, style: Style())
        #expect(tall.lines == ["⣿⣿", "⣿⣿"])
        Graph([.nan, .infinity, -1]).draw(in: tall.bounds, on: &tall, glyphs: .ascii, style: Style())
    }

    @Test func fieldScrollsToItsCursor() {
        var field = TextField("0123456789")
        var grid = CellGrid(size: Size(width: 5, height: 1))
        field.drawLine(in: grid.bounds, isFocused: true, on: &grid)
        #expect(grid.line(0) == "6789")
        #expect(grid.cursor?.x == 4)
        _ = field.handle(.home)
        var start = CellGrid(size: Size(width: 5, height: 1))
        field.drawLine(in: start.bounds, isFocused: true, on: &start)
        #expect(start.line(0) == "01234")
        #expect(start.cursor?.x == 0)
    }

    @Test func formats() {
        #expect(Format.bytes(1023) == "1023 B")
        #expect(Format.bytes(1024) == "1.0 KiB")
        #expect(Format.bytes(1_048_575) == "1.0 MiB")
        #expect(Format.duration(0.0042) == "4.2ms")
        #expect(Format.duration(0.4312) == "431ms")
        #expect(Format.duration(0.9999) == "1.00s")
        #expect(Format.duration(75) == "75.0s")
        #expect(Format.duration(192) == "3m12s")
        #expect(Format.span(93_784) == "1d02h")
        #expect(Format.decimal(-0.04, 1) == "0.0")
        #expect(Format.decimal(.nan, 1) == "?")
        #expect(Format.percent(1, of: 0) == "0%")
    }
}

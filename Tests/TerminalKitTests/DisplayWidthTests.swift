import CNcurses
import Testing

@testable import TerminalKit

@Suite struct DisplayWidthTests {
    @Test(arguments: [
        ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("中文", 4), ("ｆ", 2), ("한국", 4), ("\u{1112}\u{1161}\u{11AB}", 2),
        ("🤖", 2), ("⚠", 1), ("⚠\u{FE0F}", 2), ("👨‍👩‍👧", 2), ("👍🏽", 2), ("🇫🇷", 2), ("🇫🇷🇩🇪", 4), ("─│█⣿", 4), ("▲▼→", 3),
        ("a\u{200B}b", 2), ("\u{1B}[31m", 4), ("\u{7F}\u{9B}\n", 0), ("क्षि", 3), ("ท\u{E33}", 2),
        ("1\u{FE0F}\u{20E3}", 1),
        ("\u{1F1E6}", 1), ("…", 1), ("\u{FFFD}", 1), ("\u{AD}", 0), ("\u{3000}", 2),
    ])
    func widths(text: String, columns: Int) {
        #expect(DisplayWidth.of(text) == columns)
        var grid = CellGrid(size: Size(width: 40, height: 1))
        #expect(grid.draw(text, x: 0, y: 0) == columns, "a draw takes what was measured")
    }

    @Test func characterWidthsAreThoseOfTheirText() {
        for character in "a中é🤖⚠\u{FE0F}👍🏽🇫🇷\u{7}" {
            #expect(DisplayWidth.of(character) == DisplayWidth.of(String(character)))
        }
    }

    @Test func wideRangesAreAscendingAndDisjoint() {
        for (left, right) in zip(WideRanges.ranges, WideRanges.ranges.dropFirst()) {
            #expect(left.upperBound < right.lowerBound)
        }
    }

    /// ncurses counts with the C library's table; where ours differed, cells would shift.
    @Test func agreesWithTheCLibraryOnWhatTheSanitiserLetsThrough() throws {
        try #require(setlocale(LC_CTYPE, "C.UTF-8") != nil)
        var differing: [String] = []
        for value in UInt32(0x20)..<0x11_0000 {
            guard let scalar = Unicode.Scalar(value), !(0x1160...0x11FF).contains(value),
                Sanitiser.line("a" + String(scalar)).unicodeScalars.last == scalar
            else { continue }
            let library = Int(wcwidth(wchar_t(bitPattern: value)))
            if library != DisplayWidth.of(scalar) { differing.append(String(value, radix: 16) + " \(library)") }
        }
        #expect(differing.isEmpty)
    }

    @Test func clippingNeverSplitsAWideCharacter() {
        #expect(DisplayWidth.clip("中文字", to: 3) == "中")
        #expect(DisplayWidth.clip("中文字", to: 4) == "中文")
        #expect(DisplayWidth.clip("abc", to: 0).isEmpty)
        #expect(DisplayWidth.clip("abc", to: -1).isEmpty)
    }

    @Test func truncationKeepsWithinItsColumns() {
        #expect(DisplayWidth.truncate("adapter", to: 7) == "adapter")
        #expect(DisplayWidth.truncate("adapter", to: 6) == "adapt…")
        #expect(DisplayWidth.truncate("adapter", to: 6, ellipsis: "...") == "ada...")
        #expect(DisplayWidth.truncate("adapter", to: 1) == "…")
        #expect(DisplayWidth.truncate("adapter", to: 0).isEmpty)
        #expect(DisplayWidth.truncate("中文字幕", to: 4) == "中…")
        #expect(DisplayWidth.padRight("中文字幕", to: 6) == "中文… ")
    }

    @Test func paddingFillsExactly() {
        #expect(DisplayWidth.padRight("中", to: 4) == "中  ")
        #expect(DisplayWidth.padLeft("12", to: 4) == "  12")
        #expect(DisplayWidth.padLeft("12345", to: 4) == "123…")
        #expect(DisplayWidth.padRight("", to: 0).isEmpty)
    }
}

import TestSupport
import Testing

@testable import TerminalKit

@Suite struct SanitiserTests {
    @Test(arguments: [
        ("plain text, ünïcödé, 中文, 한국어", "plain text, ünïcödé, 中文, 한국어"),
        ("\u{1B}[31mred\u{1B}[0m", "\u{FFFD}[31mred\u{FFFD}[0m"),
        ("\u{1B}]0;title\u{7}", "\u{FFFD}]0;title\u{FFFD}"),
        ("csi \u{9B}31m del \u{7F}", "csi \u{FFFD}31m del \u{FFFD}"),
        ("a\nb\r\nc\rd\u{2028}e", "a↵b↵c↵d↵e"),
        ("a\tb", "a b"),
        ("user\u{202E}gpj.exe", "user\u{FFFD}gpj.exe"),
        ("\u{2066}x\u{2069}", "\u{FFFD}x\u{FFFD}"),
        ("zero\u{200B}width\u{FEFF}\u{2060}\u{AD}", "zerowidth"),
        ("\u{E000}\u{10FFFD}\u{FFFE}\u{378}", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
        ("tag\u{E0061}\u{E0062}\u{E007F}s", "tag\u{FFFD}s"),
        ("⚠\u{FE0F} warn", "⚠ warn"),
        ("👨‍👩‍👧 family", "👨 family"),
        ("👍🏽", "👍"),
        ("🇫🇷", "FR"),
        ("1\u{FE0F}\u{20E3}", "1"),
        ("e\u{301}\u{302}\u{303}\u{304}\u{305}", "e\u{301}\u{302}"),
        ("\u{301}x", "\u{FFFD}x"),
        ("\u{1112}\u{1161}\u{11AB}\u{1100}\u{1173}\u{11AF}", "한글"),
        ("\u{AC00}\u{11A8}", "각"),
        ("\u{1161}", "\u{FFFD}"),
        ("\u{115F}\u{3164}\u{A0}\u{2003}x", "  x"),
        ("\u{1FAE8}", "\u{FFFD}"),
        ("", ""),
    ])
    func oneLine(dirty: String, clean: String) {
        // Scalar by scalar: equality of strings would accept canonically equivalent ones.
        #expect(Array(Sanitiser.line(dirty).unicodeScalars) == Array(clean.unicodeScalars))
    }

    @Test func severalLinesKeepTheirBreaksAndExpandTabs() {
        #expect(Sanitiser.text("a\r\nb\rc\u{85}d\n\n") == "a\nb\nc\nd\n\n")
        #expect(Sanitiser.text("a\tb\n\tc\n中\td") == "a   b\n    c\n中  d")
        #expect(Sanitiser.text("x\n\u{301}y") == "x\n\u{FFFD}y")
    }

    @Test func longTextIsCut() {
        #expect(Sanitiser.line(String(repeating: "a", count: 100), limit: 10) == "aaaaaaaaaa…")
        #expect(Sanitiser.line("aaaaaaaaaa", limit: 10) == "aaaaaaaaaa")
        #expect(Sanitiser.text(String(repeating: "\t", count: 1 << 20), limit: 100).count <= 104)
        #expect(Sanitiser.line("a" + String(repeating: "\u{301}", count: 1 << 16)).unicodeScalars.count == 3)
    }

    @Test func anythingComesOutSafe() {
        var generator = SeededGenerator(seed: 7)
        // Ranges that hold what hurts, and everything.
        let ranges: [ClosedRange<UInt32>] = [
            0...0x9F, 0x300...0x36F, 0x600...0x6FF, 0x900...0x97F, 0x1100...0x11FF, 0x2000...0x206F, 0x20D0...0x20FF,
            0x2600...0x27BF, 0xAC00...0xAD00, 0xD7B0...0xD7FF, 0xE000...0xE010, 0xFE00...0xFE0F, 0xFFF0...0xFFFF,
            0x1F1E6...0x1F1FF, 0x1F300...0x1FAFF, 0xE0000...0xE01EF, 0...0x10FFFF,
        ]
        for round in 0..<4000 {
            var dirty = ""
            for _ in 0..<Int.random(in: 0...24, using: &generator) {
                let range = ranges[Int.random(in: 0..<ranges.count, using: &generator)]
                if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &generator)) {
                    dirty.unicodeScalars.append(scalar)
                }
            }
            let text = Sanitiser.text(dirty)
            var faults = faults(in: Sanitiser.line(dirty), keepsLines: false) + faults(in: text, keepsLines: true)
            // Scalar by scalar, as above.
            if Array(Sanitiser.text(text).unicodeScalars) != Array(text.unicodeScalars) {
                faults.append("changes again")
            }
            guard faults.isEmpty else {
                let scalars = dirty.unicodeScalars.map { String($0.value, radix: 16) }
                Issue.record("round \(round), \(scalars): \(faults)")
                return
            }
        }
    }

    /// Bytes that are no UTF-8 become replacement characters on their way into a string, and stay that.
    @Test func brokenBytesAreShown() {
        let bytes: [UInt8] = [0x61, 0xFF, 0xED, 0xA0, 0x80, 0x62]
        let clean = Sanitiser.line(String(decoding: bytes, as: UTF8.self))
        #expect(clean.hasPrefix("a\u{FFFD}"))
        #expect(clean.hasSuffix("\u{FFFD}b"))
    }

    /// What is wrong with a text that should be clean.
    private func faults(in text: String, keepsLines: Bool) -> [String] {
        var faults: [String] = []
        for scalar in text.unicodeScalars where !(keepsLines && scalar == "\n") {
            let properties = scalar.properties
            let isForbidden: Bool
            switch properties.generalCategory {
            case .control, .format, .privateUse, .surrogate, .unassigned, .lineSeparator, .paragraphSeparator,
                .enclosingMark:
                isForbidden = true
            default: isForbidden = properties.isDefaultIgnorableCodePoint || properties.isNoncharacterCodePoint
            }
            if isForbidden { faults.append("holds U+" + String(scalar.value, radix: 16)) }
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            var grid = CellGrid(size: Size(width: 200, height: 1))
            let width = DisplayWidth.of(line)
            if grid.draw(line, x: 0, y: 0) != width { faults.append("is drawn wider or narrower than measured") }
            let sum = line.unicodeScalars.reduce(0) { $0 + DisplayWidth.of($1) }
            if sum != width { faults.append("a scalar's width depends on its neighbours") }
            for cluster in CellClusters(line) where cluster.width == 0 || cluster.character.unicodeScalars.count > 3 {
                faults.append("has a cell of no width or of many marks")
            }
        }
        return faults
    }
}

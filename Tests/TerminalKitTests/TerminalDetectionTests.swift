import Testing

@testable import TerminalKit

@Suite struct TerminalDetectionTests {
    @Test(arguments: [
        ([:], ColorDepth.mono), (["TERM": "dumb"], .mono), (["TERM": "vt100"], .mono), (["TERM": "vt220"], .mono),
        (["TERM": "xterm"], .ansi16), (["TERM": "linux"], .ansi16), (["TERM": "screen"], .ansi16),
        (["TERM": "xterm-256color"], .indexed256), (["TERM": "tmux-256color"], .indexed256),
        (["TERM": "xterm-kitty"], .indexed256), (["TERM": "vte-256color"], .indexed256),
        (["TERM": "alacritty"], .indexed256),
        (["TERM": "xterm", "COLORTERM": "truecolor"], .truecolor),
        (["TERM": "xterm-256color", "COLORTERM": "24bit"], .truecolor), (["TERM": "xterm-direct"], .truecolor),
        (["TERM": "xterm-256color", "COLORTERM": "yes"], .indexed256),
        (["TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"], .mono),
        (["TERM": "xterm-256color", "NO_COLOR": ""], .indexed256), (["TERM": "dumb", "COLORTERM": "truecolor"], .mono),
    ])
    func depthOfAnEnvironment(environment: [String: String], depth: ColorDepth) {
        #expect(ColorDepth.detect(environment: environment) == depth)
    }

    @Test func aWishBeatsTheEnvironment() {
        #expect(ColorDepth.detect(environment: ["NO_COLOR": "1", "TERM": "xterm"], wish: .indexed256) == .indexed256)
        #expect(ColorDepth.detect(environment: ["TERM": "xterm-256color"], wish: .mono) == .mono)
        #expect(ColorDepth(word: "256") == .indexed256)
        #expect(ColorDepth(word: "None") == .mono)
        #expect(ColorDepth(word: "many") == nil)
    }

    @Test func descriptionsBoundWhatWasGuessed() {
        var abilities = TerminalAbilities()
        #expect(abilities.depth(detected: .indexed256, isWish: false) == .indexed256)
        // The environment's promise of true colour is more than descriptions know.
        #expect(abilities.depth(detected: .truecolor, isWish: false) == .truecolor)
        abilities.hasDirectColor = true
        #expect(abilities.depth(detected: .indexed256, isWish: false) == .truecolor)
        #expect(abilities.depth(detected: .indexed256, isWish: true) == .indexed256)
        (abilities.colors, abilities.hasDirectColor) = (8, false)
        #expect(abilities.depth(detected: .indexed256, isWish: false) == .ansi16)
        abilities.colors = 0
        #expect(abilities.depth(detected: .ansi16, isWish: false) == .mono)
        #expect(abilities.depth(detected: .ansi16, isWish: true) == .ansi16)
    }

    @Test(arguments: [
        ("xterm-256color", ColorDepth.indexed256, ["xterm-256color", "xterm", "vt100"]),
        ("xterm", .ansi16, ["xterm", "xterm-256color", "vt100"]),
        ("xterm", .truecolor, ["xterm-256color", "xterm", "vt100"]),
        ("xterm-ghostty", .indexed256, ["xterm-ghostty", "xterm-256color", "xterm", "vt100"]),
        ("foot", .indexed256, ["foot", "xterm-256color", "xterm", "vt100"]),
        (
            "tmux-256color", .indexed256,
            ["tmux-256color", "screen-256color", "screen", "xterm-256color", "xterm", "vt100"]
        ),
        ("vt220", .mono, ["vt220", "xterm", "vt100"]), ("strange", .ansi16, ["strange", "xterm", "vt100"]),
    ])
    func descriptionsToTry(term: String, depth: ColorDepth, names: [String]) {
        #expect(TerminalNames.candidates(for: term, depth: depth) == names)
    }

    @Test func glyphsNeedALocaleAndATerminal() {
        #expect(LocaleLadder.glyphs(.own, term: "xterm", wish: nil) == .unicode)
        #expect(LocaleLadder.glyphs(.own, term: "xterm", wish: .ascii) == .ascii)
        #expect(LocaleLadder.glyphs(.none, term: "xterm", wish: nil) == .ascii)
        #expect(LocaleLadder.glyphs(.fallback("C.UTF-8"), term: "xterm-256color", wish: nil) == .unicode)
        #expect(LocaleLadder.glyphs(.fallback("C.UTF-8"), term: "vt100", wish: nil) == .ascii)
        #expect(LocaleLadder.glyphs(.own, term: "xterm", wish: .blocks) == .blocks)
        #expect(LocaleLadder.glyphs(.none, term: "xterm", wish: .blocks) == .ascii)
        #expect(LocaleLadder.glyphs(.own, term: "linux", wish: nil) == .ascii)
    }

    /// Under the test runner neither end is a terminal.
    @Test func withoutATerminalThereIsAReason() {
        for error in [
            TerminalError.notATerminal("standard input"), .typeUnset, .typeTooSimple("dumb"),
            .typeUnknown("x\u{1B}[2J", tried: ["x\u{1B}[2J"]),
        ] {
            #expect(!error.description.contains("\u{1B}"))
            #expect(error.description.contains(" "))
        }
    }

    @Test func asciiStandsInForChrome() {
        let shown = "─│┌┼█⣿…→中".map { Character(Unicode.Scalar(AsciiGlyphs.substitute(for: $0))) }
        #expect(String(shown) == "-|++#*~>?")
    }
}

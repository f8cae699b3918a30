import DeckCore
import TerminalKit
import TestSupport
import Testing

@testable import Console

/// Every screen at sizes from nothing to very large: no crash, every box closed, nothing outside.
@Suite struct LayoutSweepTests {
    private static let widths = [1, 2, 3, 5, 8, 13, 20, 39, 40, 41, 60, 64, 79, 80, 100, 140, 200, 300]
    private static let heights = [1, 2, 4, 7, 9, 10, 11, 12, 14, 17, 18, 24, 30, 60, 100]

    /// A console in every state worth drawing.
    static func scripts(_ glyphs: GlyphSet, snapshot: DeckSnapshot = SampleDeck.snapshot()) -> [(String, Script)] {
        func made(_ name: String, _ change: (inout Script) -> Void) -> (String, Script) {
            var script = Script(width: 120, height: 40, glyphs: glyphs, snapshot: snapshot)
            change(&script)
            return (name, script)
        }
        return [
            made("overview") { _ in }, made("adapters") { $0.press(.character("2")) },
            made("filter") { $0.press(.character("2"), .character("/"), .character("a")) },
            made("command") { $0.press(.character(":"), .character("l")) },
            made("detail") { $0.press(.enter) },
            made("prompt") { $0.press(.character("7")) },
            made("answers") { script in
                script.press(.character(" "), .character(" "), .character(" "), .character("c"))
                script.type("Hello")
                script.press(.enter)
                for column in 0..<4 {
                    let text = String(repeating: "many words ", count: 40)
                    script.send(.prompt(session: 1, column: column, .token(id: 1, text: text, logprob: nil, top: [])))
                }
            },
            made("events") { $0.press(.character("8")) }, made("help") { $0.press(.character("?")) },
            made("evict") { script in
                script.select("pirate-games")
                script.press(.character("e"))
            },
            made("pages") { $0.press(.character("3")) }, made("page") { $0.press(.character("3"), .enter) },
            made("batch") { $0.press(.character("4")) }, made("step") { $0.press(.character("4"), .enter) },
            made("latency") { $0.press(.character("5")) }, made("requests") { $0.press(.character("6")) },
            made("request") { $0.press(.character("6"), .enter) }, made("history") { $0.press(.character("9")) },
            made("plan") { $0.press(.character("w")) },
            made("paused") { $0.press(.character("z")) },
        ] + SampleFleet.scripts(glyphs)
    }

    @Test(arguments: [GlyphSet.unicode, .ascii]) func everySize(_ glyphs: GlyphSet) {
        for (name, script) in Self.scripts(glyphs) {
            for width in Self.widths {
                for height in Self.heights {
                    var script = script
                    let size = Size(width: width, height: height)
                    script.send(.key(.resize(size)))
                    let grid = script.frame
                    #expect(grid.size == size)
                    #expect(grid.cells.count == width * height)
                    guard glyphs == .unicode else {
                        let foreign = grid.lines.joined().filter { !$0.isASCII }
                        #expect(foreign.isEmpty, "\(name) \(width)x\(height)")
                        continue
                    }
                    let dialog = name == "evict" ? "evict adapter" : nil
                    if let flaw = BoxCheck(grid).flaw(titled: dialog) {
                        Issue.record("\(name) \(width)x\(height): \(flaw)")
                    }
                }
            }
        }
    }

    /// The two glyph sets differ in characters only.
    @Test func asciiHasTheSameBorders() {
        for ((name, unicode), (_, ascii)) in zip(Self.scripts(.unicode), Self.scripts(.ascii)) {
            func borders(_ script: Script) -> [Bool] {
                script.frame.cells.map { $0.style.role == .border || $0.style.role == .borderFocused }
            }
            #expect(borders(unicode) == borders(ascii), "\(name)")
        }
    }

    @Test func beforeTheFirstSnapshot() {
        for size in [Size(width: 1, height: 1), Size(width: 40, height: 10), Size(width: 200, height: 60)] {
            var script = Script(width: size.width, height: size.height, snapshot: nil)
            for key in ["2", "3", "4", "5", "6", "9", "w", "7", "1", "8", "?"] {
                script.press(.character(Character(key)))
            }
            #expect(script.frame.size == size)
        }
    }

    @Test func smallScreensSayHowSmall() {
        let script = Script(width: 39, height: 9)
        #expect(script.shows("is 39x9"))
        #expect(script.shows("need 40x10"))
        var small = Script(width: 10, height: 3)
        #expect(small.press(.character("q")) == [.quit])
        small.press(.resize(Size(width: 80, height: 24)))
        #expect(small.shows("pirate-games"))
    }

    @Test(arguments: ScreenGoldenTests.sizes) func panelsDoNotOverlap(_ size: Size) {
        for (name, script) in Self.scripts(.unicode) {
            var script = script
            script.send(.resize(size))
            let regions = Regions(script.state)
            let panels = script.state.view.screen.panels(script.state, in: regions.content)
            let all = (panels + [regions.tabs, regions.stats, regions.message, regions.hints]).filter { !$0.isEmpty }
            for (index, first) in all.enumerated() {
                #expect(first.intersection(Rect(size)) == first, "\(name)")
                for second in all[(index + 1)...] {
                    #expect(first.intersection(second).isEmpty, "\(name): \(first) and \(second)")
                }
            }
            // Nothing is left unused between the panels.
            let covered = all.reduce(0) { $0 + $1.width * $1.height }
            #expect(covered == size.width * size.height, "\(name)")
        }
    }
}

import DeckCore
import TerminalKit
import TestSupport
import Testing

@testable import Console

/// Every screen of one fixed moment, at three sizes.
@Suite struct ScreenGoldenTests {
    static let sizes = [Size(width: 80, height: 24), Size(width: 120, height: 40), Size(width: 200, height: 60)]

    private func script(_ size: Size, _ glyphs: GlyphSet = .unicode) -> Script {
        Script(width: size.width, height: size.height, glyphs: glyphs)
    }

    private func name(_ view: String, _ size: Size) -> String { "\(view)-\(size.width)x\(size.height)" }

    @Test(arguments: sizes) func overview(_ size: Size) throws {
        try Goldens.check(script(size).lines, name("overview", size))
    }

    @Test(arguments: sizes) func adapters(_ size: Size) throws {
        var script = script(size)
        script.press(.character("2"))
        script.select("harbor-bank")
        script.press(.character(" "))
        try Goldens.check(script.lines, name("adapters", size))
    }

    @Test(arguments: sizes) func detail(_ size: Size) throws {
        var script = script(size)
        script.select("pirate-games")
        script.press(.enter)
        try Goldens.check(script.lines, name("detail", size))
    }

    @Test(arguments: sizes) func prompt(_ size: Size) throws {
        var script = script(size)
        script.select("pirate-games")
        script.press(.character(" "), .character("c"))
        script.type("Where is my parcel?")
        script.press(.enter)
        script.send(.tick(100.2))
        script.send(.prompt(session: 1, column: 0, .started(RequestID(808), promptTokens: [1, 2, 3])))
        script.send(.prompt(session: 1, column: 1, .started(RequestID(811), promptTokens: [1, 2, 3])))
        script.send(
            .prompt(session: 1, column: 0, .token(id: 1, text: "Your parcel is on its way", logprob: nil, top: [])))
        script.send(.tick(100.3))
        script.send(
            .prompt(session: 1, column: 0, .token(id: 2, text: " and will arrive tomorrow.", logprob: nil, top: [])))
        try Goldens.check(script.lines, name("prompt", size))
    }

    @Test(arguments: sizes) func events(_ size: Size) throws {
        var script = script(size)
        script.press(.character("8"))
        try Goldens.check(script.lines, name("events", size))
    }

    @Test(arguments: sizes) func help(_ size: Size) throws {
        var script = script(size)
        script.press(.character("?"))
        try Goldens.check(script.lines, name("help", size))
    }

    @Test(arguments: sizes) func eviction(_ size: Size) throws {
        var script = script(size)
        script.select("pirate-games")
        script.press(.character("e"))
        try Goldens.check(script.lines, name("evict", size))
    }

    @Test func overviewInASCII() throws {
        let size = Size(width: 80, height: 24)
        let lines = script(size, .ascii).lines
        try Goldens.check(lines, "overview-ascii-80x24")
        let foreign = lines.joined().filter { !$0.isASCII }
        #expect(foreign.isEmpty)
    }
}

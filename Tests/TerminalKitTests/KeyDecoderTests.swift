import CNcurses
import TestSupport
import Testing

@testable import TerminalKit

@Suite struct KeyDecoderTests {
    /// All keys of some scalars that arrive at once and are followed by a pause.
    private func keys(_ text: String) -> [Key] {
        var decoder = KeyDecoder()
        var keys = text.unicodeScalars.flatMap { decoder.take(.scalar($0.value)) }
        keys += decoder.finish()
        #expect(!decoder.isPending)
        return keys
    }

    @Test(arguments: [
        ("a", [Key.character("a")]), ("é中", [.character("é"), .character("中")]), ("\r", [.enter]), ("\n", [.enter]),
        ("\t", [.tab]), ("\u{7F}", [.backspace]), ("\u{8}", [.backspace]), ("\u{C}", [.control("l")]),
        ("\u{0}", [.control(" ")]), ("\u{1A}", [.control("z")]), ("\u{1C}", [.control("\\")]),
        ("\u{1B}", [.escape]), ("\u{1B}\u{1B}", [.escape, .escape]), ("\u{1B}x", [.escape, .character("x")]),
        ("\u{9B}", []), ("\u{E000}", []),
    ])
    func singleKeys(text: String, expected: [Key]) { #expect(keys(text) == expected) }

    @Test(arguments: [
        ("\u{1B}[A", [Key.up]), ("\u{1B}OB", [.down]), ("\u{1B}[1;5C", [.right]), ("\u{1B}[1;3D", [.left]),
        ("\u{1B}[Z", [.backTab]), ("\u{1B}[5~", [.pageUp]), ("\u{1B}[3;5~", [.delete]), ("\u{1B}OP", [.function(1)]),
        ("\u{1B}[15~", [.function(5)]), ("\u{1B}[24;2~", [.function(12)]), ("\u{1B}[27u", [.escape]),
        ("\u{1B}[1;5Aq", [.up, .character("q")]), ("\u{1B}[I\u{1B}[O", []), ("\u{1B}[?1;2c", []), ("\u{1B}[99~", []),
        ("\u{1B}[<0;10;5M", [.mouse(MouseEvent(x: 9, y: 4, action: .press))]),
        ("\u{1B}[<0;10;5m", [.mouse(MouseEvent(x: 9, y: 4, action: .release))]),
        ("\u{1B}[<65;1;1M", [.mouse(MouseEvent(x: 0, y: 0, action: .wheelDown))]),
        ("\u{1B}[<32;3;4M", [.mouse(MouseEvent(x: 2, y: 3, action: .drag))]),
        ("\u{1B}[<2;1;1M", [.mouse(MouseEvent(x: 0, y: 0, action: .press, button: .right))]),
        ("\u{1B}[<1;1;1m", [.mouse(MouseEvent(x: 0, y: 0, action: .release, button: .middle))]),
        (
            "\u{1B}[<80;300;200M",
            [.mouse(MouseEvent(x: 299, y: 199, action: .wheelUp, modifiers: .control))]
        ),
        ("\u{1B}[<28;1;1M", [.mouse(MouseEvent(x: 0, y: 0, action: .press, modifiers: [.shift, .alt, .control]))]),
        // Movement without a button, sideways wheels, more buttons, places beyond any screen, broken reports.
        ("\u{1B}[<35;1;1M\u{1B}[<66;1;1M\u{1B}[<128;1;1M\u{1B}[<0;99999;1M\u{1B}[<0;1M\u{1B}[<0;1;1X", []),
        ("\u{1B}[<0;-5;1M\u{1B}[<;;M\u{1B}[<M\u{1B}[<0;1;99999999999999999999M", []),
        // Of before SGR; an Escape that cuts a report off is not lost.
        ("\u{1B}[M !!", [.mouse(MouseEvent(x: 0, y: 0, action: .press))]),
        ("\u{1B}[M\u{1}\u{1}\u{1}x", [.character("x")]),
        ("\u{1B}[<0;1\u{1B}[A", [.up]),
        ("\u{1B}[[Aq", [.function(1), .character("q")]), ("\u{1B}[[Z", []), ("\u{1B}[3$x", [.delete, .character("x")]),
        ("\u{1B}[5^", [.pageUp]), ("\u{1B}Oa", [.up]), ("\u{1B}OM", [.enter]),
        // kitty's protocol and modifyOtherKeys, left on by an earlier program.
        ("\u{1B}[99;5u", [.control("c")]), ("\u{1B}[97;1:3u", []), ("\u{1B}[97u", [.character("a")]),
        ("\u{1B}[27;5;108~", [.control("l")]), ("\u{1B}[97;3u", []), ("\u{1B}[13u", [.enter]),
        ("\u{1B}[1;1:3A", []), ("\u{1B}[?2026;2$y", []),
        ("\u{1B}[<0;0;0M", []), ("\u{1B}[12", []), ("\u{1B}[99999999999999999999u", []),
    ])
    func sequencesThatNcursesDoesNotKnow(text: String, expected: [Key]) { #expect(keys(text) == expected) }

    @Test func endlessSequencesEnd() {
        let text = "\u{1B}[" + String(repeating: "1", count: 1000)
        #expect(keys(text).count < 1000)
    }

    /// Bytes of any kind end in keys and leave nothing pending.
    @Test func garbageEnds() {
        var random = SeededGenerator(seed: 7)
        let likely: [UInt32] = [
            0x1B, 0x1B, 0x5B, 0x4F, 0x3C, 0x3B, 0x4D, 0x6D, 0x30, 0x39, 0x7E, 0x41, 0x75, 0x3A, 0x24,
        ]
        for _ in 0..<20_000 {
            var decoder = KeyDecoder()
            for _ in 0..<Int.random(in: 1...24, using: &random) {
                let value =
                    Int.random(in: 0..<4, using: &random) > 0
                    ? likely.randomElement(using: &random) ?? 0 : UInt32.random(in: 0...0x11_0000, using: &random)
                for case .mouse(let event) in decoder.take(.scalar(value)) {
                    #expect(event.x >= 0 && event.y >= 0 && event.x < 10_000 && event.y < 10_000)
                }
            }
            _ = decoder.finish()
            #expect(!decoder.isPending)
        }
    }

    @Test func codesOfNcurses() {
        var decoder = KeyDecoder()
        let codes: [(Int32, Key)] = [
            (KEY_UP, .up), (KEY_BTAB, .backTab), (KEY_NPAGE, .pageDown), (KEY_F0 + 1, .function(1)),
            (KEY_F0 + 12, .function(12)), (KEY_ENTER, .enter), (KEY_DC, .delete), (KEY_BACKSPACE, .backspace),
        ]
        for (code, key) in codes { #expect(decoder.take(.code(code)) == [key]) }
        // The session tells sizes itself; unknown extended keys mean nothing.
        #expect(decoder.take(.code(KEY_RESIZE)).isEmpty)
        #expect(decoder.take(.code(567)).isEmpty)
        _ = decoder.take(.scalar(0x1B))
        #expect(decoder.take(.code(KEY_UP)) == [.escape, .up])
    }

    @Test func pastesComeWholeAndClean() {
        var decoder = KeyDecoder()
        #expect(decoder.take(.code(KeyDecoder.pasteBegin)).isEmpty)
        for scalar in "q\r\u{1B}[31mrm -rf\u{202E}\t".unicodeScalars {
            #expect(decoder.take(.scalar(scalar.value)).isEmpty)
        }
        #expect(decoder.take(.code(KEY_UP)).isEmpty)
        #expect("\u{1B}[<0;1;1M".unicodeScalars.allSatisfy { decoder.take(.scalar($0.value)).isEmpty })
        #expect(decoder.isPasting)
        #expect(decoder.take(.code(KeyDecoder.pasteEnd)) == [.paste("q\nrm -rf\u{FFFD} ")])
        #expect(!decoder.isPending)
        #expect(keys("\u{1B}[200~:evict all\u{1B}[201~x") == [.paste(":evict all"), .character("x")])
    }

    @Test func pastesAreBounded() throws {
        var decoder = KeyDecoder()
        _ = decoder.take(.code(KeyDecoder.pasteBegin))
        for _ in 0..<100_000 { _ = decoder.take(.scalar(0x4E2D)) }
        guard case .paste(let text) = try #require(decoder.take(.code(KeyDecoder.pasteEnd)).first) else {
            Issue.record("no paste")
            return
        }
        #expect(text.utf8.count <= KeyDecoder.pasteLimit)
        #expect(text.utf8.count > KeyDecoder.pasteLimit - 8)
    }

    @Test func aPasteWhoseEndWasLostEnds() {
        #expect(keys("\u{1B}[200~half") == [.paste("half")])
        #expect(keys("\u{1B}[201~") == [])
        #expect(keys("\u{1B}[200~\u{1B}[201~") == [])
    }
}

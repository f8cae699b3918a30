import TestSupport
import Testing

@testable import TerminalKit

@Suite struct KeyDecoderTests {
    /// All keys of bytes that arrive at once and are followed by silence.
    private func keys(_ bytes: [UInt8], _ decoder: KeyDecoder = KeyDecoder()) -> [Key] {
        var line = SlowLine(decoder)
        line.send(bytes, at: 1000)
        return line.end()
    }

    private func keys(_ text: String) -> [Key] { keys(Array(text.utf8)) }

    @Test(arguments: [
        ("a", [Key.character("a")]), ("é中🙂", [.character("é"), .character("中"), .character("🙂")]), ("\r", [.enter]),
        ("\n", [.enter]), ("\t", [.tab]), ("\u{7F}", [.backspace]), ("\u{8}", [.backspace]), ("\u{C}", [.control("l")]),
        ("\u{0}", [.control(" ")]), ("\u{1A}", [.control("z")]), ("\u{1C}", [.control("\\")]),
        ("\u{1B}", [.escape]), ("\u{1B}\u{1B}", [.escape, .escape]),
        ("\u{1B}\u{1B}\u{1B}", [.escape, .escape, .escape]),
        ("\u{E000}", []), ("\u{FFFD}", []),
    ])
    func singleKeys(text: String, expected: [Key]) { #expect(keys(text) == expected) }

    /// Alt is no plain character, and an Escape before it stays one.
    @Test(arguments: [
        ("\u{1B}x", [Key.alt("x")]), ("\u{1B}é", [.alt("é")]), ("\u{1B}1q", [.alt("1"), .character("q")]),
        ("\u{1B}\u{1B}e", [.escape, .alt("e")]), ("\u{1B}\r", []), ("\u{1B}\u{7F}", []), ("\u{1B}\t", [.backTab]),
        ("\u{1B}\u{1B}[A", [.up]), ("\u{1B}\u{1B}OP", [.function(1)]),
        ("\u{1B}\u{1B}[5~q", [.pageUp, .character("q")]),
        // An answer behind an Escape leaves the Escape.
        ("\u{1B}\u{1B}[?1;2c", [.escape]), ("\u{1B}\u{1B}]52;c;ZQ==\u{7}", [.escape]),
        ("\u{1B}\u{1B}[200~e\u{1B}[201~", [.escape, .paste("e")]),
    ])
    func alt(text: String, expected: [Key]) { #expect(keys(text) == expected) }

    @Test(arguments: [
        ("\u{1B}[A", [Key.up]), ("\u{1B}OB", [.down]), ("\u{1B}[1;5C", [.right]), ("\u{1B}[1;3D", [.left]),
        ("\u{1B}O5A", [.up]), ("\u{1B}O1;2P", [.function(1)]), ("\u{1B}[1;2R", [.function(3)]), ("\u{1B}[24;2R", []),
        ("\u{1B}[Z", [.backTab]), ("\u{1B}[5~", [.pageUp]), ("\u{1B}[3;5~", [.delete]), ("\u{1B}OP", [.function(1)]),
        ("\u{1B}[15~", [.function(5)]), ("\u{1B}[24;2~", [.function(12)]), ("\u{1B}[27u", [.escape]),
        ("\u{1B}[1;5Aq", [.up, .character("q")]), ("\u{1B}[99~", []),
        ("\u{1B}[[Aq", [.function(1), .character("q")]), ("\u{1B}[[Z", []), ("\u{1B}[3$x", [.delete, .character("x")]),
        ("\u{1B}[5^", [.pageUp]), ("\u{1B}[a\u{1B}[c", [.up, .right]), ("\u{1B}Oa", [.up]), ("\u{1B}OM", [.enter]),
        // The keypad in application mode: what stands beside its digits, and nothing where nothing does.
        ("\u{1B}Ow\u{1B}Ox\u{1B}Oy", [.home, .up, .pageUp]), ("\u{1B}Ok\u{1B}Om\u{1B}Oj\u{1B}Ou", []),
        // Controls inside a sequence do not end it, an Escape begins the next.
        ("\u{1B}[1\r;5A", [.up]), ("\u{1B}[<0;1\u{1B}[A", [.up]), ("\u{1B}[12", []),
        // Eight-bit controls, raw and as characters.
        ("\u{9B}A\u{8F}Pq", [.up, .function(1), .character("q")]), ("\u{9B}?1;2c", []), ("\u{9C}\u{85}", []),
    ])
    func sequences(text: String, expected: [Key]) { #expect(keys(text) == expected) }

    @Test(arguments: [
        // kitty's protocol and modifyOtherKeys, left on by an earlier program.
        ("\u{1B}[99;5u", [Key.control("c")]), ("\u{1B}[97;1:3u", []), ("\u{1B}[97u", [.character("a")]),
        ("\u{1B}[27;5;108~", [.control("l")]), ("\u{1B}[97;3u", [.alt("a")]), ("\u{1B}[13u", [.enter]),
        ("\u{1B}[1;1:3A", []), ("\u{1B}[13;2u", [.enter]), ("\u{1B}[9;2u", [.backTab]),
        // A letter with Shift is another key than without.
        ("\u{1B}[101;2u", [.character("E")]), ("\u{1B}[49:33;2u", [.character("!")]),
        ("\u{1B}[49;2;33u", [.character("!")]),
        ("\u{1B}[49;2u", []), ("\u{1B}[27;2;69~", [.character("E")]), ("\u{1B}[101;65u", [.character("E")]),
        ("\u{1B}[101;129u", [.character("e")]), ("\u{1B}[101;9u", []), ("\u{1B}[101;7u", []),
        ("\u{1B}[57421u", [.pageUp]), ("\u{1B}[57358u", []), ("\u{1B}[99999999999999999999u", []), ("\u{1B}[?5u", []),
    ])
    func keysWithTheirModifiers(text: String, expected: [Key]) { #expect(keys(text) == expected) }

    @Test(arguments: [
        ("\u{1B}[<0;10;5M", [Key.mouse(MouseEvent(x: 9, y: 4, action: .press))]),
        ("\u{1B}[<0;10;5m", [.mouse(MouseEvent(x: 9, y: 4, action: .release))]),
        ("\u{1B}[<65;1;1M", [.mouse(MouseEvent(x: 0, y: 0, action: .wheelDown))]),
        ("\u{1B}[<32;3;4M", [.mouse(MouseEvent(x: 2, y: 3, action: .drag))]),
        ("\u{1B}[<2;1;1M", [.mouse(MouseEvent(x: 0, y: 0, action: .press, button: .right))]),
        ("\u{1B}[<1;1;1m", [.mouse(MouseEvent(x: 0, y: 0, action: .release, button: .middle))]),
        ("\u{1B}[<80;300;200M", [.mouse(MouseEvent(x: 299, y: 199, action: .wheelUp, modifiers: .control))]),
        ("\u{1B}[<28;1;1M", [.mouse(MouseEvent(x: 0, y: 0, action: .press, modifiers: [.shift, .alt, .control]))]),
        // Movement without a button, sideways wheels, more buttons, places beyond any screen, broken reports.
        ("\u{1B}[<35;1;1M\u{1B}[<66;1;1M\u{1B}[<128;1;1M\u{1B}[<0;99999;1M\u{1B}[<0;1M\u{1B}[<0;1;1X", []),
        ("\u{1B}[<0;-5;1M\u{1B}[<;;M\u{1B}[<M\u{1B}[<0;1;99999999999999999999M\u{1B}[<0;0;0M", []),
        // Of before SGR: X10's and urxvt's.
        ("\u{1B}[M !!", [.mouse(MouseEvent(x: 0, y: 0, action: .press))]),
        ("\u{1B}[M\u{1}\u{1}\u{1}x", [.character("x")]), ("\u{1B}[M !\u{1B}[B", [.down]),
        ("\u{1B}[32;10;5M", [.mouse(MouseEvent(x: 9, y: 4, action: .press))]), ("\u{1B}[-9223372036854775808;1;1M", []),
    ])
    func mouse(text: String, expected: [Key]) { #expect(keys(text) == expected) }

    /// Bytes that are no UTF-8 press nothing; those of C1 controls begin what they begin.
    @Test(
        arguments: [
            ([0xFF, 0xC0, 0xC1, 0xF5, 0xA9, 0x78], [Key.character("x")]), ([0xC3, 0x78], [.character("x")]),
            ([0xE4, 0xB8, 0x78], [.character("x")]), ([0xED, 0xA0, 0x80, 0x78], [.character("x")]),
            ([0xE0, 0x80, 0x80, 0x78], [.character("x")]), ([0xF4, 0x90, 0x80, 0x80, 0x78], [.character("x")]),
            ([0xE4, 0xB8], []), ([0x9B, 0x41], [.up]), ([0x9B, 0x3F, 0x36, 0x63, 0x78], [.character("x")]),
            ([0x9D, 0x31, 0x31, 0x3B, 0x71, 0x9C, 0x78], [.character("x")]),
            ([0x90, 0x71, 0x1B, 0x5C, 0x78], [.character("x")]),
            // In a string of seven bits that byte is part of a character.
            ([0x1B, 0x5D, 0x6C, 0xC3, 0x9C, 0x71, 0x07, 0x78], [.character("x")]),
            ([0x1B, 0x5D, 0x6C, 0x71, 0xC2, 0x9C, 0x78], [.character("x")]), ([0x1B, 0xC2, 0x9B, 0x41], [.up]),
        ] as [([UInt8], [Key])])
    func bytesThatAreNoText(bytes: [UInt8], expected: [Key]) { #expect(keys(bytes) == expected) }

    @Test func aDescriptionsOwnSpellingGoesFirst() {
        let table = KeyTable([Array("\u{1B}[M".utf8): .function(1), Array("\u{1B}[224z".utf8): .function(2)])
        let decoder = KeyDecoder(table: table)
        #expect(keys(Array("\u{1B}[M\u{1B}[224zq".utf8), decoder) == [.function(1), .function(2), .character("q")])
    }

    /// Bytes of any kind end in keys and leave nothing pending.
    @Test func garbageEnds() {
        var random = SeededGenerator(seed: 7)
        let likely = Array("\u{1B}\u{1B}[O<;Mm09~Au:$]P_\\\u{7}".utf8)
        for _ in 0..<20_000 {
            var line = SlowLine(KeyDecoder())
            var time: Int64 = 0
            for _ in 0..<Int.random(in: 1...24, using: &random) {
                time += Int64.random(in: 0...40, using: &random)
                let byte =
                    Int.random(in: 0..<4, using: &random) > 0
                    ? likely.randomElement(using: &random) ?? 0 : UInt8.random(in: .min ... .max, using: &random)
                line.send([byte], at: time)
            }
            for case .mouse(let event) in line.end() {
                #expect(event.x >= 0 && event.y >= 0 && event.x < 10_000 && event.y < 10_000)
            }
        }
    }

    @Test func endlessSequencesEndWithNothing() {
        #expect(keys("\u{1B}[" + String(repeating: "1;", count: 10_000) + "Ax") == [.character("x")])
        #expect(keys("\u{1B}[" + String(repeating: "e\u{1B}[", count: 100)) == [])
    }
}

/// A decoder at the end of a line, with a clock of its own: what is due comes before what arrives later.
struct SlowLine {
    private var decoder: KeyDecoder
    private var keys: [Key] = []

    init(_ decoder: KeyDecoder) { self.decoder = decoder }

    mutating func send(_ bytes: some Sequence<UInt8>, at time: Int64) {
        while let deadline = decoder.deadline, deadline < time { keys += decoder.expire(at: deadline) }
        keys += decoder.take(bytes, at: time)
    }

    /// All keys, after a silence that leaves nothing pending.
    mutating func end() -> [Key] {
        for _ in 0..<4 { if let deadline = decoder.deadline { keys += decoder.expire(at: deadline) } }
        return decoder.deadline == nil ? keys : keys + [.paste("something is still pending")]
    }
}

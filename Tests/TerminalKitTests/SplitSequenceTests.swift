import TestSupport
import Testing

@testable import TerminalKit

/// Sequences cut at any byte and kept waiting for up to a second: the same keys as whole, and never a character.
@Suite struct SplitSequenceTests {
    private static let longestPause: Int64 = 1000

    /// Bytes cut at places with pauses, then a silence and an x that somebody types.
    private func keys(_ bytes: [UInt8], cuts: [(place: Int, pause: Int64)], wait: Int) -> [Key] {
        var line = SlowLine(KeyDecoder(escapeWait: wait))
        var time: Int64 = 5000
        var sent = 0
        for (place, pause) in cuts {
            line.send(bytes[sent..<place], at: time)
            sent = place
            time += pause
        }
        line.send(bytes[sent...], at: time)
        line.send([UInt8(ascii: "x")], at: time + 1500)
        return line.end()
    }

    private func check(_ bytes: [UInt8], _ whole: [Key], _ name: String, using random: inout SeededGenerator) {
        let expected = whole + [.character("x")]
        #expect(keys(bytes, cuts: [], wait: 25) == expected, "\(name) whole")
        for wait in [EscapeWait.local, EscapeWait.remote] {
            for cut in 1..<bytes.count {
                for _ in 0..<4 {
                    let pause = Int64.random(in: 0...Self.longestPause, using: &random)
                    // An ESC alone for longer than its wait is the key; the rest is what it was.
                    let isKey = cut == 1 && pause > wait
                    #expect(
                        keys(bytes, cuts: [(cut, pause)], wait: wait) == (isKey ? [.escape] : []) + expected,
                        "\(name) cut at \(cut) for \(pause) ms, Esc waits \(wait)")
                }
            }
            // Cut into pieces.
            for _ in 0..<6 where bytes.count > 3 {
                let cuts = (2..<bytes.count).filter { _ in Bool.random(using: &random) }.prefix(8).map {
                    (place: $0, pause: Int64.random(in: 0...Self.longestPause, using: &random))
                }
                #expect(keys(bytes, cuts: cuts, wait: wait) == expected, "\(name) cut \(cuts), Esc waits \(wait)")
            }
        }
    }

    @Test func theKeysOfTerminfo() {
        var random = SeededGenerator(seed: 30)
        #expect(KnownSequences.keys.count > 240)
        for capability in KnownSequences.keys {
            var line = SlowLine(KeyDecoder())
            line.send(capability.bytes, at: 0)
            let whole = line.end()
            if let key = KnownSequences.key(named: capability.name) { #expect(whole == [key], "\(capability)") }
            for case .character in whole { Issue.record("\(capability) is a character") }
            // ESC TAB of the kernel's console is two keys when it is cut.
            guard capability.bytes.count > 2 else { continue }
            check(capability.bytes, whole, capability.description, using: &random)
        }
    }

    @Test func theAnswersOfXterm() {
        var random = SeededGenerator(seed: 31)
        for answer in KnownSequences.answers {
            check([0x1B] + Array(answer.utf8), [], answer.debugDescription, using: &random)
        }
    }

    /// The same with eight-bit controls, raw and as UTF-8: no pause can be taken for an Escape key.
    @Test func theAnswersInEightBits() {
        var random = SeededGenerator(seed: 32)
        let ends: [(String, [UInt8], [UInt8])] = [("\u{1B}\\", [0x9C], [0xC2, 0x9C]), ("\u{7}", [0x07], [0x07])]
        for answer in KnownSequences.answers {
            let bytes = Array(answer.utf8)
            let control = bytes[0] + 0x40
            var body = Array(bytes.dropFirst())
            var (raw, encoded): ([UInt8], [UInt8]) = ([], [])
            for (end, short, long) in ends where answer.hasSuffix(end) {
                body.removeLast(end.utf8.count)
                (raw, encoded) = (short, long)
            }
            for whole in [[control] + body + raw, [0xC2, control] + body + encoded] {
                for cut in 1..<whole.count {
                    let pause = Int64.random(in: 0...Self.longestPause, using: &random)
                    #expect(keys(whole, cuts: [(cut, pause)], wait: 25) == [.character("x")], "\(whole) cut at \(cut)")
                }
            }
        }
    }

    @Test func stringsWithJunkPressNothing() {
        var random = SeededGenerator(seed: 33)
        for _ in 0..<3000 {
            var junk = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                UInt8.random(in: .min ... .max, using: &random)
            }
            // What ends a string is left out: BEL, and the second byte of each ST.
            junk.removeAll { [0x07, 0x5C, 0x9C].contains($0) }
            let begin = "]P_^X".utf8.randomElement(using: &random) ?? 0
            let bytes = [0x1B, begin] + junk + [0x1B, 0x5C]
            let cuts = (2..<bytes.count).filter { _ in Int.random(in: 0..<8, using: &random) == 0 }.prefix(8).map {
                (place: $0, pause: Int64.random(in: 0...Self.longestPause, using: &random))
            }
            #expect(keys(bytes, cuts: cuts, wait: 25) == [.character("x")], "\(bytes)")
        }
    }

    /// A string without an end is over after a silence; one that goes on for ever, at its first pause.
    @Test func stringsAreLimited() {
        var line = SlowLine(KeyDecoder())
        line.send("\u{1B}]11;rgb:1e1e/1e".utf8, at: 0)
        line.send("q".utf8, at: 1300)
        #expect(line.end() == [.character("q")])

        var flood = SlowLine(KeyDecoder())
        for second in 0..<12 { flood.send("\u{1B}]eeee".utf8, at: Int64(second * 1000)) }
        flood.send("q".utf8, at: 12_000)
        #expect(flood.end() == [.character("q")])

        var long = SlowLine(KeyDecoder())
        long.send("\u{1B}]52;c;".utf8 + Array(repeating: UInt8(ascii: "e"), count: 2 << 20), at: 0)
        long.send("e".utf8, at: 90)
        long.send("q".utf8, at: 300)
        #expect(long.end() == [.character("q")])
    }

    /// A person's Escape and what is typed after it.
    @Test(
        arguments: [
            (25, 15, "j", [Key.escape, .character("j")]), (25, 400, "[", [.escape, .character("[")]),
            (25, 400, "O", [.escape, .character("O")]), (25, 400, "X", [.escape, .character("X")]),
            (25, 400, "[A", [.escape, .up]), (25, 400, "OP", [.escape, .function(1)]),
            (250, 100, "j", [.escape, .character("j")]),
            (250, 100, "[A", [.up]), (250, 200, "OP", [.function(1)]), (250, 200, "[I", []),
            (250, 100, "\u{1B}", [.escape, .escape]),
            (250, 100, "\u{1B}[A", [.escape, .up]), (25, 1300, "[A", [.escape, .character("["), .character("A")]),
        ] as [(Int, Int64, String, [Key])])
    func typedAfterEscape(wait: Int, pause: Int64, text: String, expected: [Key]) {
        var line = SlowLine(KeyDecoder(escapeWait: wait))
        line.send([0x1B], at: 0)
        line.send(text.utf8, at: pause)
        #expect(line.end() == expected)
    }

    @Test func theWaitGoesByTheLine() {
        #expect(EscapeWait.milliseconds(wish: nil, environment: ["TERM": "xterm"]) == EscapeWait.local)
        for variable in ["SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT", "MOSH_SERVER_NETWORK_TMOUT"] {
            #expect(EscapeWait.milliseconds(wish: nil, environment: [variable: "1"]) == EscapeWait.remote)
        }
        #expect(EscapeWait.milliseconds(wish: nil, environment: ["SSH_TTY": ""]) == EscapeWait.local)
        #expect(EscapeWait.milliseconds(wish: 80, environment: ["SSH_TTY": "/dev/pts/1"]) == 80)
        #expect(EscapeWait.milliseconds(wish: 0, environment: [:]) == 1)
    }
}

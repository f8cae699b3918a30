import TestSupport
import Testing

@testable import TerminalKit

/// Bracketed pastes, however they come.
@Suite struct PasteTests {
    private func keys(_ text: String) -> [Key] {
        var line = SlowLine(KeyDecoder())
        line.send(text.utf8, at: 0)
        return line.end()
    }

    @Test func comesWholeAndClean() {
        #expect(
            keys("\u{1B}[200~q\r\u{1B}[31mrm -rf\u{202E}\t\u{1B}[<0;1;1M\u{1B}[A\u{1B}[201~x")
                == [.paste("q\nrm -rf\u{FFFD} "), .character("x")])
        #expect(keys("\u{1B}[200~:evict all\u{1B}[201~x") == [.paste(":evict all"), .character("x")])
        #expect(keys("\u{1B}[200~\u{1B}[201~") == [])
        #expect(keys("\u{1B}[201~") == [])
    }

    /// Marks and characters cut at any byte, with any pause, are marks and characters.
    @Test func isSplitAnywhere() {
        let text = "größe中 🙂"
        // Two marks that break off among it.
        let bytes = Array("\u{1B}[200~größe\u{1B}[201中 🙂\u{1B}[20\u{1B}[201~x".utf8)
        for cut in 2..<bytes.count {
            for pause in [1, 30, 300, 1000] as [Int64] {
                var line = SlowLine(KeyDecoder())
                line.send(bytes[..<cut], at: 0)
                line.send(bytes[cut...], at: pause)
                let keys = line.end()
                #expect(keys == [.paste(text), .character("x")], "cut at \(cut), \(pause) ms")
            }
        }
    }

    @Test func isBounded() throws {
        for character in ["中", "é", "a", "🙂"] {
            let text = String(repeating: character, count: 100_000)
            guard case .paste(let text)? = keys("\u{1B}[200~\(text)\u{1B}[201~").first else {
                Issue.record("no paste")
                return
            }
            #expect(text.utf8.count <= PasteCollector.limit && text.utf8.count > PasteCollector.limit - 8)
            #expect(text.allSatisfy { String($0) == character })
        }
    }

    /// Without its end mark it is still a paste, and what is typed after a silence is typed.
    @Test func endsWithoutItsEnd() {
        var line = SlowLine(KeyDecoder())
        line.send("\u{1B}[200~half".utf8, at: 0)
        line.send(" of it".utf8, at: 1000)
        line.send("x".utf8, at: 3100)
        #expect(line.end() == [.paste("half of it"), .character("x")])
    }
}

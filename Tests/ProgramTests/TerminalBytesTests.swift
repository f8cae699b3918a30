import Foundation
import TestSupport
import Testing

extension RealProgram {
    /// Bytes that nobody typed, on the real program: public cases 30 to 34 and what is like them.
    @Suite(.serialized) struct TerminalBytesTests {
        private static let st = "\u{1B}\\"

        /// Answers of terminals, whole and split: the screen stays what it was, and the next key works.
        @Test func answersPressNothing() throws {
            let terminal = try RawTerminal()
            try terminal.waitUntil("the overview") { screen in
                screen.contains { $0.contains("[overview]") } && screen.contains { $0.contains("adapters 8") }
            }
            let answers = [
                "\u{1B}]52;c;ZQ==\u{7}", "\u{1B}]52;c;aGV5IGV2ZXJ5Ym9keQ==\(Self.st)",
                "\u{1B}]11;rgb:1e1e/1e1e/2e2e\(Self.st)", "\u{1B}]11;rgb:1e1e/1e1e/2e2e\u{7}",
                "\u{1B}P>|XTerm(390)\(Self.st)", "\u{1B}P1$r0m\(Self.st)", "\u{1B}_Gi=1;OK\(Self.st)",
                "\u{1B}P1+r544e=787465726D\(Self.st)", "\u{1B}^QeX\(Self.st)", "\u{1B}XQeX\(Self.st)",
                "\u{1B}[?61;4;6;7;22;28c", "\u{1B}[>0;10;1c", "\u{1B}[24;80R", "\u{1B}[?2026;2$y", "\u{1B}[?997;1n",
            ]
            for answer in answers {
                try terminal.send((0, answer))
                try Self.unmoved(terminal, by: answer)
            }
            // Split behind its beginning, for longer than any wait for Escape.
            for answer in answers {
                let cut = answer.index(answer.startIndex, offsetBy: min(3, answer.count - 1))
                try terminal.send((0, String(answer[..<cut])), (300, String(answer[cut...])))
                try Self.unmoved(terminal, by: answer)
            }
        }

        /// Nothing lies over the overview and nothing was said; a person's key still works.
        private static func unmoved(_ terminal: RawTerminal, by bytes: String) throws {
            try terminal.press("2")
            try terminal.waitFor("2[adapters]")
            try terminal.press("1")
            let screen = try terminal.waitFor("1[overview]")
            for sign in ["[ Cancel ]", "- help ", "sorted by", "refresh at most", "- plan", "HISTORY", "ignored"] {
                #expect(!screen.contains { $0.contains(sign) }, "\(sign) after \(bytes.debugDescription)")
            }
            #expect(!screen.contains { $0.hasPrefix(":") }, "a command line after \(bytes.debugDescription)")
        }

        /// ESC, 100 ms, the rest: on a remote line the key, on a local one Escape and the key. Never `[` or `A`.
        @Test(arguments: [["SSH_CONNECTION": "10.0.0.2 50000 10.0.0.1 22"], ["SSH_TTY": "/dev/pts/0"], [:]])
        func keysWhoseEscapeComesAlone(_ environment: [String: String]) throws {
            let terminal = try RawTerminal(environment: environment)
            try terminal.waitFor("adapters 8")
            try terminal.press("8")
            try terminal.waitFor("8[events]")
            try terminal.press("2")
            try terminal.waitFor("2[adapters]")
            try terminal.press("g")
            try terminal.waitFor("> base")
            if environment.isEmpty {
                // An Escape goes back first here, and says so.
                try terminal.send((60, "\u{1B}"), (100, "[B"))
                try terminal.waitFor("8[events]")
                try terminal.press("2")
                try terminal.waitFor("2[adapters]")
            } else {
                try terminal.send((60, "\u{1B}"), (100, "[B"))
                try terminal.waitFor("> boutique-fr")
                try terminal.send((60, "\u{1B}"), (100, "[A"))
                try terminal.waitFor("> base")
                try terminal.send((60, "\u{1B}"), (100, "OB"))
                try terminal.waitFor("> boutique-fr")
            }
            for report in ["[I", "[O", "[C", "[D"] { try terminal.send((60, "\u{1B}"), (100, report)) }
            try terminal.send((300, "\u{1B}"), (100, "OP"))
            try terminal.waitFor("- help ")
            #expect(!terminal.shows("[ Cancel ]") && !terminal.shows("HISTORY"))
        }

        /// The wait is a setting.
        @Test func theWaitOfEscapeIsASetting() throws {
            let terminal = try RawTerminal(environment: ["LORADECK_ESCAPE_WAIT": "600"])
            try terminal.waitFor("adapters 8")
            try terminal.press("2")
            try terminal.waitFor("2[adapters]")
            try terminal.press("g")
            try terminal.waitFor("> base")
            try terminal.send((60, "\u{1B}"), (400, "[B"))
            try terminal.waitFor("> boutique-fr")
        }

        /// In one write without brackets: what is opened asks, and waits for a person.
        @Test(arguments: ["e\t\r", "X\t\r", "hey everybody\r"]) func aBurstAnswersNoQuestion(_ text: String) throws {
            let terminal = try RawTerminal()
            try terminal.waitFor("adapters 8")
            for key in [":", "load pirate-games", "\r"] { try terminal.press(key) }
            try terminal.waitFor("loaded pirate-games")
            for key in ["2", "/", "pirate", "\r"] { try terminal.press(key) }
            try terminal.waitUntil("the adapter") { screen in
                screen.contains { $0.contains("> pirate-games") && $0.contains("resident") }
            }
            try terminal.send((60, text))
            try terminal.waitFor("[ Cancel ]")
            try terminal.waitFor("of a paste ignored: the question waits for a key by itself")
            try terminal.press("n")
            try terminal.waitFor("cancelled: nothing was done")
            #expect(terminal.screen.contains { $0.contains("> pirate-games") && $0.contains("resident") })
        }

        /// A bracketed paste whose marks a slow line cuts is one paste, and presses nothing.
        @Test func aPasteCutBySlowLines() throws {
            let terminal = try RawTerminal(environment: ["SSH_TTY": "/dev/pts/0"])
            try terminal.waitFor("adapters 8")
            try terminal.send(
                (60, "\u{1B}"), (150, "[20"), (200, "0~Qe\tX"), (700, "\rhey\u{1B}[2"), (300, "01"), (200, "~"))
            try Self.unmoved(terminal, by: "a paste")
            try terminal.press(":")
            try terminal.waitFor(":")
            try terminal.send((60, "\u{1B}[200~load pirate-"), (600, "games\u{1B}[20"), (300, "1~"))
            try terminal.waitFor("load pirate-games")
            try terminal.press("\r")
            try terminal.waitFor("loaded pirate-games")
        }
    }
}

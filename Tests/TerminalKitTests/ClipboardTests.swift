import Foundation
import TestSupport
import Testing

@testable import TerminalKit

@Suite struct ClipboardTests {
    private func plan(_ text: String, _ environment: [String: String]) -> Clipboard.Plan {
        Clipboard(environment: ["TERM": "xterm-256color"].merging(environment) { $1 }).plan(text)
    }

    @Test func goesThroughTheTerminal() {
        let expected = Array("\u{1B}]52;c;aGVsbG8=\u{7}".utf8)
        #expect(plan("hello", [:]) == .sequence(expected, way: "through the terminal (OSC 52)"))
    }

    @Test func insideTmuxItIsTmuxsBuffer() {
        #expect(plan("hello", ["TMUX": "/tmp/x,1,0"]) == .tmuxBuffer("hello"))
        var sent: [UInt8] = []
        let here = Clipboard(environment: ["TERM": "screen", "TMUX": "/nowhere"])
        // Without a tmux that answers, its passthrough carries the sequence, each Escape doubled.
        if case .sent(let way) = here.copy("x", send: { sent += $0 }), way.contains("OSC 52") {
            #expect(String(decoding: sent, as: UTF8.self) == "\u{1B}Ptmux;\u{1B}\u{1B}]52;c;eA==\u{7}\u{1B}\\")
        }
    }

    @Test func screenGetsSmallStrings() throws {
        guard case .sequence(let bytes, _) = plan(String(repeating: "a", count: 3000), ["STY": "1.pts"]) else {
            Issue.record("no sequence")
            return
        }
        let pieces = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\u{1B}\\")
        #expect(pieces.count > 4)
        #expect(pieces.dropLast().allSatisfy { $0.hasPrefix("\u{1B}P") && $0.utf8.count < 768 })
    }

    @Test func whatCannotBeIsRefusedWithAReason() {
        for term in ["dumb", "", "linux", "vt100"] {
            guard case .refuse(let reason) = plan("x", ["TERM": term]) else {
                Issue.record("\(term) was not refused")
                continue
            }
            #expect(reason.contains("no clipboard"))
        }
        // The limit is on what is sent: 56,244 bytes make 74,992 characters.
        guard case .sequence = plan(String(repeating: "x", count: 56_244), [:]) else {
            Issue.record("refused below the limit")
            return
        }
        guard case .refuse(let reason) = plan(String(repeating: "x", count: 56_248), [:]) else {
            Issue.record("not refused above the limit")
            return
        }
        #expect(reason.contains("54 KiB"))
        #expect(plan("", [:]) == .refuse("there is nothing to copy"))
        #expect(ClipboardOutcome.refused("why").message == "not copied: why")
    }

    @Test func nothingThatActsIsCopied() {
        guard case .tmuxBuffer(let text) = plan("a\u{1B}[31m\u{202E}b\nc", ["TMUX": "x"]) else {
            Issue.record("no text")
            return
        }
        #expect(!text.unicodeScalars.contains("\u{1B}") && !text.unicodeScalars.contains("\u{202E}"))
        #expect(text.hasSuffix("b\nc"))
    }
}

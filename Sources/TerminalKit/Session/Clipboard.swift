import CTerminal
import Foundation

/// What became of a text that was to be copied.
public enum ClipboardOutcome: Hashable, Sendable {
    /// Handed on; whether it arrives is up to the terminals on the way. The string says to whom.
    case sent(String)
    /// Why not.
    case refused(String)

    /// For the line that answers the key.
    public var message: String {
        switch self {
        case .sent(let way): "copied \(way)"
        case .refused(let reason): "not copied: \(reason)"
        }
    }

    public var succeeded: Bool {
        if case .sent = self { true } else { false }
    }
}

/// The way to the clipboard of the machine that the user sits at, which may be far away: OSC 52 through the terminal, or
/// tmux's own buffer, which forwards it (after k9s and helix).
///
/// tmux drops OSC 52 from its panes by default, and hands `load-buffer -w` on by default.
struct Clipboard {
    /// How a text would be copied.
    enum Plan: Hashable {
        case refuse(String)
        case tmuxBuffer(String)
        /// Bytes for the terminal.
        case sequence([UInt8], way: String)
    }

    /// Terminals drop longer sequences (xterm's limit, hterm's documentation of OSC 52).
    static let largestEncoded = 74_994

    private let environment: [String: String]

    init(environment: [String: String]) { self.environment = environment }

    func plan(_ text: String) -> Plan {
        let term = environment["TERM"] ?? ""
        guard !term.isEmpty, term != "dumb", !TerminalNames.isPlain(term) else {
            return .refuse("the terminal '\(Sanitiser.line(term, limit: 64))' has no clipboard")
        }
        // The clipboard is a way to other programs: nothing that acts on a terminal goes there.
        let safe = Sanitiser.text(text)
        guard !safe.isEmpty else { return .refuse("there is nothing to copy") }
        let encoded = Data(safe.utf8).base64EncodedString()
        guard encoded.utf8.count <= Self.largestEncoded else {
            let kilobytes = safe.utf8.count >> 10
            return .refuse("\(kilobytes) KiB are more than terminals take (\(Self.largestEncoded * 3 / 4 / 1024) KiB)")
        }
        if isSet("TMUX") { return .tmuxBuffer(safe) }
        return .sequence(sequence(encoded), way: "through the terminal (OSC 52)")
    }

    /// Copies, with `send` for what goes to the terminal.
    func copy(_ text: String, send: ([UInt8]) -> Void) -> ClipboardOutcome {
        switch plan(text) {
        case .refuse(let reason): return .refused(reason)
        case .sequence(let bytes, let way):
            send(bytes)
            return .sent(way)
        case .tmuxBuffer(let safe):
            let bytes = Array(safe.utf8)
            if terminal_feed(["tmux", "load-buffer", "-w", "-"], bytes) { return .sent("to tmux's buffer and beyond") }
            // No tmux program here (another host's, by a forwarded variable): through its passthrough.
            send(sequence(Data(bytes).base64EncodedString()))
            return .sent("through tmux (OSC 52), if it lets it pass")
        }
    }

    private func isSet(_ name: String) -> Bool { !(environment[name] ?? "").isEmpty }

    private func sequence(_ encoded: String) -> [UInt8] {
        let plain = "\u{1B}]52;c;\(encoded)\u{07}"
        if isSet("TMUX") {
            return Array("\u{1B}Ptmux;\(plain.replacing("\u{1B}", with: "\u{1B}\u{1B}"))\u{1B}\\".utf8)
        }
        // GNU screen takes strings of 768 bytes at most.
        if isSet("STY") {
            var bytes: [UInt8] = []
            var rest = Array(plain.utf8)[...]
            while !rest.isEmpty {
                bytes += Array("\u{1B}P".utf8) + rest.prefix(Self.screenChunk) + Array("\u{1B}\\".utf8)
                rest = rest.dropFirst(Self.screenChunk)
            }
            return bytes
        }
        return Array(plain.utf8)
    }

    private static let screenChunk = 760
}

/// Runs a program with `input` as its standard input and its output dropped; true when it ended with 0.
private func terminal_feed(_ command: [String], _ input: [UInt8]) -> Bool {
    var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
    defer { for argument in arguments { free(argument) } }
    arguments.append(nil)
    return terminal_run_with_input(&arguments, input, input.count) == 0
}

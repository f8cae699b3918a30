/// What a user may decide about the terminal; the rest is found out.
public struct TerminalOptions: Sendable {
    /// What to draw with at most, whatever the locale says; nil lets locale and terminal decide.
    public var glyphs: GlyphSet?
    /// Colours to use at most; nil lets the environment decide (`NO_COLOR`, `COLORTERM`, `TERM`).
    public var color: ColorDepth?
    /// Take mouse clicks and the wheel from the terminal. Off leaves selecting text to the terminal.
    public var mouse = true
    /// Bracket every frame with the synchronised-update markers (`CSI ? 2026 h/l`), which terminals that do not know them
    /// ignore.
    public var synchronisedOutput = true
    /// Milliseconds that a lone ESC waits for the rest of a sequence; nil lets the line decide, as `EscapeWait` does.
    public var escapeWait: Int?

    public init() {}
}

/// Why there can be no console here. The description is one sentence that says what to do.
public enum TerminalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// "standard input" or "standard output" is a pipe, a file or closed.
    case notATerminal(String)
    case typeUnset
    case typeTooSimple(String)
    case typeUnknown(String, tried: [String])

    public var description: String {
        switch self {
        case .notATerminal(let stream):
            "the console needs a terminal, but \(stream) is not one; run it in a terminal, or use a command without a screen"
        case .typeUnset:
            "the TERM variable is not set, so the terminal's abilities are unknown; set it, for example TERM=xterm-256color"
        case .typeTooSimple(let name):
            "the terminal type is '\(name)', which cannot place text on the screen; set TERM to what the terminal is, "
                + "for example xterm-256color"
        case .typeUnknown(let name, let tried):
            "no terminal description was found for '\(Sanitiser.line(name, limit: 64))' "
                + "(tried \(tried.map { Sanitiser.line($0, limit: 64) }.joined(separator: ", "))); "
                + "install the ncurses-term package or set TERM=xterm"
        }
    }
}

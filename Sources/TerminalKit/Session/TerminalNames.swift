/// Which terminfo entries to try for a terminal.
///
/// Over SSH, TERM often names an entry that the host does not have (kitty, ghostty, foot); a console that then refuses is
/// a well-known complaint (kovidgoyal/kitty#579, ghostty#3160), so a close relative is taken instead.
public enum TerminalNames {
    /// Names whose terminals understand xterm's sequences and 256 colours.
    private static let modern = [
        "kitty", "ghostty", "foot", "alacritty", "wezterm", "contour", "rio", "konsole", "vte", "gnome", "iterm",
        "mintty",
        "termite", "putty", "st-", "-direct",
    ]

    static func isModern(_ term: String) -> Bool { modern.contains { term.lowercased().contains($0) } }

    /// Entries in the order of trying: the name itself, or its 256-colour sibling first where more colours are known to
    /// be there than the name admits.
    public static func candidates(for term: String, depth: ColorDepth) -> [String] {
        var names: [String] = []
        if depth >= .indexed256, ["xterm", "screen", "tmux"].contains(term) { names.append(term + "-256color") }
        names.append(term)
        if term.hasPrefix("tmux") || term.hasPrefix("screen") { names += ["screen-256color", "screen"] }
        if term.hasPrefix("xterm") || isModern(term) || term.contains("256color") { names.append("xterm-256color") }
        names += ["xterm", "vt100"]
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    /// Terminals that draw no more than ASCII reliably: hardware terminals and the kernel's console (no braille).
    static func isPlain(_ term: String) -> Bool {
        ["linux", "ansi", "sun"].contains(term) || term.hasPrefix("cons25") || isHardware(term)
    }

    /// vt52 to vt525, but not VTE.
    static func isHardware(_ term: String) -> Bool {
        term.hasPrefix("vt") && term.dropFirst(2).first?.isNumber == true
    }

    /// Terminals that should not be sent synchronised-update markers.
    static func lacksSynchronisedOutput(_ term: String) -> Bool { isPlain(term) || term == "dumb" }
}

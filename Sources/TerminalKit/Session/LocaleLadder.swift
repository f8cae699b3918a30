import CNcurses

/// Finds a locale whose characters are UTF-8; LC_CTYPE alone, so that numbers keep their decimal point everywhere.
enum LocaleLadder {
    enum Outcome: Hashable {
        /// The user's own locale.
        case own
        /// One of ours: the environment names none that is UTF-8.
        case fallback(String)
        /// None on this host.
        case none
    }

    static func climb() -> Outcome {
        if setlocale(LC_CTYPE, "") != nil, nc_codeset_is_utf8() != 0 { return .own }
        for name in ["C.UTF-8", "C.utf8", "en_US.UTF-8"] {
            if setlocale(LC_CTYPE, name) != nil, nc_codeset_is_utf8() != 0 { return .fallback(name) }
        }
        setlocale(LC_CTYPE, "C")
        return .none
    }

    /// Which characters to draw with. A locale of our own choosing says nothing about the terminal, so terminals that
    /// predate UTF-8 then get ASCII; the kernel's console has no braille whatever the locale.
    static func glyphs(_ outcome: Outcome, term: String, wish: GlyphSet?) -> GlyphSet {
        if wish == .ascii || term == "linux" { return .ascii }
        return switch outcome {
        case .own: wish ?? .unicode
        case .fallback: TerminalNames.isPlain(term) ? .ascii : wish ?? .unicode
        case .none: .ascii
        }
    }
}

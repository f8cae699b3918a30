import CNcurses

/// What a terminal's description says about drawing on it, as far as frames need it.
struct TerminalAbilities: Hashable, Sendable {
    /// Whether it takes the control sequences of ECMA-48, as everything since the VT100 does.
    var isStandard = true
    var colors = 256
    /// Whether it promises true colour (`RGB`, or tmux's `Tc`).
    var hasDirectColor = false
    /// Whether erasing fills with the current background.
    var erasesWithBackground = true
    /// Whether writing the last cell of the last row would scroll.
    var scrollsAtLastCell = false
    var attributes: TextAttributes = [.bold, .dim, .reverse, .underline]
    var showCursor = "\u{1B}[?25h"
    var hideCursor = "\u{1B}[?25l"

    init() {}

    /// Of the description that ncurses has loaded.
    static func loaded() -> TerminalAbilities {
        var abilities = TerminalAbilities()
        abilities.isStandard = string("cup")?.hasPrefix("\u{1B}[") ?? false
        abilities.colors = max(0, Int(tigetnum("colors")))
        abilities.hasDirectColor = tigetflag("RGB") > 0 || tigetflag("Tc") > 0
        abilities.erasesWithBackground = tigetflag("bce") > 0
        abilities.scrollsAtLastCell = tigetflag("am") > 0 && tigetflag("xenl") <= 0
        abilities.attributes = []
        for (name, attribute) in [
            ("bold", TextAttributes.bold), ("dim", .dim), ("rev", .reverse), ("smul", .underline),
        ]
        where string(name) != nil {
            abilities.attributes.insert(attribute)
        }
        abilities.showCursor = string("cnorm") ?? ""
        abilities.hideCursor = string("civis") ?? ""
        return abilities
    }

    /// The depth to draw with. What the user or the environment names is believed beyond the description, which mostly
    /// knows less than the terminal; what was guessed from a name is not.
    func depth(detected: ColorDepth, isWish: Bool) -> ColorDepth {
        if isWish || detected == .truecolor { return detected }
        if detected == .indexed256, hasDirectColor { return .truecolor }
        if colors < 8 { return .mono }
        return colors < 256 ? min(detected, .ansi16) : detected
    }

    /// Without the delays for hardware terminals (`$<5>`).
    private static func string(_ name: String) -> String? {
        guard let value = nc_string(name) else { return nil }
        return String(cString: value).replacing(/\$<[^>]*>/, with: "")
    }
}

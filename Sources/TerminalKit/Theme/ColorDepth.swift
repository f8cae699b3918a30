/// How many colours a terminal shows.
public enum ColorDepth: Int, Comparable, Sendable, CaseIterable {
    case mono, ansi16, indexed256, truecolor

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// The word of a `--color` flag or a configuration file: `none`, `16`, `256`, `truecolor`; nil for another.
    public init?(word: String) {
        switch word.lowercased() {
        case "none", "never", "mono", "off", "0", "1": self = .mono
        case "8", "16", "ansi": self = .ansi16
        case "256": self = .indexed256
        case "truecolor", "truecolour", "24bit", "rgb": self = .truecolor
        default: return nil
        }
    }

    /// What the environment promises: `NO_COLOR` (not empty, no-color.org), `COLORTERM`, then `TERM`. An explicit
    /// wish beats them all.
    public static func detect(environment: [String: String], wish: ColorDepth? = nil) -> ColorDepth {
        if let wish { return wish }
        if let forbidden = environment["NO_COLOR"], !forbidden.isEmpty { return .mono }
        let term = environment["TERM"] ?? ""
        if term.isEmpty || term == "dumb" || TerminalNames.isHardware(term) { return .mono }
        let promise = environment["COLORTERM"]?.lowercased() ?? ""
        if promise == "truecolor" || promise == "24bit" || term.hasSuffix("-direct") { return .truecolor }
        if term.contains("256color") || TerminalNames.isModern(term) { return .indexed256 }
        return .ansi16
    }
}

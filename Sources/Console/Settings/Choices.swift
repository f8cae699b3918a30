import TerminalKit

/// How many colours to use.
public enum ColorChoice: String, CaseIterable, Sendable {
    case auto, always, truecolor, never
    case indexed256 = "256"
    case ansi16 = "16"

    /// The wish that a terminal is opened with; nil lets the environment decide.
    public func depth(environment: [String: String]) -> ColorDepth? {
        switch self {
        case .auto: nil
        case .always: max(.indexed256, ColorDepth.detect(environment: environment))
        case .truecolor: .truecolor
        case .indexed256: .indexed256
        case .ansi16: .ansi16
        case .never: .mono
        }
    }
}

/// Which characters to draw with.
public enum GlyphChoice: String, CaseIterable, Sendable {
    case auto, braille, blocks, ascii

    /// Nil lets locale and terminal decide.
    public var glyphs: GlyphSet? {
        switch self {
        case .auto: nil
        case .braille: .unicode
        case .blocks: .blocks
        case .ascii: .ascii
        }
    }
}

/// What the corners of boxes look like.
public enum BorderChoice: String, CaseIterable, Sendable {
    case square, rounded
}

/// Which clock times of day go by.
public enum TimeChoice: String, CaseIterable, Sendable {
    case local, utc
}

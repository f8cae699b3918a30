/// How many colours a terminal shows.
public enum ColorDepth: Int, Comparable, Sendable, CaseIterable {
    case mono, ansi16, indexed256, truecolor

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

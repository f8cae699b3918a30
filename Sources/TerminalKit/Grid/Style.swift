/// What a cell means. Themes turn roles into colours, attributes and, without colour, into attributes alone.
public enum Role: Hashable, Sendable {
    case text, muted, title, key, accent
    case border, borderFocused
    /// The row under the cursor, in the focused list or in another.
    case selection, selectionUnfocused
    case header, sortMarker
    case ok, warning, error, info
    /// A notice that must not be missed; of read-only mode, told apart from the others.
    case banner, bannerReadOnly
    /// Categorical colour n of 8, for adapters; wraps around.
    case series(Int)
    /// A load from 0 (calm) to 100 (full), along the theme's gradient.
    case gradient(Int)
    /// Kinds of page in the page map.
    case pageFree, pageAdapter, pagePinned, pageLoading, pageProtected, pageKV, pagePrefix
}

/// A role with extra emphasis.
public struct Style: Hashable, Sendable {
    public var role: Role
    public var bold: Bool
    public var reversed: Bool
    public var underlined: Bool

    public init(_ role: Role = .text, bold: Bool = false, reversed: Bool = false, underlined: Bool = false) {
        self.role = role
        self.bold = bold
        self.reversed = reversed
        self.underlined = underlined
    }
}

/// Which characters a terminal can show. Chrome is drawn from these and from ASCII only.
public enum GlyphSet: Sendable, Hashable, CaseIterable {
    /// U+2500–259F boxes and blocks, U+2800–28FF braille, a few arrows.
    case unicode
    /// As `unicode`, but without braille, which some fonts lack or draw unevenly.
    case blocks
    /// ASCII only: no UTF-8 locale, or asked for.
    case ascii

    /// Whether characters outside ASCII can be shown.
    public var isUnicode: Bool { self != .ascii }
}

/// Which characters a terminal can show. Chrome is drawn from these and from ASCII only.
public enum GlyphSet: Sendable, Hashable {
    /// U+2500–259F boxes and blocks, U+2800–28FF braille, a few arrows.
    case unicode
    /// ASCII only: no UTF-8 locale, or asked for.
    case ascii
}

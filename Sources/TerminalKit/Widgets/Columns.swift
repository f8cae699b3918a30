/// Where text stands in a wider space.
public enum Alignment: Hashable, Sendable {
    case left, right
}

extension StringProtocol {
    /// Width in terminal columns.
    public var columns: Int { DisplayWidth.of(self) }

    /// Exactly `width` columns: padded, or cut with an ellipsis.
    public func fitted(_ width: Int, _ alignment: Alignment = .left, glyphs: GlyphSet) -> String {
        let ellipsis = String(glyphs.ellipsis)
        return alignment == .left
            ? DisplayWidth.padRight(self, to: Swift.max(0, width), ellipsis: ellipsis)
            : DisplayWidth.padLeft(self, to: Swift.max(0, width), ellipsis: ellipsis)
    }
}

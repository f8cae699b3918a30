/// The characters that chrome is drawn from: every one has width 1 and an ASCII counterpart.
extension GlyphSet {
    public var horizontal: Character { self == .unicode ? "─" : "-" }
    public var vertical: Character { self == .unicode ? "│" : "|" }
    public var topLeft: Character { self == .unicode ? "┌" : "+" }
    public var topRight: Character { self == .unicode ? "┐" : "+" }
    public var bottomLeft: Character { self == .unicode ? "└" : "+" }
    public var bottomRight: Character { self == .unicode ? "┘" : "+" }
    public var up: Character { self == .unicode ? "↑" : "^" }
    public var down: Character { self == .unicode ? "↓" : "v" }
    /// Ends text that was cut.
    public var ellipsis: Character { self == .unicode ? "…" : "~" }
    /// Stands for a value that is not known.
    public var unknown: String { self == .unicode ? "–" : "-" }
    /// Stands between facts on one line.
    public var separator: String { self == .unicode ? "·" : "|" }
    /// A place where nothing is: a free page, an empty row.
    public var vacant: Character { self == .unicode ? "·" : "." }
    public var solid: Character { self == .unicode ? "█" : "#" }
    public var shade: Character { self == .unicode ? "▒" : "=" }
    /// The thumb of a scroll bar.
    public var thumb: Character { self == .unicode ? "█" : "#" }
    /// From empty to full in eighths (block elements), or a coarser ramp in ASCII.
    public var levels: [Character] {
        self == .unicode
            ? [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] : [" ", ".", ".", ":", ":", "+", "+", "#", "#"]
    }
}

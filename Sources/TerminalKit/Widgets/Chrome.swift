/// The characters that chrome is drawn from: every one has width 1 and an ASCII counterpart.
extension GlyphSet {
    public var horizontal: Character { isUnicode ? "─" : "-" }
    public var vertical: Character { isUnicode ? "│" : "|" }
    public var topLeft: Character { isUnicode ? "┌" : "+" }
    public var topRight: Character { isUnicode ? "┐" : "+" }
    public var bottomLeft: Character { isUnicode ? "└" : "+" }
    public var bottomRight: Character { isUnicode ? "┘" : "+" }
    public var up: Character { isUnicode ? "↑" : "^" }
    public var down: Character { isUnicode ? "↓" : "v" }
    /// Ends text that was cut.
    public var ellipsis: Character { isUnicode ? "…" : "~" }
    /// Stands for a value that is not known.
    public var unknown: String { isUnicode ? "–" : "-" }
    /// Stands between facts on one line.
    public var separator: String { isUnicode ? "·" : "|" }
    /// A place where nothing is: a free page, an empty row.
    public var vacant: Character { isUnicode ? "·" : "." }
    public var solid: Character { isUnicode ? "█" : "#" }
    public var shade: Character { isUnicode ? "▒" : "=" }
    /// The thumb of a scroll bar.
    public var thumb: Character { isUnicode ? "█" : "#" }
    /// Where a label meets an axis.
    public var tick: Character { isUnicode ? "┤" : "+" }
    /// A line that is not data: an objective.
    public var dashes: Character { isUnicode ? "╌" : "-" }
    /// From nothing to full, for areas.
    public var shades: [Character] { isUnicode ? [" ", "░", "▒", "▓", "█"] : [" ", ":", "+", "*", "#"] }
    /// From empty to full in eighths (block elements), or a coarser ramp in ASCII.
    public var levels: [Character] {
        isUnicode
            ? [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] : [" ", ".", ".", ":", ":", "+", "+", "#", "#"]
    }
}

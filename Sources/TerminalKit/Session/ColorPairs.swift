import CNcurses

/// ncurses colour pairs, made when first used.
struct ColorPairs {
    private struct Colors: Hashable {
        let foreground: Int32
        let background: Int32
    }

    private var pairs: [Colors: Int32] = [:]
    private let colors: Int32
    private let limit: Int32
    /// Whether -1 means the terminal's own colours.
    private let hasDefaults: Bool

    /// Call after `start_color`; -1 stands for the terminal's own colours if it can.
    init() {
        self.hasDefaults = use_default_colors() == OK
        self.colors = nc_colors()
        self.limit = nc_color_pairs()
    }

    /// The pair of two colours, and whether the foreground must be bold to be bright (terminals of 8 colours). Pair 0,
    /// the standard one, when the terminal has no more.
    mutating func pair(_ foreground: TerminalColor, _ background: TerminalColor) -> (pair: Int32, isBright: Bool) {
        var isBright = false
        var ink = number(foreground, standard: hasDefaults ? -1 : 7)
        var paper = number(background, standard: hasDefaults ? -1 : 0)
        if colors <= 8 {
            isBright = ink >= 8
            if ink >= 8 { ink -= 8 }
            if paper >= 8 { paper -= 8 }
        }
        if hasDefaults, ink == -1, paper == -1 { return (0, isBright) }
        let wanted = Colors(foreground: ink, background: paper)
        if let known = pairs[wanted] { return (known, isBright) }
        let next = Int32(pairs.count + 1)
        guard next < limit, ink < colors, paper < colors, init_extended_pair(next, ink, paper) == OK else {
            return (0, isBright)
        }
        pairs[wanted] = next
        return (next, isBright)
    }

    private func number(_ color: TerminalColor, standard: Int32) -> Int32 {
        switch color {
        case .standard: standard
        case .indexed(let index): Int32(index)
        case .rgb(let rgb): Int32(rgb.nearestIndexed)
        }
    }
}

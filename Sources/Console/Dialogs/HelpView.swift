import TerminalKit

/// The help, generated from the keymap: nothing in it is written twice.
struct HelpText {
    let lines: [StyledLine]

    /// With a search text, only the lines that hold it, each below its heading.
    init(_ state: ConsoleState, search: String = "") {
        let here = Keymap.actions(in: state.view.kind).filter(\.isVisible)
        let sections: [(String, [StyledLine])] = [
            (
                state.view.kind.rawValue,
                here.filter { !$0.isShared }.map { Self.line($0, reason: state.disabledReason($0.id)) }
            ),
            ("everywhere", here.filter(\.isShared).map { Self.line($0, reason: state.disabledReason($0.id)) }),
            (
                "command line",
                ConsoleWord.allCases.map { word in
                    var line = StyledLine("  :\(word.rawValue) ", Style(.key))
                    line.add(word.arguments, Style(.muted))
                    if !word.summary.isEmpty { line.add("  \(word.summary)", Style(.text)) }
                    return line
                }
            ),
            ("colours and letters", Self.legend(state.glyphs)),
        ]
        let wanted = search.lowercased()
        var lines: [StyledLine] = []
        for (title, body) in sections {
            let kept = wanted.isEmpty ? body : body.filter { $0.text.lowercased().contains(wanted) }
            guard !kept.isEmpty else { continue }
            if !lines.isEmpty { lines.append(StyledLine()) }
            lines.append(StyledLine(title, Style(.title, bold: true)))
            lines += kept
        }
        self.lines = lines
    }

    private static func line(_ action: KeyAction, reason: String?) -> StyledLine {
        let isOff = reason != nil
        var line = StyledLine(
            "  \(action.keyLabel.fitted(15, glyphs: .ascii)) ", Style(isOff ? .muted : .key, bold: !isOff))
        line.add(action.title, Style(isOff ? .muted : .text))
        if let reason { line.add("  (\(reason))", Style(.warning)) }
        return line
    }

    /// The colours as the theme has them now.
    private static func legend(_ glyphs: GlyphSet) -> [StyledLine] {
        let samples: [[(String, Style, String)]] = [
            [
                ("A", Style(.pageAdapter), "idle adapter page, may be evicted"),
                ("A=", Style(.pageProtected), "in use"), ("A!", Style(.pagePinned, bold: true), "pinned"),
                ("A~", Style(.pageLoading), "loading"),
            ],
            [
                ("a", Style(.pageKV), "KV cache of an adapter's sequence"), ("0", Style(.pageKV), "of the base"),
                (String(glyphs.vacant), Style(.pageFree), "free"),
            ],
            [
                ("+", Style(.pageKV), "cached prefix"),
                ("a\(glyphs.levels[3])", Style(.pageKV), "part full: the rest is overhead, counted at its owner's end"),
            ],
            [("a", Style(.series(0)), "batch: a decode row"), ("A", Style(.series(0), bold: true), "a prefill row")],
            [
                ("ok", Style(.ok), ""), ("info", Style(.info), ""), ("warning", Style(.warning), ""),
                ("error", Style(.error, bold: true), ""),
            ],
        ]
        return samples.map { row in
            var line = StyledLine("  ")
            for (sample, style, meaning) in row {
                line.add(sample, style)
                line.add(" \(meaning)  ", Style(.muted))
            }
            return line
        }
    }
}

/// The help over the view, scrolled and searched.
struct HelpView {
    let state: ConsoleState
    let desk: HelpDesk

    init(_ state: ConsoleState, _ desk: HelpDesk) {
        self.state = state
        self.desk = desk
    }

    private var showsSearch: Bool { desk.isSearching || !desk.search.isEmpty }

    /// Rows that it has for lines.
    func rows(in rect: Rect) -> Int { max(1, rect.inset(1, 1).height - (showsSearch ? 1 : 0)) }

    func draw(in rect: Rect, on grid: inout CellGrid) {
        let text = HelpText(state, search: desk.search.text)
        let note = StyledLine("/ searches, Up Down PgUp PgDn scroll, Esc closes", Style(.muted))
        let inside = Box("help", note: note, isFocused: true).draw(in: rect, on: &grid, glyphs: state.glyphs)
        guard !inside.isEmpty else { return }
        let (body, foot) = inside.splitBottom(showsSearch && inside.height > 1 ? 1 : 0)
        let window = ScrollWindow(top: desk.top)
        let visible = window.range(count: text.lines.count, height: body.height)
        for (row, index) in visible.enumerated() {
            grid.draw(text.lines[index], in: body.inset(1, 0), y: body.y + row, glyphs: state.glyphs)
        }
        if text.lines.isEmpty {
            grid.draw("nothing has that in it", x: body.x + 1, y: body.y, style: Style(.muted), clip: body)
        }
        if !foot.isEmpty {
            let sign = "search /"
            grid.draw(sign, x: foot.x + 1, y: foot.y, style: Style(.key, bold: true), clip: foot)
            let line = foot.splitLeft(sign.columns + 1).rest
            desk.search.drawLine(in: line, isFocused: desk.isSearching, on: &grid)
        }
        window.drawBar(
            count: text.lines.count, height: body.height, box: rect, firstRow: body.y, on: &grid,
            glyphs: state.glyphs)
    }
}

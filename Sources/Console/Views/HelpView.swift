import TerminalKit

/// The help, generated from the keymap: nothing in it is written twice.
struct HelpText {
    let lines: [StyledLine]

    init(_ state: ConsoleState, width: Int) {
        var lines: [StyledLine] = []
        let here = Keymap.actions(in: state.view.kind).filter(\.isVisible)
        lines.append(StyledLine(state.view.kind.rawValue, Style(.title, bold: true)))
        lines += here.filter { !$0.isShared }.map { Self.line($0, reason: state.disabledReason($0.id)) }
        lines.append(StyledLine())
        lines.append(StyledLine("everywhere", Style(.title, bold: true)))
        lines += here.filter(\.isShared).map { Self.line($0, reason: nil) }
        lines.append(StyledLine())
        lines.append(StyledLine("command line", Style(.title, bold: true)))
        lines += ConsoleWord.allCases.map { word in
            var line = StyledLine("  :\(word.rawValue) ", Style(.key))
            line.add(word.arguments, Style(.muted))
            return line
        }
        lines.append(StyledLine())
        lines += Self.legend(state.glyphs)
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
            [("a", Style(.series(0)), "batch: a decode row"), ("A", Style(.series(0), bold: true), "a prefill row")],
            [
                ("ok", Style(.ok), ""), ("info", Style(.info), ""), ("warning", Style(.warning), ""),
                ("error", Style(.error, bold: true), ""),
            ],
        ]
        return [StyledLine("colours and letters", Style(.title, bold: true))]
            + samples.map { row in
                var line = StyledLine("  ")
                for (sample, style, meaning) in row {
                    line.add(sample, style)
                    line.add(" \(meaning)  ", Style(.muted))
                }
                return line
            }
    }
}

/// The help over the view, scrolled.
struct HelpView {
    let state: ConsoleState
    let top: Int

    init(_ state: ConsoleState, top: Int) {
        self.state = state
        self.top = top
    }

    func draw(in rect: Rect, on grid: inout CellGrid) {
        let text = HelpText(state, width: rect.width)
        let note = StyledLine("Up Down PgUp PgDn scroll, Esc closes", Style(.muted))
        let inside = Box("help", note: note, isFocused: true).draw(in: rect, on: &grid, glyphs: state.glyphs)
        let window = ScrollWindow(top: top)
        let visible = window.range(count: text.lines.count, height: inside.height)
        for (row, index) in visible.enumerated() {
            grid.draw(text.lines[index], in: inside.inset(1, 0), y: inside.y + row, glyphs: state.glyphs)
        }
        window.drawBar(
            count: text.lines.count, height: inside.height, box: rect, firstRow: inside.y, on: &grid,
            glyphs: state.glyphs)
    }
}

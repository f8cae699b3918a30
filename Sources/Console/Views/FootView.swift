import TerminalKit

/// The two lines at the foot: what is typed or was said, and the keys.
struct FootView {
    let state: ConsoleState

    init(_ state: ConsoleState) { self.state = state }

    func draw(_ regions: Regions, on grid: inout CellGrid) {
        drawMessage(in: regions.message, on: &grid)
        drawHints(in: regions.hints, on: &grid)
    }

    private func drawMessage(in row: Rect, on grid: inout CellGrid) {
        if let entry = state.entry {
            drawEntry(entry, in: row, on: &grid)
        } else if let flash = state.flash {
            grid.draw(StyledLine(flash.text, flash.style), in: row, y: row.y, glyphs: state.glyphs)
        } else {
            grid.draw(standing, in: row, y: row.y, glyphs: state.glyphs)
        }
    }

    private func drawEntry(_ entry: EntryLine, in row: Rect, on grid: inout CellGrid) {
        let sign = entry.kind == .filter ? "filter /" : ":"
        let (label, rest) = row.splitLeft(sign.columns)
        grid.draw(sign, x: label.x, y: row.y, style: Style(.key, bold: true), clip: row)
        entry.field.drawLine(in: rest, isFocused: true, on: &grid)
        guard entry.kind == .command, entry.field.isAtEnd, !entry.field.isEmpty else { return }
        let completion = Completion(entry.field.text, state: state)
        let typed = entry.field.text.columns
        let words = completion.candidates.prefix(8).joined(separator: "  ")
        guard !words.isEmpty else { return }
        let ghost = Rect(x: rest.x + typed + 3, y: row.y, width: rest.width - typed - 3, height: 1)
        grid.draw(StyledLine(words, Style(.muted)), in: ghost, y: row.y, glyphs: state.glyphs)
    }

    /// Where one is, what is marked, and which actions are off and why.
    private var standing: StyledLine {
        var line = StyledLine()
        if state.view == .overview {
            for alert in Alerts(state.snapshot).all {
                line.add(alert.isOutage ? "!! " : "! ", Style(alert.isOutage ? .error : .warning, bold: true))
                line.add("\(alert.sentence)  ", Style(alert.isOutage ? .error : .warning, bold: true))
            }
        }
        if state.stack.count > 1 {
            line.add(state.stack.map(\.crumb).joined(separator: " > "), Style(.muted))
        }
        if !state.marks.isEmpty { line.add("\(line.isEmpty ? "" : "  ")\(state.marks.count) marked", Style(.accent)) }
        if state.pending > 0 { line.add("\(line.isEmpty ? "" : "  ")\(state.pending) under way", Style(.info)) }
        var reasons: [(String, String)] = []
        for action in Keymap.actions(in: state.view.kind) {
            guard [.load, .evict, .pin, .prompt].contains(action.id), let hint = action.hint,
                let reason = state.disabledReason(action.id)
            else { continue }
            reasons.append((hint, reason))
        }
        if let target = state.actionTarget, !reasons.isEmpty {
            line.add("\(line.isEmpty ? "" : "  ")\(target.label): ", Style(.muted))
            let texts = reasons.first.map { first in
                reasons.allSatisfy { $0.1 == first.1 }
                    ? ["\(reasons.map(\.0).joined(separator: ", ")): \(first.1)"] : reasons.map { "\($0.0): \($0.1)" }
            }
            line.add((texts ?? []).joined(separator: " \(state.glyphs.separator) "), Style(.muted))
        }
        return line
    }

    private func drawHints(in row: Rect, on grid: inout CellGrid) {
        for (x, text, _) in hints(in: row) { grid.draw(text, x: x, y: row.y, clip: row) }
    }

    /// The action whose hint stands in a column.
    func action(at column: Int, in row: Rect) -> KeyAction? {
        hints(in: row).first { column >= $0.x && column < $0.x + $0.text.columns }?.action
    }

    /// Disabled actions stay, in parentheses and muted. Quit and help keep their place at the end.
    private func hints(in row: Rect) -> [(x: Int, text: StyledLine, action: KeyAction)] {
        let all = Keymap.actions(in: state.view.kind).filter { $0.hint != nil }
        let fixed: Set<ActionID> = [.help, .back, .quit]
        let tail = all.filter { fixed.contains($0.id) }.compactMap { action in hint(action).map { ($0, action) } }
        let tailWidth = tail.reduce(0) { $0 + $1.0.columns + 2 } - 2
        var x = row.x
        var placed: [(x: Int, text: StyledLine, action: KeyAction)] = []
        for action in all where !fixed.contains(action.id) {
            guard let text = hint(action), x + text.columns + 2 + tailWidth <= row.maxX else { continue }
            placed.append((x, text, action))
            x += text.columns + 2
        }
        for (text, action) in tail where x + text.columns <= row.maxX {
            placed.append((x, text, action))
            x += text.columns + 2
        }
        return placed
    }

    /// While text is typed, letters are text: only other keys are hinted at then.
    private func hint(_ action: KeyAction) -> StyledLine? {
        let keys = [action.key] + action.aliases
        let isTyping = state.view.screen.isTyping(state)
        guard let key = isTyping ? keys.first(where: { !$0.isCharacter }) : keys.first else { return nil }
        let isOff = state.disabledReason(action.id) != nil
        var line = StyledLine(isOff ? "(" : "", Style(.muted))
        line.add(key.label, Style(isOff ? .muted : .key, bold: !isOff))
        line.add(" " + (action.hint ?? "") + (isOff ? ")" : ""), Style(isOff ? .muted : .text))
        return line
    }
}

extension Flash {
    /// Marked by a word too where it went wrong: mono screens have no red.
    var style: Style {
        switch level {
        case .info: Style(.info)
        case .success: Style(.ok)
        case .warning: Style(.warning, bold: true)
        case .error: Style(.error, bold: true)
        }
    }
}

extension Key {
    fileprivate var isCharacter: Bool {
        if case .character = self { true } else { false }
    }
}

import DeckCore
import TerminalKit

/// The question before something destructive: what is hit, what happens to it, and which keys answer.
struct ConfirmationView {
    let state: ConsoleState
    let confirmation: Confirmation

    init(_ state: ConsoleState, _ confirmation: Confirmation) {
        self.state = state
        self.confirmation = confirmation
    }

    func draw(in area: Rect, on grid: inout CellGrid) {
        let (title, lines, verb) = content
        Dialog(
            title: title, lines: [StyledLine()] + lines + [StyledLine()], buttons: ["Cancel", verb],
            focused: confirmation.focused == .cancel ? 0 : 1, keys: keys
        ).draw(in: area, on: &grid, glyphs: state.glyphs)
    }

    private var content: (String, [StyledLine], String) {
        switch confirmation.subject {
        case .evict(let name, let digest, let pages, let bytes, let running, let waiting):
            var target = StyledLine(name, Style(.text, bold: true))
            target.add("  digest \(digest?.short ?? state.glyphs.unknown)", Style(.muted))
            let frees = StyledLine("frees \(pages) pages, \(Format.bytes(bytes))")
            return ("evict adapter", [target, frees] + effects(running: running, waiting: waiting), "Evict")
        case .abort(let id, let adapter, let generated):
            var target = StyledLine("request \(id)", Style(.text, bold: true))
            target.add("  on \(adapter ?? "base")", Style(.muted))
            return ("abort request", [target, StyledLine("ends it after \(generated) generated tokens")], "Abort")
        }
    }

    private func effects(running: Int, waiting: Int) -> [StyledLine] {
        var lines: [StyledLine] = []
        if running == 0 {
            lines.append(StyledLine("no sequence is running on it: it leaves at once"))
        } else if confirmation.mode == .drain {
            lines.append(StyledLine("drain: \(sequences(running)) finish first, then it leaves"))
        } else {
            lines.append(StyledLine("ABORT: \(sequences(running)) end now, unfinished", Style(.error, bold: true)))
        }
        if waiting > 0 { lines.append(StyledLine("\(waiting) waiting will load it again", Style(.warning))) }
        return lines
    }

    private func sequences(_ count: Int) -> String { count == 1 ? "1 running sequence" : "\(count) running sequences" }

    private var keys: StyledLine {
        var line = StyledLine()
        var entries = [("y", "yes"), ("n Esc", "cancel")]
        if confirmation.hasModes {
            entries.append(("a", confirmation.mode == .drain ? "abort instead" : "drain instead"))
        }
        entries += [("Tab", "other button"), ("Enter", "press it")]
        for (key, meaning) in entries {
            line.add(line.isEmpty ? "" : "  ")
            line.add(key, Style(.key, bold: true))
            line.add(" \(meaning)", Style(.muted))
        }
        return line
    }
}

import DeckCore
import TerminalKit

/// The question before something is done: what is hit, what happens to it, and which keys answer.
struct ConfirmationView {
    let state: ConsoleState
    let confirmation: Confirmation

    init(_ state: ConsoleState, _ confirmation: Confirmation) {
        self.state = state
        self.confirmation = confirmation
    }

    func draw(in area: Rect, on grid: inout CellGrid) {
        dialog(in: area).draw(in: area, on: &grid, glyphs: state.glyphs)
    }

    /// The box as it stands in an area: also what the mouse is held against.
    func dialog(in area: Rect) -> Dialog {
        Dialog(
            title: title, lines: [StyledLine()] + visible(in: area) + [StyledLine()], buttons: ["Cancel", verb],
            focused: confirmation.focused == .cancel ? 0 : 1, keys: keys(in: area))
    }

    /// Rows that a dialog has for text, below the blank one at its top.
    private static func room(in area: Rect) -> Int { max(1, area.height - 6 - 2) }

    /// Rows that do not fit.
    func overflow(in area: Rect) -> Int { max(0, lines.count - Self.room(in: area)) }

    private func visible(in area: Rect) -> [StyledLine] {
        let lines = lines
        let top = min(confirmation.top, overflow(in: area))
        return Array(lines[top...].prefix(Self.room(in: area)))
    }

    private var several: Bool { confirmation.targets.count > 1 }

    private var title: String {
        let what =
            switch confirmation.subject {
            case .evict(let targets): several ? "evict \(targets.count.counted("adapter"))" : "evict adapter"
            case .load(let targets): several ? "load \(targets.count.counted("adapter"))" : "load adapter"
            case .pin(let targets): several ? "pin \(targets.count.counted("adapter"))" : "pin adapter"
            case .unpin(let targets): several ? "unpin \(targets.count.counted("adapter"))" : "unpin adapter"
            case .unregister: "unregister adapter"
            case .rollback: "roll back adapter"
            case .replace: "replace adapter"
            case .resize: "resize pool"
            case .abort: "abort request"
            case .pauseAdmission: "pause admission"
            case .deletePrompt: "delete saved prompt"
            }
        return confirmation.undoes == nil ? what : "undo: \(what)"
    }

    private var verb: String {
        switch confirmation.subject {
        case .evict: "Evict"
        case .load: "Load"
        case .pin: "Pin"
        case .unpin: "Unpin"
        case .unregister: "Unregister"
        case .rollback: "Roll back"
        case .replace: "Replace"
        case .resize: "Resize"
        case .abort: "Abort"
        case .pauseAdmission: "Pause"
        case .deletePrompt: "Delete"
        }
    }

    private var lines: [StyledLine] {
        var lines: [StyledLine] = []
        if let undoes = confirmation.undoes { lines.append(StyledLine("takes back: \(undoes)", Style(.muted))) }
        if let replica = confirmation.replica {
            lines.append(StyledLine("on \(replica) only", Style(.warning, bold: true)))
        }
        switch confirmation.subject {
        case .evict(let targets): lines += eviction(targets)
        case .load(let targets):
            lines += targets.map(identity)
            let pages = targets.compactMap(\.pages).saturatedSum
            if targets.allSatisfy({ $0.pages != nil }), let pool = state.snapshot?.pool {
                lines.append(
                    StyledLine(
                        "need \(pages.counted("page")), \(pool.freePages) free, \(pool.evictablePages) evictable",
                        Style(pages > pool.headroomPages ? .warning : .text)))
            }
        case .pin(let targets):
            lines += targets.map(identity)
            lines.append(StyledLine("stay in the pool until they are unpinned, restarts included"))
        case .unpin(let targets):
            lines += targets.map(identity)
            lines.append(StyledLine("may be evicted again when they are idle"))
        case .unregister(let target):
            lines.append(identity(target))
            lines.append(StyledLine("requests that name it are refused from then on", Style(.warning)))
            lines += frees([target])
            lines.append(StyledLine("its files stay where they are"))
        case .rollback(let target, let digest):
            lines.append(identity(target))
            lines.append(StyledLine("points back at \(digest.short)", Style(.text, bold: true)))
            lines.append(StyledLine("what runs now finishes on the version it began with"))
        case .abort(let id, let adapter, let origin, let generated):
            var target = StyledLine("request \(id)", Style(.text, bold: true))
            target.add("  on \(adapter ?? "base"), from \(origin)", Style(.muted))
            lines += [target, StyledLine("ends it after \(generated) generated tokens")]
        case .replace(let target, let path, _):
            lines.append(identity(target))
            lines.append(StyledLine("points at what \(path) holds", Style(.text, bold: true)))
            lines.append(
                state.adapter(.adapter(target.name))?.fateOfReplaced
                    ?? StyledLine("what runs now finishes on the version it began with"))
        case .resize(let bytes, let now, let then): lines += resize(bytes, now, then)
        case .pauseAdmission(let running, let waiting): lines += pause(running, waiting)
        case .deletePrompt(let prompt):
            lines.append(StyledLine(Sanitiser.line(prompt.text, limit: 300), Style(.text, bold: true)))
            lines.append(StyledLine("of \(prompt.adapter ?? "the base")", Style(.muted)))
        }
        lines += confirmation.leftOut.map { StyledLine("left out: \($0.name) (\($0.reason))", Style(.muted)) }
        return lines
    }

    private func identity(_ target: Confirmation.Frozen) -> StyledLine {
        var line = StyledLine(target.name, Style(.text, bold: true))
        line.add("  digest \(target.digest?.short ?? state.glyphs.unknown)", Style(.muted))
        if several, target.running.plus(target.waiting) > 0 {
            line.add("  \(target.running) running, \(target.waiting) waiting", Style(.muted))
        }
        return line
    }

    private func frees(_ targets: [Confirmation.Frozen]) -> [StyledLine] {
        let pages = targets.compactMap(\.pages).saturatedSum
        return [
            StyledLine("frees \(pages.counted("page")), \(Format.bytes(targets.map(\.bytes).saturatedSum))")
        ]
    }

    private func eviction(_ targets: [Confirmation.Frozen]) -> [StyledLine] {
        let running = targets.map(\.running).saturatedSum
        let waiting = targets.map(\.waiting).saturatedSum
        var lines = targets.map(identity) + frees(targets)
        let they = several ? "they leave" : "it leaves"
        if running == 0 {
            lines.append(StyledLine("no sequence is running on \(several ? "them" : "it"): \(they) at once"))
        } else if confirmation.mode == .drain {
            lines.append(StyledLine("drain: \(sequences(running)) finish first, then \(they)"))
        } else {
            lines.append(StyledLine("ABORT: \(sequences(running)) end now, unfinished", Style(.error, bold: true)))
        }
        let asked = targets.compactMap(\.asked).reduce(0, +)
        if asked > 0 {
            let times = asked == 1 ? "once" : "\(asked) times"
            let back = several ? "they will be back" : "it will be back"
            lines.append(StyledLine("asked for \(times) in the last minute: \(back)", Style(.warning)))
        }
        if waiting > 0 {
            lines.append(StyledLine("\(waiting) waiting will load \(several ? "them" : "it") again", Style(.warning)))
        }
        return lines
    }

    /// Who leaves, in the deck's own words once it has answered; until then what the snapshot can tell.
    private func resize(_ bytes: Int, _ now: Int?, _ then: Int?) -> [StyledLine] {
        var told: [StyledLine] = []
        if let forecast = confirmation.forecast {
            let words = forecast.isPossible ? forecast.text : "would be refused: \(forecast.text)"
            told = WrappedText(words, width: width).lines.map {
                StyledLine($0, Style(forecast.isPossible ? .warning : .error))
            }
        } else if let now, let then, let pool = state.snapshot?.pool {
            let least = max(0, now - pool.freePages - then)
            let leave = "at least \(least.counted("page")) \(least.form("leaves", many: "leave"))"
            told = [StyledLine("\(now) -> \(then.counted("page")): \(leave)", Style(.warning))]
        } else {
            told = [StyledLine("how many pages there are is not known here: some may leave", Style(.warning))]
        }
        // The buttons keep their place when the answer comes: under the mouse, nothing moves.
        let room = max(told.count, 4)
        told += Array(repeating: StyledLine(), count: room - told.count)
        let ruler = StyledLine(String(repeating: " ", count: width))
        return [StyledLine("to \(Format.bytes(bytes))", Style(.text, bold: true))] + told
            + [StyledLine("undo gives the memory back; what left loads again when asked for"), ruler]
    }

    private func pause(_ running: Int, _ waiting: Int) -> [StyledLine] {
        let snapshot = state.snapshot
        let limit = snapshot?.deck.queueLimit.map { " (limit \($0), then 429)" } ?? ""
        let line = "new requests wait in the queue\(limit)"
        var lines = [
            StyledLine(line, Style(.warning)),
            StyledLine(
                "\(running.counted("running request")) \(running.form("goes", many: "go")) on"
                    + (waiting == 0 ? "" : ", \(waiting) \(waiting.form("waits", many: "wait")) on")),
        ]
        // Those are given up once their objective cannot be met any more.
        let hasObjective = snapshot?.tenants.contains { $0.targetSeconds != nil } ?? false
        lines.append(
            hasObjective
                ? StyledLine("tenants with an objective: what cannot meet it any more is refused", Style(.warning))
                : StyledLine("nothing is lost"))
        return lines
    }

    /// Columns that a wrapped text may take.
    private var width: Int { max(20, min(72, state.size.width - 8)) }

    private func sequences(_ count: Int) -> String { count.counted("running sequence") }

    private func keys(in area: Rect) -> StyledLine {
        var line = StyledLine()
        var entries = [("y", "yes"), ("n Esc", "cancel")]
        if confirmation.hasModes {
            entries.append(("a", confirmation.mode == .drain ? "abort instead" : "drain instead"))
        }
        entries += [("Tab", "other button"), ("Enter", "press it")]
        if overflow(in: area) > 0 { entries.append(("Up Down", "scroll")) }
        for (key, meaning) in entries {
            line.add(line.isEmpty ? "" : "  ")
            line.add(key, Style(.key, bold: true))
            line.add(" \(meaning)", Style(.muted))
        }
        return line
    }
}

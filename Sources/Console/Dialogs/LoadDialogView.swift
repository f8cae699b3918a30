import DeckCore
import TerminalKit

/// The load dialog: path, candidates, what the dry run found, name, buttons, and at the end the proof of effect.
struct LoadDialogView {
    let state: ConsoleState
    let dialog: LoadDialog

    init(_ state: ConsoleState, _ dialog: LoadDialog) {
        self.state = state
        self.dialog = dialog
    }

    /// Where its box stands: as large as its area allows, so that it does not jump while candidates come and go.
    func rect(in area: Rect) -> Rect {
        let width = min(area.width, 100)
        let height = min(area.height, 18)
        return Rect(
            x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width: width, height: height)
    }

    /// The rows of the candidates.
    func candidateArea(in area: Rect) -> Rect { rect(in: area).inset(2, 1).splitTop(2).rest.splitBottom(1).rest }

    /// The candidates, and which of them is at the top of the list.
    var candidates: [String] { dialog.phase == .typing ? state.paths.candidates(dialog.path.text) : [] }

    func firstCandidate(height: Int) -> Int {
        var window = ScrollWindow()
        window.reveal(dialog.candidate ?? 0, count: candidates.count, height: height)
        return window.top
    }

    func draw(in area: Rect, on grid: inout CellGrid) {
        let box = rect(in: area)
        Box("load from a path", isFocused: true).draw(in: box, on: &grid, glyphs: state.glyphs)
        let inside = box.inset(2, 1)
        guard !inside.isEmpty else { return }
        let (body, foot) = inside.splitBottom(1)
        drawField("path", dialog.path, isFocused: dialog.focus == .path, in: body, y: body.y, on: &grid)
        if dialog.phase == .typing {
            drawCandidates(in: candidateArea(in: area), box: box, on: &grid)
        } else {
            drawOutcome(in: body.splitTop(2).rest, on: &grid)
        }
        grid.draw(keys, in: foot, y: foot.y, glyphs: state.glyphs)
    }

    private func drawField(
        _ label: String, _ field: TextField, isFocused: Bool, in rect: Rect, y: Int, on grid: inout CellGrid
    ) {
        guard y < rect.maxY else { return }
        let (head, rest) = Rect(x: rect.x, y: y, width: rect.width, height: 1).splitLeft(7)
        let style = Style(isFocused ? .accent : .muted, bold: isFocused)
        grid.draw(StyledLine((isFocused ? "> " : "  ") + label, style), in: head, y: y, glyphs: state.glyphs)
        grid.restyle(rest) { $0.underlined = true }
        field.drawLine(in: rest, isFocused: isFocused, on: &grid, style: Style(.text, underlined: true))
    }

    private func drawCandidates(in rect: Rect, box: Rect, on grid: inout CellGrid) {
        guard !rect.isEmpty else { return }
        let candidates = candidates
        guard !candidates.isEmpty else {
            let listing = state.paths[FolderListing.folder(of: dialog.path.text)]
            let text = listing.map { $0.problem ?? "nothing begins with that" } ?? "looking"
            grid.draw(StyledLine(text, Style(.muted)), in: rect, y: rect.y, glyphs: state.glyphs)
            return
        }
        let window = ScrollWindow(top: firstCandidate(height: rect.height))
        for (row, index) in window.range(count: candidates.count, height: rect.height).enumerated() {
            let isChosen = index == dialog.candidate
            let line = Rect(x: rect.x, y: rect.y + row, width: rect.width, height: 1)
            var text = StyledLine(isChosen ? "> " : "  ", Style(.accent, bold: true))
            let isFolder = candidates[index].hasSuffix("/")
            text.add(candidates[index], Style(isFolder ? .muted : .text, bold: isChosen))
            grid.draw(text, in: line, y: line.y, glyphs: state.glyphs)
            if isChosen { grid.restyle(line) { $0 = Style(.selection, bold: $0.bold) } }
        }
        window.drawBar(
            count: candidates.count, height: rect.height, box: box, firstRow: rect.y, on: &grid, glyphs: state.glyphs)
    }

    private func drawOutcome(in rect: Rect, on grid: inout CellGrid) {
        let hasButtons = dialog.places.contains(.cancel)
        let (top, buttons) = rect.splitBottom(hasButtons ? 2 : 0)
        let hasName = dialog.places.contains(.name)
        let (text, fields) = top.splitBottom(hasName ? 3 : 0)
        var y = text.y
        for line in outcome {
            for row in WrappedText(line.text, width: text.width).lines where y < text.maxY {
                let style = line.spans.first?.style ?? Style()
                grid.draw(StyledLine(row, style), in: text, y: y, glyphs: state.glyphs)
                y += 1
            }
        }
        if hasName {
            drawField("name", dialog.name, isFocused: dialog.focus == .name, in: fields, y: fields.y, on: &grid)
            if fields.height > 1 {
                let note = Rect(x: fields.x + 7, y: fields.y + 1, width: fields.width - 7, height: 1)
                grid.draw(consequence, in: note, y: note.y, glyphs: state.glyphs)
            }
        }
        if hasButtons, !buttons.isEmpty { grid.draw(buttonLine, in: buttons, y: buttons.y, glyphs: state.glyphs) }
    }

    private var outcome: [StyledLine] {
        switch dialog.phase {
        case .typing: []
        case .checking: [StyledLine("dry run under way: reading and checking, changing nothing", Style(.info))]
        case .checked(let text): [StyledLine("dry run: \(text)", Style(.ok, bold: true))]
        case .refused(let reason):
            [
                StyledLine("refused, and nothing was changed:", Style(.error, bold: true)),
                StyledLine(reason, Style(.error)),
            ]
        case .registering: [StyledLine("registering \(dialog.name.text)", Style(.info))]
        case .loading: [StyledLine("registered; loading \(dialog.name.text)", Style(.info))]
        case .loaded(let text): [StyledLine(text, Style(.ok, bold: true))] + proof
        }
    }

    /// What the loaded adapter was shown to do, or that it is still being found out.
    private var proof: [StyledLine] {
        guard dialog.loads else { return [] }
        guard let proof = state.adapter(.adapter(dialog.name.text))?.proof else {
            return [StyledLine("proof of effect: not known so far", Style(.muted))]
        }
        var lines = [
            StyledLine(
                "proof of effect: \(proof.modulesMatched) of \(proof.modulesTotal.counted("module")), "
                    + "largest norm \(Format.short(proof.largestNorm))")
        ]
        if let probe = proof.probe {
            lines.append(
                StyledLine(
                    "on the probe prompt it moves the base by \(Format.short(probe.divergence)) nats, "
                        + (probe.changesTopToken ? "to another most likely token" : "with the same most likely token")))
        } else {
            lines.append(StyledLine("the probe prompt is under way", Style(.muted)))
        }
        return lines
    }

    private var consequence: StyledLine {
        guard let present = state.adapter(.adapter(dialog.name.text)), dialog.name.text != "base" else {
            return StyledLine("a new name", Style(.muted))
        }
        return present.fateOfReplaced
            ?? StyledLine(
                "replaces version \(present.digest?.short ?? state.glyphs.unknown); what runs finishes on it",
                Style(.warning))
    }

    private var buttonLine: StyledLine {
        var line = StyledLine()
        for (place, label) in [
            (LoadDialog.Focus.cancel, dialog.phase.isOver ? "Close" : "Cancel"), (.register, "Register only"),
            (.load, "Register and load"),
        ] where dialog.places.contains(place) {
            let isFocused = dialog.focus == place
            line.add(isFocused ? "[ \(label) ]" : "  \(label)  ", isFocused ? Style(.selection, bold: true) : Style())
            line.add("  ")
        }
        return line
    }

    private var keys: StyledLine {
        let entries: [(String, String)] =
            switch dialog.phase {
            case .typing: [("Tab", "complete"), ("Up Down", "choose"), ("Enter", "dry run"), ("Esc", "leave")]
            case .checking, .registering, .loading: [("Esc", "leave; it goes on")]
            case .checked: [("Tab", "next"), ("Enter", "press it"), ("Esc", "leave")]
            case .refused: [("Tab", "next"), ("Enter", "close, or try again"), ("Esc", "leave")]
            case .loaded: [("Enter Esc", "close")]
            }
        var line = StyledLine()
        for (key, meaning) in entries {
            line.add(line.isEmpty ? "" : "  ")
            line.add(key, Style(.key, bold: true))
            line.add(" \(meaning)", Style(.muted))
        }
        return line
    }
}

extension LoadDialog.Phase {
    /// Whether nothing more comes.
    fileprivate var isOver: Bool {
        switch self {
        case .loaded, .registering, .loading: true
        case .typing, .checking, .checked, .refused: false
        }
    }
}

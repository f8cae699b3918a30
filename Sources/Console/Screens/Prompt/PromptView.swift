import DeckCore
import TerminalKit

/// The prompt screen: who is asked, with what, and the answers side by side.
struct PromptView {
    let state: ConsoleState

    init(_ state: ConsoleState) { self.state = state }

    private var desk: PromptDesk { state.desk }

    func draw(_ regions: PromptRegions, on grid: inout CellGrid) {
        drawTargets(in: regions.targets, on: &grid)
        if !regions.samples.isEmpty { drawSamples(in: regions.samples, on: &grid) }
        drawField(in: regions.field, on: &grid)
        AnswersView(state, area: regions.answers).draw(on: &grid)
    }

    private func drawTargets(in rect: Rect, on grid: inout CellGrid) {
        let glyphs = state.glyphs
        var title = StyledLine("targets", Style(.title, bold: true))
        title.add(" \(desk.chosen(in: state.snapshot).count)", Style(.muted))
        if !desk.filter.isEmpty { title.add(" /\(desk.filter.text)", Style(.accent, bold: true)) }
        let isFocused = desk.focus == .targets
        let inside = Box(title, isFocused: isFocused).draw(in: rect, on: &grid, glyphs: glyphs)
        let rows = desk.rows(in: state.snapshot)
        for (offset, index) in desk.targetWindow.range(count: rows.count, height: inside.height).enumerated() {
            let target = rows[index]
            let isCursor = isFocused && target == desk.cursor
            let y = inside.y + offset
            let row = Rect(x: inside.x, y: y, width: inside.width, height: 1)
            var line = StyledLine(isCursor ? ">" : " ", Style(.accent, bold: true))
            let isChosen = desk.targets.contains(target)
            line.add(isChosen ? "[x] " : "[ ] ", Style(isChosen ? .accent : .muted, bold: isChosen))
            line.add(target.label, Style(.text, bold: isChosen))
            if let adapter = state.adapter(target), target != .base, !adapter.state.holdsPages {
                line.add(" \(adapter.state.word)", Style(.muted))
            }
            grid.draw(line, in: row, y: y, glyphs: glyphs)
            if isCursor { grid.restyle(row) { $0 = Style(.selection, bold: $0.bold) } }
        }
        desk.targetWindow.drawBar(
            count: rows.count, height: inside.height, box: rect, firstRow: inside.y, on: &grid, glyphs: glyphs)
    }

    private func drawSamples(in rect: Rect, on grid: inout CellGrid) {
        let glyphs = state.glyphs
        let isFocused = desk.focus == .samples
        let inside = Box("saved prompts", isFocused: isFocused).draw(in: rect, on: &grid, glyphs: glyphs)
        let samples = desk.samples
        for (offset, index) in desk.sampleWindow.range(count: samples.count, height: inside.height).enumerated() {
            let sample = samples[index]
            let isCursor = isFocused && index == desk.sample
            let y = inside.y + offset
            let row = Rect(x: inside.x, y: y, width: inside.width, height: 1)
            var line = StyledLine(isCursor ? ">" : " ", Style(.accent, bold: true))
            line.add(Sanitiser.line(sample.text, limit: 300))
            if let adapter = sample.adapter { line.add("  \(Sanitiser.line(adapter, limit: 100))", Style(.muted)) }
            grid.draw(line, in: row, y: y, glyphs: glyphs)
            if isCursor { grid.restyle(row) { $0 = Style(.selection, bold: $0.bold) } }
        }
        desk.sampleWindow.drawBar(
            count: samples.count, height: inside.height, box: rect, firstRow: inside.y, on: &grid, glyphs: glyphs)
    }

    private func drawField(in rect: Rect, on grid: inout CellGrid) {
        let isFocused = desk.focus == .field
        let note = StyledLine("at most \(desk.maxTokens) tokens, \(desk.samplingWords)", Style(.muted))
        let inside = Box("prompt", note: note, isFocused: isFocused).draw(in: rect, on: &grid, glyphs: state.glyphs)
            .inset(1, 0)
        if desk.field.isEmpty && !isFocused {
            grid.draw("Tab goes to the text", x: inside.x, y: inside.y, style: Style(.muted), clip: inside)
        }
        desk.field.drawArea(in: inside, isFocused: isFocused && state.entry == nil, on: &grid)
    }
}

/// The answers of a prompt session: side by side where there is width, stacked where there is not.
struct AnswersView {
    let state: ConsoleState
    let area: Rect
    private let format: Format

    init(_ state: ConsoleState, area: Rect) {
        self.state = state
        self.area = area
        self.format = Format(state)
    }

    /// The columns in sight, each with its box.
    private var boxes: [(column: PromptSession.Column, rect: Rect)] {
        guard let session = state.desk.session else { return [] }
        let all = session.columns.dropFirst(min(state.desk.firstColumn, max(0, session.columns.count - 1)))
        let isStacked = area.width < 60
        let least = isStacked ? 5 : 30
        let length = isStacked ? area.height : area.width
        let count = max(1, min(isStacked ? 3 : 4, all.count, length / least))
        return all.prefix(count).enumerated().map { index, column in
            let start = length * index / count
            let end = length * (index + 1) / count
            let rect =
                isStacked
                ? Rect(x: area.x, y: area.y + start, width: area.width, height: end - start)
                : Rect(x: area.x + start, y: area.y, width: end - start, height: area.height)
            return (column, rect)
        }
    }

    /// Rows by which the longest visible answer can be scrolled up.
    var overflow: Int {
        boxes.map { column, rect in
            let inside = rect.inset(2, 1)
            return max(0, WrappedText(column.text, width: inside.width).lines.count - max(0, inside.height - 1))
        }.max() ?? 0
    }

    func draw(on grid: inout CellGrid) {
        let isFocused = state.desk.focus == .answers
        guard let session = state.desk.session else {
            let inside = Box("answers").draw(in: area, on: &grid, glyphs: state.glyphs).inset(1, 0)
            let text = "Several targets get the same prompt in one batch and answer side by side."
            for (row, line) in WrappedText(text, width: inside.width).lines.prefix(inside.height).enumerated() {
                grid.draw(line, x: inside.x, y: inside.y + row, style: Style(.muted), clip: inside)
            }
            return
        }
        let visible = boxes
        for (column, rect) in visible {
            draw(column, in: rect, isFocused: isFocused, on: &grid)
        }
        let hidden = session.columns.count - visible.count
        guard hidden > 0, let last = visible.last?.rect, last.height >= 2 else { return }
        let text = " \(hidden) more: Left Right "
        if last.width > text.columns + 3 {
            grid.draw(text, x: last.maxX - text.columns - 2, y: last.maxY - 1, style: Style(.accent), clip: area)
        }
    }

    private func draw(
        _ column: PromptSession.Column, in rect: Rect, isFocused: Bool,
        on grid: inout CellGrid
    ) {
        var title = StyledLine(column.target.label, Style(.title, bold: true))
        if let name = column.target.adapter {
            let entry = state.letters[name]
            title.add(" \(entry.letter)", Style(.series(entry.series), bold: true))
        }
        let inside = Box(title, isFocused: isFocused).draw(in: rect, on: &grid, glyphs: state.glyphs).inset(1, 0)
        guard !inside.isEmpty else { return }
        let (head, body) = inside.splitTop(inside.height >= 3 ? 1 : 0)
        if !head.isEmpty {
            // The roomiest wording that fits: a figure is left out rather than cut.
            let wordings = [
                status(column, gap: "  ", unit: " tok"), status(column, gap: " ", unit: "tok"),
                status(column, gap: " ", unit: nil),
            ]
            let line = wordings.first { $0.columns <= head.width } ?? phase(column)
            grid.draw(line, in: head, y: head.y, glyphs: state.glyphs)
        }
        if case .failed(let reason) = column.end, column.text.isEmpty {
            for (row, line) in WrappedText(reason, width: body.width).lines.prefix(body.height).enumerated() {
                grid.draw(line, x: body.x, y: body.y + row, style: Style(.error), clip: body)
            }
            return
        }
        if column.text.isEmpty, let reason = waitSentence(column) {
            for (row, line) in WrappedText(reason, width: body.width).lines.prefix(body.height).enumerated() {
                grid.draw(line, x: body.x, y: body.y + row, style: Style(.warning), clip: body)
            }
            return
        }
        let lines = WrappedText(column.text, width: body.width).lines
        let end = max(min(lines.count, body.height), lines.count - state.desk.scrollBack)
        for (row, line) in lines[max(0, end - body.height)..<end].enumerated() {
            grid.draw(line, x: body.x, y: body.y + row, clip: body)
        }
    }

    /// Phase, then the figures that are known so far; without a unit the count of tokens is left out.
    private func status(_ column: PromptSession.Column, gap: String, unit: String?) -> StyledLine {
        var line = phase(column)
        if let first = column.firstToken { line.add("\(gap)ttft \(Format.duration(first))", Style(.muted)) }
        if column.tokens > 0, let unit { line.add("\(gap)\(column.tokens)\(unit)", Style(.muted)) }
        if let rate = column.tokensPerSecond { line.add("\(gap)\(Format.decimal(rate, 1))/s", Style(.muted)) }
        return line
    }

    private func phase(_ column: PromptSession.Column) -> StyledLine {
        switch column.end {
        case .finished(let reason):
            return StyledLine(reason == .stop ? "done" : reason.rawValue, Style(.ok, bold: true))
        case .failed: return StyledLine("failed", Style(.error, bold: true))
        case .stopped: return StyledLine("stopped", Style(.warning, bold: true))
        case .live: break
        }
        // The stream is ahead of the snapshots: once tokens come, it does not wait.
        if column.tokens > 0 { return StyledLine("decoding", Style(.info)) }
        guard let phase = livePhase(column) else { return StyledLine("sent", Style(.info)) }
        return StyledLine(phase.isWaiting ? "waiting" : phase.words, Style(phase.isWaiting ? .warning : .info))
    }

    /// Where the newest snapshot sees its request, paused screen or not.
    private func livePhase(_ column: PromptSession.Column) -> RequestPhase? {
        guard column.isLive, let id = column.request else { return nil }
        return (state.held ?? state.shown)?.snapshot.requests.first { $0.id == id }?.phase
    }

    private func waitSentence(_ column: PromptSession.Column) -> String? {
        guard case .waiting(let reason)? = livePhase(column) else { return nil }
        return reason.sentence
    }
}

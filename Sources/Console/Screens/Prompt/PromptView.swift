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
        let note = StyledLine("at most \(desk.maxTokens.counted("token")), \(desk.samplingWords)", Style(.muted))
        let inside = Box("prompt", note: note, isFocused: isFocused).draw(in: rect, on: &grid, glyphs: state.glyphs)
            .inset(1, 0)
        if desk.field.isEmpty && !isFocused {
            grid.draw("Tab goes to the text", x: inside.x, y: inside.y, style: Style(.muted), clip: inside)
        }
        desk.field.drawArea(in: inside, isFocused: isFocused && state.entry == nil, on: &grid)
    }
}

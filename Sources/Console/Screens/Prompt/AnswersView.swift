import DeckCore
import TerminalKit

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

    /// Columns that an answer needs, and rows with its border.
    private static let least = Size(width: 28, height: 6)

    /// How many answers fit at once.
    private var capacity: (columns: Int, rows: Int) {
        (max(1, area.width / Self.least.width), max(1, area.height / Self.least.height))
    }

    /// The answers in sight, each with its box: side by side while there is width, then in a second row.
    private var boxes: [(column: PromptSession.Column, rect: Rect)] {
        guard let session = state.desk.session else { return [] }
        let first = min(state.desk.firstColumn, max(0, session.columns.count - 1))
        let shown = session.columns.dropFirst(first).prefix(capacity.columns * capacity.rows)
        let rows = (shown.count + capacity.columns - 1) / capacity.columns
        // Full rows first would leave a wide last one: the rows share them.
        let perRow = (shown.count + rows - 1) / max(1, rows)
        return shown.enumerated().map { index, column in
            let row = index / perRow
            let inRow = min(perRow, shown.count - row * perRow)
            let place = index % perRow
            let (top, bottom) = (area.height * row / rows, area.height * (row + 1) / rows)
            let (left, right) = (area.width * place / inRow, area.width * (place + 1) / inRow)
            return (
                column, Rect(x: area.x + left, y: area.y + top, width: right - left, height: bottom - top)
            )
        }
    }

    /// Rows by which the longest visible answer can be scrolled up.
    var overflow: Int {
        boxes.map { column, rect in
            let inside = rect.inset(2, 1)
            return max(0, WrappedText(column.text, width: inside.width).lines.count - body(of: inside).height)
        }.max() ?? 0
    }

    /// Below the head: a row of figures, and where there is room one that says where the answer differs.
    private func body(of inside: Rect) -> Rect { inside.splitTop(headRows(inside)).rest }

    private func headRows(_ inside: Rect) -> Int {
        let compares = (state.desk.session?.columns.count ?? 0) > 1
        return inside.height >= 5 && compares ? 2 : inside.height >= 3 ? 1 : 0
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
        let (head, body) = inside.splitTop(headRows(inside))
        if !head.isEmpty {
            // The roomiest wording that fits: a figure is left out rather than cut.
            let wordings = [
                status(column, gap: "  ", unit: " tok"), status(column, gap: " ", unit: "tok"),
                status(column, gap: " ", unit: nil),
            ]
            let line = wordings.first { $0.columns <= head.width } ?? phase(column)
            grid.draw(line, in: head, y: head.y, glyphs: state.glyphs)
        }
        let difference = state.desk.session?.difference(of: column)
        if head.height > 1 {
            grid.draw(comparison(column, difference), in: head, y: head.y + 1, glyphs: state.glyphs)
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
        let text = MarkedText(column.text, mark: difference?.mark, width: body.width)
        let end = max(min(text.lines.count, body.height), text.lines.count - state.desk.scrollBack)
        let first = max(0, end - body.height)
        for (row, line) in text.lines[first..<end].enumerated() {
            grid.draw(line, x: body.x, y: body.y + row, clip: body)
        }
        guard let mark = text.place, mark.row >= first, mark.row < end else { return }
        let cell = Rect(x: body.x + mark.column, y: body.y + mark.row - first, width: mark.width, height: 1)
        // Reversed, so that mono screens show it too.
        grid.restyle(cell.intersection(body)) { $0 = Style(.warning, bold: true, reversed: true) }
    }

    /// Where the answer leaves the reference.
    private func comparison(_ column: PromptSession.Column, _ difference: FirstDifference?) -> StyledLine {
        guard let reference = state.desk.session?.reference else { return StyledLine() }
        guard let difference else { return StyledLine("the one to compare with", Style(.muted)) }
        let words = difference.words(reference: reference.target.label)
        return StyledLine(
            words ?? (column.text.isEmpty ? "" : "no difference so far"), Style(words == nil ? .muted : .accent))
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

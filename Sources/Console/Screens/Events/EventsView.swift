import DeckCore
import TerminalKit

/// One event as a line.
struct EventLine {
    let event: DeckEvent
    let format: Format
    let width: Int

    init(_ event: DeckEvent, _ format: Format, width: Int) {
        self.event = event
        self.format = format
        self.width = width
    }

    /// `!` and `E` say on mono screens what the colour says elsewhere.
    private var sign: String {
        switch event.level {
        case .info: " "
        case .warning: "!"
        case .error: "E"
        }
    }

    private var style: Style {
        switch event.level {
        case .info: Style(.text)
        case .warning: Style(.warning)
        case .error: Style(.error, bold: true)
        }
    }

    private var head: StyledLine {
        var line = StyledLine(format.clock(event.time), Style(.muted))
        line.add(sign, style)
        return line
    }

    /// Time, subject and message.
    var brief: StyledLine {
        var line = head
        let kind = event.level == .info ? Style(.info) : style
        if width >= 50 { line.add(event.kind.rawValue.fitted(11, glyphs: format.glyphs), kind) } else { line.add(" ") }
        line.add(body, style)
        return line
    }

    /// With kind, actor and the command in columns, as far as there is room.
    var full: StyledLine {
        var line = head
        line.add(event.kind.rawValue.fitted(11, glyphs: format.glyphs), event.level == .info ? Style(.info) : style)
        if width >= 70 { line.add(event.actor.fitted(9, glyphs: format.glyphs), Style(.muted)) }
        if width >= 110 { line.add(" " + (event.subject ?? "").fitted(22, glyphs: format.glyphs) + " ", Style(.text)) }
        line.add(width >= 110 ? event.message : " " + body, style)
        return line
    }

    /// The message, with the subject before it unless it starts with that anyway.
    private var body: String {
        guard let subject = event.subject, !event.message.contains(subject) else { return event.message }
        return "\(subject): \(event.message)"
    }
}

/// The audit log, scrolled by a cursor, and the event under it in full.
struct EventsView {
    let state: ConsoleState

    init(_ state: ConsoleState) { self.state = state }

    func draw(_ regions: EventRegions, on grid: inout CellGrid) {
        let log = state.log
        let glyphs = state.glyphs
        var title = StyledLine("events", Style(.title, bold: true))
        if log.filter.isEmpty {
            title.add(" \(log.events.count)", Style(.muted))
        } else {
            title.add(" \(log.rows.count)/\(log.events.count)", Style(.muted))
            title.add(" /\(log.filter.text)", Style(.accent, bold: true))
        }
        let note = StyledLine(log.isFollowing ? "following" : "f follows", Style(log.isFollowing ? .ok : .muted))
        let inside = Box(title, note: note, isFocused: true).draw(in: regions.list, on: &grid, glyphs: glyphs)
        let format = Format(state)
        let visible = log.window.range(count: log.rows.count, height: inside.height)
        for (offset, index) in visible.enumerated() {
            let event = log.rows[index]
            let y = inside.y + offset
            let row = Rect(x: inside.x + 2, y: y, width: inside.width - 2, height: 1)
            grid.draw(EventLine(event, format, width: row.width).full, in: row, y: y, glyphs: glyphs)
            guard event.id == log.selected else { continue }
            grid.draw(">", x: inside.x, y: y, style: Style(.accent, bold: true), clip: inside)
            grid.restyle(row) { $0 = Style(.selection, bold: $0.bold) }
        }
        if log.rows.isEmpty {
            let text = log.filter.isEmpty ? "nothing has happened so far" : "nothing matches the filter"
            grid.draw(text, x: inside.x + 2, y: inside.y, style: Style(.muted), clip: inside)
        }
        log.window.drawBar(
            count: log.rows.count, height: inside.height, box: regions.list, firstRow: inside.y, on: &grid,
            glyphs: glyphs)
        drawSelected(in: regions.text, format: format, on: &grid)
    }

    private func drawSelected(in rect: Rect, format: Format, on grid: inout CellGrid) {
        guard let event = state.log.rows.first(where: { $0.id == state.log.selected }) else {
            Box("event").draw(in: rect, on: &grid, glyphs: state.glyphs)
            return
        }
        var title = "\(event.kind.rawValue) by \(event.actor)"
        if let subject = event.subject { title += " on \(subject)" }
        let note = StyledLine(event.command.map { ":" + $0 } ?? "", Style(.muted))
        let inside = Box(title, note: note).draw(in: rect, on: &grid, glyphs: state.glyphs).inset(1, 0)
        guard !inside.isEmpty else { return }
        for (row, text) in WrappedText(event.message, width: inside.width).lines.prefix(inside.height).enumerated() {
            grid.draw(text, x: inside.x, y: inside.y + row, clip: inside)
        }
    }
}

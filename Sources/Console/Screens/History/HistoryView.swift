import DeckCore
import Foundation
import TerminalKit

/// The timeline, the events around the moment on screen, and that moment's figures beside the present's.
struct HistoryView {
    let state: ConsoleState

    init(_ state: ConsoleState) { self.state = state }

    func draw(_ regions: HistoryRegions, on grid: inout CellGrid) {
        drawTimeline(in: regions.timeline, on: &grid)
        drawEvents(in: regions.events, on: &grid)
        drawFigures(in: regions.figures, on: &grid)
    }

    private func drawTimeline(in rect: Rect, on grid: inout CellGrid) {
        let recording = state.chronicle.recording
        var title = StyledLine("history", Style(.title, bold: true))
        title.add(" \(state.history.span.title)", Style(.muted))
        var note = StyledLine()
        if let first = recording.moments.first, let last = recording.moments.last {
            let span = Format.span(last.time.timeIntervalSince(first.time))
            note.add(
                "\(recording.moments.count.counted("moment")) over \(span), \(Format.bytes(recording.bytes))",
                Style(.muted))
        }
        let inside = Box(title, note: note, isFocused: true).draw(in: rect, on: &grid, glyphs: state.glyphs)
        if let timeline = Timeline(state, in: rect) {
            timeline.draw(on: &grid)
        } else {
            grid.draw(
                StyledLine("no room for the timeline", Style(.muted)), in: inside, y: inside.y, glyphs: state.glyphs)
        }
    }

    // MARK: events

    /// All that are known, oldest first, and the last one that had happened at the moment on screen.
    var events: (all: [DeckEvent], here: Int?) {
        let all = (state.heldLog ?? state.log).events
        guard let shown = state.snapshot else { return (all, nil) }
        return (all, all.lastIndex { $0.time <= shown.time })
    }

    private func drawEvents(in rect: Rect, on grid: inout CellGrid) {
        let glyphs = state.glyphs
        let (all, here) = events
        let note = StyledLine("Up Down: event by event", Style(.muted))
        let inside = Box("events \(all.count)", note: note).draw(in: rect, on: &grid, glyphs: glyphs)
        let window = state.history.window
        let format = Format(state)
        for (offset, index) in window.range(count: all.count, height: inside.height).enumerated() {
            let y = inside.y + offset
            let row = Rect(x: inside.x + 2, y: y, width: inside.width - 2, height: 1)
            grid.draw(EventLine(all[index], format, width: row.width).brief, in: row, y: y, glyphs: glyphs)
            // What had not happened yet is there, and looks like it.
            if let here, index > here { grid.restyle(row) { $0 = Style(.muted) } }
            guard index == here else { continue }
            grid.draw(">", x: inside.x, y: y, style: Style(.accent, bold: true), clip: inside)
            grid.restyle(row) { $0 = Style(.selectionUnfocused, bold: $0.bold) }
        }
        if all.isEmpty {
            grid.draw(StyledLine("nothing has happened so far", Style(.muted)), in: inside, y: inside.y, glyphs: glyphs)
        }
        window.drawBar(
            count: all.count, height: inside.height, box: rect, firstRow: inside.y, on: &grid, glyphs: glyphs)
    }

    // MARK: figures

    private func drawFigures(in rect: Rect, on grid: inout CellGrid) {
        guard let shown = state.snapshot, let newest = state.newest else { return }
        let glyphs = state.glyphs
        let isPast = state.past != nil
        let inside = Box("then and now").draw(in: rect, on: &grid, glyphs: glyphs).inset(1, 0)
        let half = max(6, (inside.width - 12) / 2)
        func line(_ name: String, _ then: String, _ now: String, _ style: Style) -> StyledLine {
            var line = StyledLine(name.fitted(11, glyphs: glyphs), Style(.muted))
            line.add(then.fitted(half, .right, glyphs: glyphs), style)
            line.add(" " + now.fitted(half, .right, glyphs: glyphs), Style(isPast ? .muted : .text))
            return line
        }
        let format = Format(state)
        var lines = [
            line("", isPast ? format.clock(shown.time) : "", isPast ? "now" : "now", Style(.header, bold: true))
        ]
        for (name, figure) in figures {
            lines.append(line(name, isPast ? figure(shown) : "", figure(newest), Style(.text, bold: true)))
        }
        if let past = state.past, let place = state.place {
            lines.append(
                StyledLine(
                    "moment \(place + 1) of \(state.chronicle.recording.moments.count), "
                        + "\(Format.span(newest.time.timeIntervalSince(past.time))) ago", Style(.muted)))
        } else {
            lines.append(StyledLine("Left steps back in time", Style(.muted)))
        }
        for (row, line) in lines.prefix(inside.height).enumerated() {
            grid.draw(line, in: inside, y: inside.y + row, glyphs: glyphs)
        }
    }

    /// What is compared, each as text; a figure that the deck cannot tell is unknown.
    private var figures: [(String, (DeckSnapshot) -> String)] {
        let glyphs = state.glyphs
        let format = Format(state)
        func known(_ figure: DeckFigure, _ snapshot: DeckSnapshot, _ text: @autoclosure () -> String) -> String {
            snapshot.unknown[figure] == nil ? text() : glyphs.unknown
        }
        return [
            ("tok/s", { known(.rates, $0, Format.decimal($0.tokensPerSecond, 1)) }),
            ("prompt/s", { known(.rates, $0, Format.decimal($0.promptTokensPerSecond, 0)) }),
            ("running", { "\($0.running)" }), ("waiting", { "\($0.waiting)" }),
            ("headroom", { known(.pages, $0, Format.bytes($0.pool.headroomBytes)) }),
            (
                "resident",
                { known(.residency, $0, "\($0.adapters.count { $0.state == .resident }) of \($0.adapters.count)") }
            ),
            ("ttft p95", { known(.latency, $0, format.duration($0.totals.timeToFirstToken?.p95)) }),
            ("itl p95", { known(.latency, $0, format.duration($0.totals.interTokenLatency?.p95)) }),
            ("rows/step", { known(.steps, $0, $0.step.map { "\($0.rows)" } ?? glyphs.unknown) }),
            ("pinned", { known(.pins, $0, "\($0.adapters.count(where: \.isPinned))") }),
        ]
    }
}

import DeckCore
import Foundation
import TerminalKit

/// The waiting queue: who waits, since when, and why.
struct WaitingView {
    let state: ConsoleState
    let snapshot: DeckSnapshot

    private enum Column { case id, letter, adapter, origin, waited, prompt, why }

    private static let columns: [TableColumn<Column>] = [
        TableColumn(.id, "request", 7, 9, .left, priority: 0), TableColumn(.letter, "", 1, priority: 4),
        TableColumn(.adapter, "adapter", 10, 24, .left, priority: 1),
        TableColumn(.origin, "from", 8, 16, .left, priority: 5), TableColumn(.waited, "waits", 6, priority: 2),
        TableColumn(.prompt, "prompt", 6, priority: 6), TableColumn(.why, "why", 16, 120, .left, priority: 0),
    ]

    static func requests(_ snapshot: DeckSnapshot) -> [RequestSnapshot] { snapshot.requests.filter(\.phase.isWaiting) }

    /// The rows: while the queue stands still, those that waited when it moved last, wherever they are by now, and below
    /// them those that came since. So all that wait have a row, and no row moves.
    static func rows(_ state: ConsoleState, _ snapshot: DeckSnapshot) -> [RequestSnapshot] {
        guard let held = state.batch.held else { return requests(snapshot) }
        let known = Dictionary(snapshot.requests.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let shown = Set(held)
        return held.compactMap { known[$0] } + requests(snapshot).filter { !shown.contains($0.id) }
    }

    func draw(in rect: Rect, isFocused: Bool, on grid: inout CellGrid) {
        let glyphs = state.glyphs
        let unknown = snapshot.unknown[.requests]
        let rows = unknown == nil ? Self.rows(state, snapshot) : []
        var title = StyledLine("waiting", Style(.title, bold: true))
        // Rows that no longer wait are shown as such, and not counted.
        let count = unknown == nil ? rows.count(where: \.phase.isWaiting) : snapshot.waiting
        title.add(" \(count)", Style(count > 0 ? .warning : .muted, bold: count > 0))
        let inside = Box(title, note: note, isFocused: isFocused).draw(in: rect, on: &grid, glyphs: glyphs)
        guard !inside.isEmpty else { return }
        let table = Table(columns: Self.columns, width: inside.width, isFocused: isFocused)
        table.drawHeader(in: inside, on: &grid, glyphs: glyphs)
        let body = inside.splitTop(1).rest
        let window = state.batch.queue.window
        for (offset, index) in window.range(count: rows.count, height: body.height).enumerated() {
            let request = rows[index]
            table.drawRow(
                y: body.y + offset, in: body, isSelected: request.id == state.batch.queue.selected, on: &grid,
                glyphs: glyphs
            ) { column, _ in cell(column, request) }
        }
        if rows.isEmpty, !body.isEmpty {
            let text =
                unknown.map { "single requests unknown: \($0)" }
                ?? snapshot.admissionPaused.map { "nobody waits; admission is paused by \($0.actor)" } ?? "nobody waits"
            grid.draw(StyledLine(text, Style(.muted)), in: body, y: body.y, glyphs: glyphs)
        }
        window.drawBar(count: rows.count, height: body.height, box: rect, firstRow: body.y, on: &grid, glyphs: glyphs)
    }

    /// How many wait for what.
    private var note: StyledLine {
        if snapshot.unknown[.waits] != nil { return StyledLine("reasons unknown", Style(.muted)) }
        if let pause = snapshot.admissionPaused, snapshot.waiting > 0 {
            return StyledLine("admission paused by \(pause.actor)", Style(.warning))
        }
        let summaries = snapshot.waits.isEmpty ? counted : snapshot.waits
        return StyledLine(summaries.map { "\($0.reason) \($0.count)" }.joined(separator: ", "), Style(.muted))
    }

    /// From the requests themselves, where the deck gives no summary.
    private var counted: [WaitSummary] {
        var counts: [String: Int] = [:]
        for request in Self.requests(snapshot) {
            if case .waiting(let reason) = request.phase { counts[reason.cause.word, default: 0] += 1 }
        }
        return counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map { WaitSummary(reason: $0, count: $1) }
    }

    private func cell(_ column: Column, _ request: RequestSnapshot) -> (text: String, style: Style) {
        let (text, style) = waitingCell(column, request)
        return request.phase.isWaiting ? (text, style) : (text, Style(.muted))
    }

    /// What became of a request that stopped waiting since the queue moved last.
    private func leaving(_ request: RequestSnapshot) -> String {
        guard let begun = request.timeline.firstScheduled else { return request.phase.words }
        return "began \(Format.duration(max(0, snapshot.time.timeIntervalSince(request.submitted) - begun))) ago"
    }

    private func waitingCell(_ column: Column, _ request: RequestSnapshot) -> (text: String, style: Style) {
        let entry = request.adapter.map { state.letters[$0] }
        switch column {
        case .id: return ("\(request.id)", Style(.key))
        case .letter:
            return (
                String(entry?.letter ?? LetterBook.base), Style(entry.map { .series($0.series) } ?? .pageKV, bold: true)
            )
        case .adapter: return (request.adapter ?? "base", Style(.text))
        case .origin: return (request.origin, Style(.muted))
        case .waited:
            let waited = request.phase.isWaiting ? nil : request.timeline.firstScheduled
            let seconds = waited ?? max(0, snapshot.time.timeIntervalSince(request.submitted))
            // Whole seconds: a full queue would be sent anew with every frame.
            return (seconds < 1 ? Format.duration(seconds) : Format.span(seconds), Style(.text))
        case .prompt: return ("\(request.promptTokens)", Style(.muted))
        case .why:
            guard case .waiting(let reason) = request.phase else { return (leaving(request), Style(.muted)) }
            if let unknown = snapshot.unknown[.waits] { return ("unknown: \(unknown)", Style(.muted)) }
            return (reason.sentence, Style(.warning))
        }
    }
}

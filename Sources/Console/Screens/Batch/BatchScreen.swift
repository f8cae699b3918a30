import DeckCore
import TerminalKit

/// What the batch screen remembers.
public struct BatchDesk: Hashable, Sendable {
    /// The cursor of the waiting queue.
    public internal(set) var queue = RowCursor<RequestID>()
}

/// Screen 4: what the steps are made of, and who waits and why. Its desk is `ConsoleState.batch`.
struct BatchScreen: ConsoleScreen {
    func panels(_ state: ConsoleState, in area: Rect) -> [Rect] {
        let (steps, queue) = area.splitTop(area.height >= 14 ? area.height / 2 : area.height)
        return [steps, queue]
    }

    private func waiting(_ state: ConsoleState) -> [RequestSnapshot] {
        (state.snapshot?.requests ?? []).filter(\.phase.isWaiting)
    }

    func draw(_ state: ConsoleState, in area: Rect, on grid: inout CellGrid) {
        guard let snapshot = state.snapshot else { return }
        let panels = panels(state, in: area)
        BatchView(state, snapshot).draw(in: panels[0], on: &grid)
        let rows = waiting(state)
        let inside = Box("waiting \(rows.count)", isFocused: true).draw(in: panels[1], on: &grid, glyphs: state.glyphs)
        let range = state.batch.queue.window.range(count: rows.count, height: inside.height)
        for (offset, index) in range.enumerated() {
            let request = rows[index]
            let isSelected = request.id == state.batch.queue.selected
            var line = StyledLine(isSelected ? "> " : "  ", Style(.accent, bold: true))
            line.add("\(request.id)".fitted(9, glyphs: state.glyphs), Style(.key))
            line.add((request.adapter ?? "base").fitted(18, glyphs: state.glyphs) + " ")
            line.add(request.phase.words, Style(.warning))
            grid.draw(line, in: inside, y: inside.y + offset, glyphs: state.glyphs)
        }
        if rows.isEmpty {
            let text = snapshot.unknown[.waits] ?? snapshot.unknown[.requests] ?? "nobody waits"
            grid.draw(StyledLine(text, Style(.muted)), in: inside.inset(1, 0), y: inside.y, glyphs: state.glyphs)
        }
    }

    func settle(_ state: inout ConsoleState, in area: Rect) {
        state.batch.queue.settle(
            waiting(state).map(\.id), height: panels(state, in: area)[1].inset(1, 1).height)
    }

    func move(_ state: inout ConsoleState, by rows: Int, in area: Rect) {
        state.batch.queue.move(by: rows, in: waiting(state).map(\.id))
    }

    func run(_ action: ActionID, _ state: inout ConsoleState, in area: Rect) -> [ConsoleEffect]? {
        guard action == .open, let step = state.snapshot?.step else { return nil }
        state.open(.step(step.index))
        return []
    }

    func disabledReason(_ action: ActionID, _ state: ConsoleState) -> String? {
        action == .open && state.snapshot?.step == nil ? "no step so far" : nil
    }
}

/// One step: its segments, and where its time went.
struct StepScreen: LinesScreen {
    let index: Int

    func page(_ state: ConsoleState, width: Int) -> LinesPage {
        let all = (state.snapshot?.recentSteps ?? []) + (state.snapshot?.step.map { [$0] } ?? [])
        let title = LinesPage.heading("step \(index)")
        guard let step = all.first(where: { $0.index == index }) else {
            return LinesPage(
                title: title, lines: [StyledLine("step \(index) is no longer among the recent ones", Style(.warning))])
        }
        var lines = LinesPage.fact("time", Format.duration(step.seconds), width: width, glyphs: state.glyphs)
        lines += LinesPage.fact("rows", "\(step.rows)", width: width, glyphs: state.glyphs)
        lines += step.segments.flatMap {
            LinesPage.fact(
                $0.adapter ?? "base", "\($0.prefillRows) prefill, \($0.decodeRows) decode, rank \($0.rank)",
                width: width, glyphs: state.glyphs)
        }
        return LinesPage(title: title, lines: lines)
    }
}

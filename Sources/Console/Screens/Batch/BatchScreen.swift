import DeckCore
import TerminalKit

/// Screen 4: what the steps are made of, and who waits and why. Its desk is `ConsoleState.batch`.
struct BatchScreen: ConsoleScreen {
    // MARK: layout

    func panels(_ state: ConsoleState, in area: Rect) -> [Rect] {
        let regions = BatchRegions(area, state)
        return [regions.step, regions.strips, regions.queue]
    }

    func draw(_ state: ConsoleState, in area: Rect, on grid: inout CellGrid) {
        guard let snapshot = state.snapshot else { return }
        let regions = BatchRegions(area, state)
        drawStep(state, snapshot, in: regions.step, on: &grid)
        drawStrips(state, snapshot, in: regions.strips, on: &grid)
        if !regions.queue.isEmpty {
            WaitingView(state: state, snapshot: snapshot).draw(
                in: regions.queue, isFocused: state.batch.focus == .queue, on: &grid)
        }
    }

    private func drawStep(
        _ state: ConsoleState, _ snapshot: DeckSnapshot, in rect: Rect, on grid: inout CellGrid
    ) {
        let step = state.batch.shown(in: snapshot)
        var title = StyledLine("batch", Style(.title, bold: true))
        if let step { title.add(" step \(step.index)", Style(.muted)) }
        let note = step.map { StyledLine(Format.duration($0.seconds), Style(.text)) } ?? StyledLine()
        let inside = Box(title, note: note, isFocused: false).draw(in: rect, on: &grid, glyphs: state.glyphs)
        guard !inside.isEmpty else { return }
        guard let step else {
            let text = snapshot.unknown[.steps].map { "steps unknown: \($0)" } ?? "no step so far"
            for (row, line) in WrappedText(text, width: inside.width).lines.prefix(inside.height).enumerated() {
                grid.draw(line, x: inside.x, y: inside.y + row, style: Style(.muted), clip: inside)
            }
            return
        }
        let strip = BatchStrip(state, step)
        strip.draw(in: inside.splitTop(1).top, on: &grid)
        var rest = inside.splitTop(1).rest
        // Following, shares of all recent steps stand still enough to be read.
        let steps = state.batch.step == nil ? snapshot.recentSteps : [step]
        var times = StyledLine.flow(BatchStrip.times(steps, state.glyphs), width: inside.width)
        // Of how many, where that costs no line.
        let count = StyledLine("  of \(steps.count.counted("step"))", Style(.muted))
        if let last = times.indices.last, steps.count > 1, times[last].columns + count.columns <= inside.width {
            times[last].add(count)
        }
        let facts = StyledLine.flow(strip.composition, width: inside.width) + times
        // A segment under its header comes before the last facts.
        for line in facts.prefix(max(1, rest.height - 2)) {
            grid.draw(line, in: rest, y: rest.y, glyphs: state.glyphs)
            rest = rest.splitTop(1).rest
        }
        SegmentTable(state: state, step: step).draw(in: rest, on: &grid)
    }

    private func drawStrips(
        _ state: ConsoleState, _ snapshot: DeckSnapshot, in rect: Rect, on grid: inout CellGrid
    ) {
        guard !rect.isEmpty else { return }
        let steps = snapshot.recentSteps
        let note = StyledLine(
            state.batch.step == nil ? "following" : "f follows", Style(state.batch.step == nil ? .ok : .muted))
        let inside = Box("steps \(steps.count)", note: note, isFocused: state.batch.focus == .steps).draw(
            in: rect, on: &grid, glyphs: state.glyphs)
        guard !steps.isEmpty else {
            let text = snapshot.unknown[.steps].map { "steps unknown: \($0)" } ?? "no step so far"
            grid.draw(StyledLine(text, Style(.muted)), in: inside, y: inside.y, glyphs: state.glyphs)
            return
        }
        StepStrips(state: state, steps: steps).draw(in: inside, selected: state.batch.step, on: &grid)
    }

    // MARK: cursors

    private func waiting(_ state: ConsoleState) -> [RequestID] {
        guard let snapshot = state.snapshot, snapshot.unknown[.requests] == nil else { return [] }
        return WaitingView.rows(state, snapshot).map(\.id)
    }

    func settle(_ state: inout ConsoleState, in area: Rect) {
        let regions = BatchRegions(area, state)
        state.batch.queue.settle(waiting(state), height: regions.queue.inset(1, 1).height - 1)
        if regions.queue.isEmpty { state.batch.focus = .steps }
        guard let chosen = state.batch.step, let steps = state.snapshot?.recentSteps else { return }
        // A step that is too old gives its place to the oldest there is.
        if !steps.contains(where: { $0.index == chosen }) { state.batch.step = steps.first?.index }
    }

    func move(_ state: inout ConsoleState, by rows: Int, in area: Rect) {
        if state.batch.focus == .queue {
            state.batch.queue.move(by: rows, in: waiting(state))
        } else {
            step(&state, by: rows)
        }
    }

    /// At the newest step it follows again.
    private func step(_ state: inout ConsoleState, by count: Int) {
        guard let steps = state.snapshot?.recentSteps, !steps.isEmpty else { return }
        let here = state.batch.step.flatMap { chosen in steps.firstIndex { $0.index == chosen } } ?? steps.count - 1
        let next = max(0, min(steps.count - 1, here + count))
        state.batch.step = next == steps.count - 1 ? nil : steps[next].index
    }

    func pageLength(_ state: ConsoleState, in area: Rect) -> Int {
        state.batch.focus == .queue ? max(1, BatchRegions(area, state).queue.inset(1, 1).height - 2) : 20
    }

    func press(_ state: inout ConsoleState, x: Int, y: Int, in area: Rect) {
        let regions = BatchRegions(area, state)
        let rows = regions.queue.inset(1, 1).splitTop(1).rest
        let columns = regions.strips.inset(1, 1).splitLeft(StepStrips.side).rest
        if rows.contains(x: x, y: y) {
            state.batch.focus = .queue
            state.batch.queue.press(row: y - rows.y, in: waiting(state))
        } else if columns.contains(x: x, y: y), let steps = state.snapshot?.recentSteps {
            let shown = StepStrips.shown(steps, width: columns.width)
            let place = shown.startIndex + x - (columns.maxX - shown.count)
            state.batch.focus = .steps
            if shown.indices.contains(place) {
                state.batch.step = place == steps.count - 1 ? nil : shown[place].index
            }
        }
    }

    // MARK: actions

    func run(_ action: ActionID, _ state: inout ConsoleState, in area: Rect) -> [ConsoleEffect]? {
        switch action {
        case .left: step(&state, by: -1)
        case .right: step(&state, by: 1)
        case .nextPanel, .previousPanel:
            state.batch.focus =
                state.batch.focus == .steps && !BatchRegions(area, state).queue.isEmpty ? .queue : .steps
        case .follow: state.batch.step = nil
        case .open:
            if state.batch.focus == .queue, let id = state.batch.queue.selected {
                state.open(.request(id))
            } else if let step = state.snapshot.flatMap(state.batch.shown) {
                state.batch.opened = step
                state.open(.step(step.index))
            }
        default: return nil
        }
        return []
    }

    func disabledReason(_ action: ActionID, _ state: ConsoleState) -> String? {
        switch action {
        case .open:
            if state.batch.focus == .queue { return state.batch.queue.selected == nil ? "nobody waits" : nil }
            return state.snapshot.flatMap(state.batch.shown) == nil ? stepReason(state) : nil
        case .left, .right: return state.snapshot?.recentSteps.isEmpty != false ? stepReason(state) : nil
        case .follow: return state.batch.step == nil ? "following already" : nil
        default: return nil
        }
    }

    private func stepReason(_ state: ConsoleState) -> String {
        state.snapshot?.unknown[.steps].map { "steps unknown: \($0)" } ?? "no step so far"
    }

    func request(_ state: ConsoleState) -> RequestID? {
        state.batch.focus == .queue ? state.batch.queue.selected : nil
    }

    func csv(_ state: ConsoleState) -> CSVText? {
        guard let snapshot = state.snapshot, !snapshot.recentSteps.isEmpty else { return nil }
        return CSVText(
            header: [
                "step", "seconds", "rows", "prefill_rows", "decode_rows", "segments", "base_seconds", "lora_seconds",
                "attention_seconds", "sampling_seconds", "other_seconds",
            ],
            rows: snapshot.recentSteps.map { step in
                ["\(step.index)", "\(step.seconds)", "\(step.rows)", "\(step.prefillRows)", "\(step.decodeRows)"]
                    + ["\(step.segments.count)"]
                    + (step.parts?.amounts.map { "\($0)" } ?? Array(repeating: "", count: 5))
            })
    }
}

/// Where the batch screen's panels stand.
struct BatchRegions {
    let step: Rect
    let strips: Rect
    let queue: Rect

    init(_ area: Rect, _ state: ConsoleState) {
        let segments = state.snapshot.flatMap(state.batch.shown)?.segments.count ?? 0
        if area.width >= 120, area.height >= 16 {
            let (top, bottom) = area.splitTop(area.height * 3 / 5)
            (step, strips) = top.splitLeft(min(70, area.width * 2 / 5))
            queue = bottom
        } else if area.height >= 16 {
            // The batch takes what it can use, and the queue has three rows at least.
            let (top, rest) = area.splitTop(max(6, min(segments + 6, area.height * 9 / 20)))
            step = top
            let (middle, low) = rest.splitTop(max(5, rest.height - max(6, rest.height * 2 / 5)))
            (strips, queue) = (middle, low)
        } else if area.height >= 10 {
            let (top, rest) = area.splitTop(area.height / 2)
            step = top
            strips = Rect(x: area.x, y: rest.y, width: 0, height: 0)
            queue = rest
        } else {
            step = area
            strips = Rect(x: area.x, y: area.maxY, width: 0, height: 0)
            queue = strips
        }
    }
}

import DeckCore
import TerminalKit

/// The what-if plan: what fits now, and what would. Its desk is `ConsoleState.plan`.
struct PlanScreen: ConsoleScreen {
    func panels(_ state: ConsoleState, in area: Rect) -> [Rect] {
        let regions = PlanRegions(area)
        return [regions.form, regions.answer]
    }

    func draw(_ state: ConsoleState, in area: Rect, on grid: inout CellGrid) {
        guard let snapshot = state.snapshot else { return }
        let regions = PlanRegions(area)
        let pool = PlanPool(snapshot)
        drawForm(state, pool, in: regions.form, on: &grid)
        let width = regions.answer.width - 4
        PlanText(state: state, snapshot: snapshot, pool: pool, width: width).page.draw(
            top: state.detailTop, in: regions.answer, on: &grid, glyphs: state.glyphs)
    }

    // MARK: form

    private func drawForm(_ state: ConsoleState, _ pool: PlanPool?, in rect: Rect, on grid: inout CellGrid) {
        let note = StyledLine("Left Right change it, Enter types", Style(.muted))
        let inside = Box("what if", note: note, isFocused: true).draw(in: rect, on: &grid, glyphs: state.glyphs)
        let fields = PlanDesk.Field.allCases
        let isStacked = inside.height >= fields.count
        let cell = isStacked ? inside.width : inside.width / fields.count
        for (index, field) in fields.enumerated() {
            let isChosen = state.plan.field == field
            let place =
                isStacked
                ? Rect(x: inside.x, y: inside.y + index, width: inside.width, height: 1)
                : Rect(x: inside.x + index * cell, y: inside.y, width: cell - 1, height: min(1, inside.height))
            var line = StyledLine(isChosen ? ">" : " ", Style(.accent, bold: true))
            line.add(isStacked ? field.title.fitted(9, glyphs: state.glyphs) : field.title + " ", Style(.muted))
            line.add(value(field, state, pool), Style(.text, bold: true))
            grid.draw(line, in: place, y: place.y, glyphs: state.glyphs)
            if isChosen { grid.restyle(place) { $0 = Style(.selection, bold: $0.bold) } }
        }
    }

    private func value(_ field: PlanDesk.Field, _ state: ConsoleState, _ pool: PlanPool?) -> String {
        let desk = state.plan
        let geometry = state.snapshot?.deck.geometry
        switch field {
        case .rank: return "\(desk.rank)" + (desk.like.map { " as \($0)" } ?? "")
        case .tokens: return "\(desk.tokens) a sequence"
        case .memory:
            guard let pool else { return state.glyphs.unknown }
            return Format.bytes(desk.memoryBytes ?? pool.totalBytes) + (desk.memoryBytes == nil ? " (own)" : "")
        case .pageTokens:
            guard let pool else { return state.glyphs.unknown }
            return "\(desk.tokensPerPage ?? pool.tokensPerPage) KV tokens" + (desk.tokensPerPage == nil ? " (own)" : "")
        case .targets:
            guard let geometry else { return state.glyphs.unknown }
            return desk.targetWords(geometry)
        }
    }

    // MARK: keys

    func enter(_ state: inout ConsoleState) {
        let before = state.stack.dropLast().last?.screen.target(state)
        guard let before, before != state.plan.offered, let adapter = state.adapter(before), before != .base else {
            return
        }
        state.plan.offered = before
        state.plan.ask(like: adapter, state.snapshot?.deck.geometry)
    }

    /// The arrows go through the form; pages scroll the answer.
    func move(_ state: inout ConsoleState, by rows: Int, in area: Rect) {
        if abs(rows) == 1 {
            let last = PlanDesk.Field.allCases.count - 1
            state.plan.field =
                PlanDesk.Field(rawValue: max(0, min(last, state.plan.field.rawValue + rows))) ?? .rank
            return
        }
        guard let snapshot = state.snapshot else { return }
        let answer = PlanRegions(area).answer
        let text = PlanText(state: state, snapshot: snapshot, pool: PlanPool(snapshot), width: answer.width - 4)
        state.detailTop = max(0, min(state.detailTop + rows, text.page.overflow(in: answer)))
    }

    func pageLength(_ state: ConsoleState, in area: Rect) -> Int {
        max(2, PlanRegions(area).answer.inset(1, 1).height - 1)
    }

    func press(_ state: inout ConsoleState, x: Int, y: Int, in area: Rect) {
        let form = PlanRegions(area).form.inset(1, 1)
        guard form.contains(x: x, y: y), form.height >= PlanDesk.Field.allCases.count,
            let field = PlanDesk.Field(rawValue: y - form.y)
        else { return }
        state.plan.field = field
    }

    func run(_ action: ActionID, _ state: inout ConsoleState, in area: Rect) -> [ConsoleEffect]? {
        switch action {
        case .left, .right:
            guard let snapshot = state.snapshot, let pool = PlanPool(snapshot) else { return [] }
            state.plan.change(action == .right ? 1 : -1, pool: pool, geometry: snapshot.deck.geometry)
            return []
        case .typeValues:
            state.openPlanForm()
            return []
        default: return nil
        }
    }

    func disabledReason(_ action: ActionID, _ state: ConsoleState) -> String? {
        guard [.left, .right, .typeValues].contains(action), let snapshot = state.snapshot else { return nil }
        if PlanPool(snapshot) == nil { return "pages unknown: \(snapshot.unknown[.pages] ?? "the pool has none")" }
        if action == .typeValues { return nil }
        let needsSizes = state.plan.field == .targets || state.plan.field == .pageTokens
        return needsSizes && snapshot.deck.geometry == nil ? "the deck does not tell the sizes of its base model" : nil
    }
}

/// Where the form and the answer stand.
struct PlanRegions {
    let form: Rect
    let answer: Rect

    init(_ area: Rect) {
        let fields = PlanDesk.Field.allCases.count
        if area.width >= 100 {
            (form, answer) = area.splitLeft(40)
        } else {
            (form, answer) = area.splitTop(area.height >= fields + 8 ? fields + 2 : 3)
        }
    }
}

import DeckCore
import TerminalKit

/// Screen 7: test prompts and comparisons. Its desk is `ConsoleState.desk`.
struct PromptScreen: ConsoleScreen {
    func panels(_ state: ConsoleState, in area: Rect) -> [Rect] {
        let regions = PromptRegions(area, state: state)
        return [regions.field, regions.targets, regions.samples, regions.answers]
    }

    func draw(_ state: ConsoleState, in area: Rect, on grid: inout CellGrid) {
        PromptView(state).draw(PromptRegions(area, state: state), on: &grid)
    }

    func settle(_ state: inout ConsoleState, in area: Rect) {
        let regions = PromptRegions(area, state: state)
        let rows = state.desk.rows(in: state.snapshot)
        if !rows.contains(state.desk.cursor), let first = rows.first { state.desk.cursor = first }
        state.desk.targetWindow.reveal(
            rows.firstIndex(of: state.desk.cursor), count: rows.count, height: regions.targetRows)
        state.desk.sampleWindow.reveal(
            state.desk.sample, count: state.desk.samples.count, height: regions.sampleRows)
    }

    func move(_ state: inout ConsoleState, by rows: Int, in area: Rect) { state.moveOnDesk(rows, in: area) }

    func press(_ state: inout ConsoleState, x: Int, y: Int, in area: Rect) {
        let regions = PromptRegions(area, state: state)
        func row(_ rect: Rect, _ window: ScrollWindow, count: Int) -> Int? {
            let body = rect.inset(1, 1)
            guard body.contains(x: x, y: y) else { return nil }
            let index = window.range(count: count, height: body.height).lowerBound + y - body.y
            return index < count ? index : nil
        }
        if regions.field.contains(x: x, y: y) {
            state.desk.focus = .field
        } else if regions.targets.contains(x: x, y: y) {
            let rows = state.desk.rows(in: state.snapshot)
            state.desk.focus = .targets
            guard let index = row(regions.targets, state.desk.targetWindow, count: rows.count) else { return }
            state.desk.cursor = rows[index]
            state.toggleTarget()
        } else if regions.samples.contains(x: x, y: y) {
            state.desk.focus = .samples
            let count = state.desk.samples.count
            if let index = row(regions.samples, state.desk.sampleWindow, count: count) { state.desk.sample = index }
        } else if state.desk.session != nil {
            state.desk.focus = .answers
        }
    }

    func type(_ key: Key, _ state: inout ConsoleState) -> [ConsoleEffect]? { state.typePrompt(key) }

    func isTyping(_ state: ConsoleState) -> Bool { state.desk.focus == .field }

    func run(_ action: ActionID, _ state: inout ConsoleState, in area: Rect) -> [ConsoleEffect]? {
        switch action {
        case .send: return state.pressEnterOnDesk()
        case .toggleTarget: state.toggleTarget()
        case .stop: return state.stopAnswers()
        case .left: state.desk.firstColumn = max(0, state.desk.firstColumn - 1)
        case .right:
            let last = max(0, (state.desk.session?.columns.count ?? 1) - 1)
            state.desk.firstColumn = min(last, state.desk.firstColumn + 1)
        case .options: state.openOptions()
        case .savePrompt: state.openSavedPrompt(editing: false)
        case .editPrompt: state.openSavedPrompt(editing: true)
        case .deletePrompt: state.askToDeletePrompt()
        case .nextPanel: state.turnFocus(1)
        case .previousPanel: state.turnFocus(-1)
        default: return nil
        }
        return []
    }

    func disabledReason(_ action: ActionID, _ state: ConsoleState) -> String? {
        switch action {
        case .send: state.sendReason
        case .stop: state.desk.session?.isLive == true ? nil : "no answer is running"
        case .editPrompt, .deletePrompt:
            state.desk.focus == .samples ? nil : "go to the saved prompts first (Tab)"
        case .left, .right: state.desk.session == nil ? "no answers yet" : nil
        default: nil
        }
    }

    func copies(_ state: ConsoleState) -> [Menu.Item] { state.answerCopies }

    func filter(_ state: ConsoleState) -> String? { state.desk.filter.text }
    func setFilter(_ text: String, _ state: inout ConsoleState) { state.desk.setFilter(text) }
}

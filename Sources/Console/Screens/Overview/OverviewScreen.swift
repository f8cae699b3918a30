import DeckCore
import TerminalKit

/// Screen 1: everything at a glance. Its desk is `ConsoleState.overviewList`.
struct OverviewScreen: AdapterListScreen {
    func table(_ state: ConsoleState, in area: Rect) -> Rect { OverviewRegions(state, in: area).table }

    func panels(_ state: ConsoleState, in area: Rect) -> [Rect] {
        let regions = OverviewRegions(state, in: area)
        return OverviewPanel.allCases.map { regions[$0] }
    }

    func draw(_ state: ConsoleState, in area: Rect, on grid: inout CellGrid) {
        OverviewView(state).draw(OverviewRegions(state, in: area), on: &grid)
    }

    func settle(_ state: inout ConsoleState, in area: Rect) {
        state.settleSelection(in: state.overviewList)
        state.overviewList.reveal(state.selected, height: tableBody(state, in: area).height)
    }

    func run(_ action: ActionID, _ state: inout ConsoleState, in area: Rect) -> [ConsoleEffect]? {
        guard action == .layout else { return sortByNext(action, &state, in: area) }
        let all = OverviewLayout.allCases
        let next = all.firstIndex(of: state.overviewLayout).map { all[($0 + 1) % all.count] } ?? .balanced
        state.overviewLayout = next
        state.say("layout \(next.rawValue)")
        return []
    }

    func filter(_ state: ConsoleState) -> String? { state.overviewList.filter.text }

    func setFilter(_ text: String, _ state: inout ConsoleState) {
        state.overviewList.setFilter(text, snapshot: state.snapshot, now: state.now)
    }
}

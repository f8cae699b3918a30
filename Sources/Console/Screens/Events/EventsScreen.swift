import DeckCore
import TerminalKit

/// Screen 8: the audit log. Its desk is `ConsoleState.log`.
struct EventsScreen: ConsoleScreen {
    func panels(_ state: ConsoleState, in area: Rect) -> [Rect] {
        let regions = EventRegions(area)
        return [regions.list, regions.text]
    }

    func draw(_ state: ConsoleState, in area: Rect, on grid: inout CellGrid) {
        EventsView(state).draw(EventRegions(area), on: &grid)
    }

    func settle(_ state: inout ConsoleState, in area: Rect) {
        state.log.window.reveal(
            state.log.selectedIndex, count: state.log.rows.count, height: EventRegions(area).rows.height)
    }

    func move(_ state: inout ConsoleState, by rows: Int, in area: Rect) { state.log.move(by: rows) }

    func pageLength(_ state: ConsoleState, in area: Rect) -> Int { max(1, EventRegions(area).rows.height - 1) }

    func press(_ state: inout ConsoleState, x: Int, y: Int, in area: Rect) {
        let rows = EventRegions(area).rows
        guard rows.contains(x: x, y: y), state.log.window.top + y - rows.y < state.log.rows.count else { return }
        state.log.select(index: state.log.window.top + y - rows.y)
    }

    func run(_ action: ActionID, _ state: inout ConsoleState, in area: Rect) -> [ConsoleEffect]? {
        guard action == .follow else { return nil }
        state.log.follow()
        return []
    }

    func disabledReason(_ action: ActionID, _ state: ConsoleState) -> String? {
        action == .follow && state.log.isFollowing ? "following already" : nil
    }

    func copies(_ state: ConsoleState) -> [Menu.Item] {
        state.copies(of: state.log.rows.first { $0.id == state.log.selected })
    }

    func csv(_ state: ConsoleState) -> CSVText? {
        let format = Format(state)
        return CSVText(
            header: ["id", "time", "kind", "level", "actor", "subject", "message", "command"],
            rows: state.log.rows.map { event in
                [
                    "\(event.id)", format.moment(event.time), event.kind.rawValue, event.level.rawValue, event.actor,
                    event.subject ?? "", event.message, event.command ?? "",
                ]
            })
    }

    func filter(_ state: ConsoleState) -> String? { state.log.filter.text }
    func setFilter(_ text: String, _ state: inout ConsoleState) { state.log.setFilter(text) }
}

/// The event list, and the box that shows one event whole.
struct EventRegions {
    let list: Rect
    let text: Rect

    init(_ area: Rect) { (list, text) = area.splitBottom(area.height >= 12 ? 5 : 0) }

    var rows: Rect { list.inset(1, 1) }
}

import DeckCore
import TerminalKit

/// Screen 6: live requests and those that ended lately. Its desk is `ConsoleState.requests`.
struct RequestsScreen: ConsoleScreen {
    func panels(_ state: ConsoleState, in area: Rect) -> [Rect] {
        let regions = RequestRegions(area)
        return [regions.list, regions.selected, regions.slowest]
    }

    func draw(_ state: ConsoleState, in area: Rect, on grid: inout CellGrid) {
        RequestsView(state).draw(RequestRegions(area), on: &grid)
    }

    func enter(_ state: inout ConsoleState) { update(&state, isFrozen: false) }

    func settle(_ state: inout ConsoleState, in area: Rect) {
        state.requests.cursor.settle(state.requests.rows.map(\.id), height: RequestRegions(area).rows.height)
    }

    func move(_ state: inout ConsoleState, by rows: Int, in area: Rect) {
        state.requests.cursor.move(by: rows, in: state.requests.rows.map(\.id))
        state.requests.hold(now: state.now)
    }

    func pageLength(_ state: ConsoleState, in area: Rect) -> Int { max(1, RequestRegions(area).rows.height - 1) }

    func press(_ state: inout ConsoleState, x: Int, y: Int, in area: Rect) {
        let rows = RequestRegions(area).rows
        guard rows.contains(x: x, y: y) else { return }
        state.requests.cursor.press(row: y - rows.y, in: state.requests.rows.map(\.id))
        state.requests.hold(now: state.now)
    }

    func run(_ action: ActionID, _ state: inout ConsoleState, in area: Rect) -> [ConsoleEffect]? {
        switch action {
        case .open:
            guard let id = state.requests.cursor.selected else { return nil }
            state.open(.request(id))
        case .sort:
            let keys = RequestsView(state).sortKeys(RequestRegions(area))
            let place = keys.firstIndex(of: state.requests.sort) ?? keys.count - 1
            let next = keys[(place + 1) % keys.count]
            order(&state, by: next, descending: next.startsDescending)
        case .reverse: order(&state, by: state.requests.sort, descending: !state.requests.isDescending)
        default: return nil
        }
        return []
    }

    private func order(_ state: inout ConsoleState, by sort: RequestSort, descending: Bool) {
        state.requests.order(by: sort, descending: descending)
        update(&state, isFrozen: false)
        state.say("sorted by \(sort.title), \(descending ? "largest" : "smallest") first")
    }

    /// Takes what the state shows into the list.
    func update(_ state: inout ConsoleState, isFrozen: Bool) {
        guard let snapshot = state.snapshot else { return }
        state.requests.update(from: snapshot, state.chronicle.requests, now: state.now, isFrozen: isFrozen)
    }

    func request(_ state: ConsoleState) -> RequestID? { state.requests.cursor.selected }
    func copies(_ state: ConsoleState) -> [Menu.Item] { state.copies(of: state.requests.cursor.selected) }

    func target(_ state: ConsoleState) -> Target? {
        state.requests.rows.first { $0.id == state.requests.cursor.selected }?.target
    }

    func disabledReason(_ action: ActionID, _ state: ConsoleState) -> String? {
        action == .open && state.requests.cursor.selected == nil ? "no request selected" : nil
    }

    func csv(_ state: ConsoleState) -> CSVText? { RequestCSV(state.requests.rows, Format(state)).text }

    func filter(_ state: ConsoleState) -> String? { state.requests.filter.text }

    func setFilter(_ text: String, _ state: inout ConsoleState) {
        state.requests.setFilter(text)
        update(&state, isFrozen: false)
    }
}

/// One request. Its page scrolls as a whole.
struct RequestScreen: LinesScreen {
    let id: RequestID

    func request(_ state: ConsoleState) -> RequestID? { id }
    func copies(_ state: ConsoleState) -> [Menu.Item] { state.copies(of: id) }

    func target(_ state: ConsoleState) -> Target? { state.request(id)?.target }

    func page(_ state: ConsoleState, width: Int) -> LinesPage { RequestDetailView(state, id: id).page(width: width) }
}

extension ConsoleState {
    /// A request as the moment on screen knows it, or as it ended before.
    func request(_ id: RequestID) -> RequestSnapshot? {
        snapshot?.requests.first { $0.id == id } ?? chronicle.requests[id]
    }
}

/// The list, the request under the cursor, and the slowest of late.
struct RequestRegions {
    let list: Rect
    let selected: Rect
    let slowest: Rect

    init(_ area: Rect) {
        let none = Rect(x: area.x, y: area.y, width: 0, height: 0)
        if area.width >= 170, area.height >= 24 {
            let (left, right) = area.splitLeft(area.width - max(64, area.width / 3))
            list = left
            (selected, slowest) = right.splitTop(min(14, right.height / 2))
        } else if area.height >= 14 {
            let (top, bottom) = area.splitBottom(area.height >= 30 ? 12 : 7)
            list = top
            (selected, slowest) = area.width >= 110 ? bottom.splitLeft(bottom.width / 2) : (bottom, none)
        } else {
            (list, selected, slowest) = (area, none, none)
        }
    }

    /// The rows of the list, below its header.
    var rows: Rect { list.inset(1, 1).splitTop(1).rest }
}

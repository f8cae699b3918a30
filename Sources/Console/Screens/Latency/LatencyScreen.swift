import DeckCore
import TerminalKit

/// Screen 5: how long answers take, against their objectives, and where the time goes. Its desk is
/// `ConsoleState.latency`.
struct LatencyScreen: ConsoleScreen {
    func panels(_ state: ConsoleState, in area: Rect) -> [Rect] {
        let regions = LatencyRegions(area)
        return [regions.table, regions.graph, regions.map, regions.spent, regions.slowest, regions.single]
    }

    func draw(_ state: ConsoleState, in area: Rect, on grid: inout CellGrid) {
        LatencyView(state).draw(LatencyRegions(area), on: &grid)
    }

    func enter(_ state: inout ConsoleState) {
        state.latency.forgetWindow()
        update(&state, isFrozen: false)
    }

    func settle(_ state: inout ConsoleState, in area: Rect) {
        state.latency.cursor.settle(state.latency.rows, height: LatencyRegions(area).rows.height)
    }

    func move(_ state: inout ConsoleState, by count: Int, in area: Rect) {
        state.latency.cursor.move(by: count, in: state.latency.rows)
        state.latency.hold(now: state.now)
    }

    func pageLength(_ state: ConsoleState, in area: Rect) -> Int { max(1, LatencyRegions(area).rows.height - 1) }

    func press(_ state: inout ConsoleState, x: Int, y: Int, in area: Rect) {
        let rows = LatencyRegions(area).rows
        guard rows.contains(x: x, y: y) else { return }
        state.latency.cursor.press(row: y - rows.y, in: state.latency.rows)
        state.latency.hold(now: state.now)
    }

    func target(_ state: ConsoleState) -> Target? { state.latency.cursor.selected?.target }

    func run(_ action: ActionID, _ state: inout ConsoleState, in area: Rect) -> [ConsoleEffect]? {
        switch action {
        case .open:
            guard let target = target(state) else { return nil }
            state.open(.detail(target))
            return []
        case .sort:
            let all = LatencyDesk.sorts
            let next = all[((all.firstIndex(of: state.latency.sort) ?? -1) + 1) % all.count]
            order(&state, by: next, descending: next.startsDescending)
        case .reverse: order(&state, by: state.latency.sort, descending: !state.latency.isDescending)
        case .measure: state.latency.measure = state.latency.measure == .firstToken ? .interToken : .firstToken
        case .wider: if let span = state.latency.span.wider { look(&state, at: span) }
        case .narrower: if let span = state.latency.span.narrower { look(&state, at: span) }
        case .nextPanel: turn(&state, by: 1)
        case .previousPanel: turn(&state, by: -1)
        default: return nil
        }
        return []
    }

    private func order(_ state: inout ConsoleState, by sort: SortKey, descending: Bool) {
        state.latency.order(by: sort, descending: descending)
        update(&state, isFrozen: false)
        state.say("sorted by \(sort.title), \(descending ? "largest" : "smallest") first")
    }

    private func look(_ state: inout ConsoleState, at span: TimeSpan) {
        state.latency.span = span
        state.latency.forgetWindow()
        update(&state, isFrozen: true)
    }

    private func turn(_ state: inout ConsoleState, by count: Int) {
        let all = LatencyDesk.Panel.allCases
        let place = all.firstIndex(of: state.latency.panel) ?? 0
        state.latency.panel = all[(place + count + all.count) % all.count]
    }

    func csv(_ state: ConsoleState) -> CSVText? { state.snapshot.map { LatencyCSV(state, $0).text } }

    func update(_ state: inout ConsoleState, isFrozen: Bool) {
        guard let snapshot = state.snapshot else { return }
        state.latency.update(from: snapshot, state.chronicle.requests, now: state.now, isFrozen: isFrozen)
    }

    func disabledReason(_ action: ActionID, _ state: ConsoleState) -> String? {
        switch action {
        case .open: target(state) == nil ? "no adapter selected" : nil
        case .wider: state.latency.span.wider == nil ? "nothing longer is kept" : nil
        case .narrower: state.latency.span.narrower == nil ? "a minute is the shortest" : nil
        case .nextPanel, .previousPanel:
            LatencyRegions(Regions(state).content).single.isEmpty ? "there is no other panel to show" : nil
        default: nil
        }
    }
}

/// The table, and around it everything else where there is room, or one panel below it.
struct LatencyRegions {
    let table: Rect
    let graph: Rect
    let map: Rect
    let spent: Rect
    let slowest: Rect
    let single: Rect

    init(_ area: Rect) {
        let none = Rect(x: area.x, y: area.y, width: 0, height: 0)
        if area.width >= 110, area.height >= 28 {
            let (top, rest) = area.splitTop(area.height * 2 / 5)
            let (middle, bottom) = rest.splitTop(rest.height * 3 / 5)
            (table, graph) = top.splitLeft(min(92, area.width * 6 / 10))
            (map, spent) = middle.splitLeft(area.width / 2)
            slowest = bottom
            single = none
        } else {
            (graph, map, spent, slowest) = (none, none, none, none)
            (table, single) = area.splitTop(area.height >= 14 ? area.height / 2 : area.height)
        }
    }

    /// The rows of the table, below its header.
    var rows: Rect { table.inset(1, 1).splitTop(1).rest }
}

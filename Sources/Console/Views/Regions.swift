import DeckCore
import TerminalKit

/// Where everything stands, computed from state and size alone: the reducer scrolls by it and the views draw into it.
struct Regions {
    let tabs: Rect
    let stats: Rect
    let content: Rect
    let message: Rect
    let hints: Rect
    /// Overview: the gauge's row, and the boxes; empty where there is no room.
    let gauge: Rect
    let table: Rect
    let map: Rect
    let batch: Rect
    let events: Rect
    /// The full-size event list and the box that shows one event whole.
    let eventList: Rect
    let eventText: Rect
    let prompt: PromptRegions

    init(_ state: ConsoleState) {
        let screen = Rect(state.size)
        let (head, body) = screen.splitTop(2)
        let (main, foot) = body.splitBottom(2)
        (tabs, stats) = head.splitTop(1)
        (message, hints) = foot.splitTop(1)
        content = main
        prompt = PromptRegions(main, state: state)
        (eventList, eventText) = main.splitBottom(main.height >= 12 ? 5 : 0)

        guard state.view == .overview else {
            table = main
            let none = Rect(x: 0, y: 0, width: 0, height: 0)
            (gauge, map, batch, events) = (none, none, none, none)
            return
        }
        let (top, rest) = main.splitTop(main.height >= 10 ? 1 : 0)
        gauge = top
        let wanted = state.overviewList.rows.count + 3
        (table, map, batch, events) =
            rest.width >= 140 && rest.height >= 24
            ? Self.wide(rest, wanted: wanted, pages: state.snapshot?.pool.pageCount ?? 0)
            : Self.stacked(rest, wanted: wanted)
    }

    /// Table and events on the left, page map and batch on the right.
    private static func wide(_ area: Rect, wanted: Int, pages: Int) -> (Rect, Rect, Rect, Rect) {
        let (left, right) = area.splitLeft(area.width * 3 / 5)
        let (table, events) = left.splitTop(min(max(8, wanted), area.height * 2 / 3))
        // The map takes what it can use, the graphs take the rest.
        let mapRows = PageRaster.rows(count: pages, width: right.width - 2) + 3
        let (map, batch) = right.splitTop(max(8, min(mapRows, area.height - 10)))
        return (table, map, batch, events)
    }

    /// Table above; page map, batch and events below, as far as they have room.
    private static func stacked(_ area: Rect, wanted: Int) -> (Rect, Rect, Rect, Rect) {
        guard area.height >= 15 else {
            let none = Rect(x: 0, y: 0, width: 0, height: 0)
            return (area, none, none, none)
        }
        let low = min(max(8, area.height - wanted), area.height - 7)
        let (table, bottom) = area.splitBottom(low)
        let (map, right) = bottom.splitLeft(area.width >= 64 ? area.width / 2 : area.width)
        let (batch, events) = right.splitTop(bottom.height >= 16 ? 8 : 4)
        return (table, map, batch, events)
    }

    /// The rows of the visible adapter table, below its header.
    var tableBody: Rect { table.inset(1, 1).splitTop(1).rest }
    var tableRows: Int { tableBody.height }
    var eventRows: Int { eventList.inset(1, 1).height }
    var helpRows: Int { max(1, content.height - 2) }

    /// The sort keys of the columns that the visible table has room for.
    func sortKeys(_ state: ConsoleState) -> [SortKey] {
        var keys = AdapterTable(state, width: table.width - 2).table.columns.compactMap(\.column.id.sortKey)
        if state.view == .overview { keys.insert(.activity, at: 0) }
        return keys
    }

    func detailOverflow(_ state: ConsoleState) -> Int {
        guard case .detail(let target) = state.view else { return 0 }
        return DetailView(state, target: target, area: content).overflow
    }

    func answerOverflow(_ state: ConsoleState) -> Int { AnswersView(state, area: prompt.answers).overflow }
}

/// The prompt screen's boxes.
struct PromptRegions {
    let field: Rect
    let targets: Rect
    let samples: Rect
    let answers: Rect

    init(_ area: Rect, state: ConsoleState) {
        let isWide = area.width >= 100
        let hasSamples = !state.configuration.prompts.isEmpty
        let none = Rect(x: area.x, y: area.y, width: 0, height: 0)
        if isWide {
            let (side, main) = area.splitLeft(min(44, area.width / 4))
            (targets, samples) = hasSamples ? side.splitTop(side.height / 2) : (side, none)
            (field, answers) = main.splitTop(min(5, max(3, main.height / 4)))
        } else {
            // Answers need the room once there are any.
            let listRows = area.height < 12 ? 0 : state.desk.session == nil ? area.height / 2 : min(6, area.height / 3)
            let (top, rest) = area.splitTop(listRows)
            (targets, samples) = hasSamples ? top.splitLeft(area.width / 3) : (top, none)
            (field, answers) = rest.splitTop(min(4, max(3, rest.height / 3)))
        }
    }

    var targetRows: Int { targets.inset(1, 1).height }
    var sampleRows: Int { samples.inset(1, 1).height }
}

import DeckCore
import TerminalKit

/// Where the overview's panels stand; empty where there is no room.
struct OverviewRegions {
    let gauge: Rect
    let table: Rect
    let map: Rect
    let batch: Rect
    let events: Rect

    init(_ state: ConsoleState, in area: Rect) {
        let (top, rest) = area.splitTop(area.height >= 10 ? 1 : 0)
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
}

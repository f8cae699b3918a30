import DeckCore
import TerminalKit

/// Where the overview's panels stand. They cover the area and do not overlap; what has no room is left out.
struct OverviewRegions {
    private(set) var rects: [OverviewPanel: Rect] = [:]
    private let layout: OverviewLayout
    private let pages: Int
    private let tenants: Int
    private let replicas: Int
    private let wanted: Int

    subscript(panel: OverviewPanel) -> Rect { rects[panel] ?? Rect(x: 0, y: 0, width: 0, height: 0) }

    var table: Rect { self[.table] }

    init(_ state: ConsoleState, in area: Rect) {
        let snapshot = state.snapshot
        layout = state.overviewLayout
        pages = snapshot.map { $0.unknown[.pages] == nil ? $0.pool.pageCount : 0 } ?? 0
        tenants = snapshot.map { $0.unknown[.tenants] == nil ? $0.tenants.count : 0 } ?? 0
        replicas = snapshot?.replicas.count ?? 0
        wanted = state.overviewList.rows.count + 3
        let (gauge, rest) = area.splitTop(area.height >= 10 ? 1 : 0)
        rects[.gauge] = gauge
        switch layout {
        case .adapters: rects[.table] = rest
        case .memory: memory(rest)
        case .traffic: traffic(rest)
        case .balanced: balanced(rest)
        }
    }

    // MARK: layouts

    private mutating func balanced(_ area: Rect) {
        if area.width >= 260, area.height >= 40 {
            threeColumns(area)
        } else if area.width >= 140, area.height >= 24 {
            twoColumns(area)
        } else {
            stacked(area)
        }
    }

    /// Table above; page map, batch and events below, as far as they have room; graphs between where there is much.
    private mutating func stacked(_ area: Rect) {
        guard area.height >= 15 else {
            rects[.table] = area
            return
        }
        let low = min(max(8, area.height - wanted), area.height - 7)
        let (table, bottom) = area.splitBottom(low)
        rects[.table] = table
        let graphRows = bottom.height >= 22 && area.width >= 80 ? 7 : 0
        let (graphs, rest) = bottom.splitTop(graphRows)
        sideBySide([.rates, .headroom], in: graphs)
        let (left, right) = rest.splitLeft(area.width >= 64 ? area.width / 2 : area.width)
        rects[replicas > 0 ? .replicas : .map] = left
        let (batch, events) = right.splitTop(rest.height >= 16 ? 8 : 4)
        rects[.batch] = batch
        rects[.events] = events
    }

    /// Table, graphs and events on the left; page map, batch, tenants on the right.
    private mutating func twoColumns(_ area: Rect) {
        let (left, right) = area.splitLeft(area.width * 3 / 5)
        let (table, low) = left.splitTop(min(max(8, wanted), area.height * 3 / 5))
        rects[.table] = table
        let (graphs, events) = low.splitTop(low.height >= 16 ? min(12, low.height / 2) : 0)
        sideBySide([.rates, .headroom], in: graphs)
        rects[.events] = events
        memoryColumn(right)
    }

    /// As two columns, with the graphs and tenants between them.
    private mutating func threeColumns(_ area: Rect) {
        let (left, rest) = area.splitLeft(area.width * 9 / 20)
        let (middle, right) = rest.splitLeft(area.width / 4)
        let (table, events) = left.splitTop(min(max(8, wanted), area.height * 2 / 3))
        rects[.table] = table
        rects[.events] = events
        let (graphs, low) = middle.splitTop(listRows > 0 ? middle.height - listRows : middle.height)
        let (rates, headroom) = graphs.splitTop(graphs.height / 2)
        rects[.rates] = rates
        rects[.headroom] = headroom
        if !low.isEmpty { lists(low) }
        let (map, batch) = right.splitTop(right.height - max(10, right.height / 4))
        rects[.map] = map
        rects[.batch] = batch
    }

    private mutating func memory(_ area: Rect) {
        guard area.height >= 14 else {
            rects[.map] = area
            rects[.table] = Rect(x: area.x, y: area.maxY, width: 0, height: 0)
            return
        }
        let (map, low) = area.splitTop(area.height * 3 / 5)
        rects[replicas > 0 && pages == 0 ? .replicas : .map] = map
        if area.width >= 120 {
            let (table, headroom) = low.splitLeft(area.width * 3 / 5)
            rects[.table] = table
            rects[.headroom] = headroom
        } else {
            rects[.table] = low
        }
    }

    private mutating func traffic(_ area: Rect) {
        guard area.height >= 14 else {
            rects[.batch] = area
            rects[.table] = Rect(x: area.x, y: area.maxY, width: 0, height: 0)
            return
        }
        let (graphs, rest) = area.splitTop(max(6, area.height / 3))
        sideBySide([.rates, .headroom], in: graphs)
        if area.width >= 100, rest.height >= 12 {
            let (left, right) = rest.splitLeft(area.width * 3 / 5)
            rects[.table] = left
            let rows = min(listRows, right.height / 2)
            let (batch, low) = right.splitTop(right.height - rows)
            rects[.batch] = batch
            if !low.isEmpty { lists(low) }
        } else {
            rects[.table] = rest
        }
    }

    // MARK: parts

    private mutating func memoryColumn(_ area: Rect) {
        let rows = min(listRows, area.height / 4)
        let (upper, low) = area.splitTop(area.height - rows)
        if !low.isEmpty { lists(low) }
        // The map takes what it can use, the graphs take the rest.
        let mapRows = pages > 0 ? PageGrid.rows(count: pages, width: area.width - 2) + 3 : 6
        let (map, batch) = upper.splitTop(max(6, min(mapRows, upper.height - 10)))
        rects[.map] = map
        rects[.batch] = batch
    }

    /// Rows that tenants or replicas want, border and header included; a fleet comes before tenants.
    private var listRows: Int {
        let count = replicas > 0 ? replicas : tenants
        return count > 0 ? min(12, count + 3) : 0
    }

    private mutating func lists(_ area: Rect) { rects[replicas > 0 ? .replicas : .tenants] = area }

    private mutating func sideBySide(_ panels: [OverviewPanel], in area: Rect) {
        guard !area.isEmpty else { return }
        for (index, panel) in panels.enumerated() {
            let start = area.width * index / panels.count
            let end = area.width * (index + 1) / panels.count
            rects[panel] = Rect(x: area.x + start, y: area.y, width: end - start, height: area.height)
        }
    }
}

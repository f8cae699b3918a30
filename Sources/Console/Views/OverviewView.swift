import DeckCore
import TerminalKit

/// The first screen: everything at a glance.
struct OverviewView {
    let state: ConsoleState

    init(_ state: ConsoleState) { self.state = state }

    func draw(_ regions: Regions, on grid: inout CellGrid) {
        guard let snapshot = state.snapshot else { return }
        HeadroomView(state, snapshot).draw(in: regions.gauge, on: &grid)
        AdapterTable(state, width: regions.table.width - 2).draw(
            in: regions.table, title: AdaptersView(state).title, note: AdaptersView(state).note, on: &grid)
        PageMapView(state, snapshot).draw(in: regions.map, on: &grid)
        BatchView(state, snapshot).draw(in: regions.batch, on: &grid)
        drawEvents(in: regions.events, on: &grid)
    }

    private func drawEvents(in rect: Rect, on grid: inout CellGrid) {
        let inside = Box("events").draw(in: rect, on: &grid, glyphs: state.glyphs)
        let tail = state.log.events.suffix(inside.height)
        for (row, event) in tail.enumerated() {
            grid.draw(
                EventLine(event, Format(state), width: inside.width).brief, in: inside, y: inside.y + row,
                glyphs: state.glyphs)
        }
    }
}

/// The adapter table over the whole screen.
struct AdaptersView {
    let state: ConsoleState

    init(_ state: ConsoleState) { self.state = state }

    func draw(in rect: Rect, on grid: inout CellGrid) {
        AdapterTable(state, width: rect.width - 2).draw(in: rect, title: title, note: note, on: &grid)
    }

    /// With the filter and how many it leaves.
    var title: StyledLine {
        let list = state.list ?? state.adapterList
        var line = StyledLine("adapters", Style(.title, bold: true))
        let count = state.snapshot?.adapters.count ?? 0
        if list.filter.isEmpty {
            line.add(" \(count)", Style(.muted))
        } else {
            let shown = list.rows.count { $0 != .base }
            line.add(" \(shown)/\(count)", Style(.muted))
            line.add(" /\(list.filter.text)", Style(.accent, bold: true))
        }
        return line
    }

    var note: StyledLine {
        let list = state.list ?? state.adapterList
        let arrow = list.isDescending ? state.glyphs.down : state.glyphs.up
        return StyledLine("by \(list.sort.title)\(arrow)", Style(.muted))
    }
}

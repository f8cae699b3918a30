import DeckCore
import TerminalKit

/// The first screen: everything at a glance.
struct OverviewView {
    let state: ConsoleState

    init(_ state: ConsoleState) { self.state = state }

    func draw(_ regions: OverviewRegions, on grid: inout CellGrid) {
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

import DeckCore
import TerminalKit

/// The first screen: everything at a glance.
struct OverviewView {
    let state: ConsoleState

    init(_ state: ConsoleState) { self.state = state }

    func draw(_ regions: OverviewRegions, on grid: inout CellGrid) {
        guard let snapshot = state.snapshot else { return }
        HeadroomView(state, snapshot).draw(in: regions[.gauge], on: &grid)
        if !regions.table.isEmpty {
            let view = AdaptersView(state)
            AdapterTable(state, width: regions.table.width - 2).draw(
                in: regions.table, title: view.title, note: view.note, on: &grid)
        }
        PageMapView(state, snapshot).draw(in: regions[.map], on: &grid)
        if !regions[.batch].isEmpty { BatchView(state, snapshot).draw(in: regions[.batch], on: &grid) }
        let graphs = OverviewGraphs(state: state, snapshot: snapshot)
        graphs.drawRates(in: regions[.rates], on: &grid)
        graphs.drawHeadroom(in: regions[.headroom], on: &grid)
        TenantsView(state: state, snapshot: snapshot).draw(in: regions[.tenants], on: &grid)
        if !regions[.replicas].isEmpty {
            ReplicasView(state: state, replicas: snapshot.replicas).draw(
                in: regions[.replicas], isFocused: false, on: &grid)
        }
        if !regions[.events].isEmpty { drawEvents(in: regions[.events], on: &grid) }
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

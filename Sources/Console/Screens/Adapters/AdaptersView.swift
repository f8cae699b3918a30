import DeckCore
import TerminalKit

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

import TerminalKit

/// What the line at the foot is too short for, such as a refusal with its arithmetic: whole, in the lower right corner, for a while.
struct ToastView {
    let state: ConsoleState

    init(_ state: ConsoleState) { self.state = state }

    /// Rows of text that it takes at most.
    private static let mostRows = 6

    func draw(in area: Rect, on grid: inout CellGrid) {
        guard let flash = state.flash, flash.text.columns > area.width else { return }
        let width = min(area.width, max(24, min(64, flash.text.columns + 4)))
        let lines = WrappedText(flash.text, width: width - 4).lines.prefix(Self.mostRows)
        let height = lines.count + 2
        guard area.height >= height + 4 else { return }
        let rect = Rect(x: area.maxX - width, y: area.maxY - height, width: width, height: height)
        let title = flash.level == .error ? "refused" : flash.level == .warning ? "warning" : "done"
        let inside = Box(StyledLine(title, flash.style)).draw(in: rect, on: &grid, glyphs: state.glyphs).inset(1, 0)
        for (row, line) in lines.enumerated() {
            grid.draw(line, x: inside.x, y: inside.y + row, style: flash.style, clip: inside)
        }
    }
}

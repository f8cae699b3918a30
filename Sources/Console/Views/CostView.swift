import TerminalKit

/// What the console itself costs, over the upper right corner of the screen.
struct CostView {
    let state: ConsoleState

    init(_ state: ConsoleState) { self.state = state }

    static let size = Size(width: 34, height: 8)

    func draw(in area: Rect, on grid: inout CellGrid) {
        // Inside of the boxes below it, so that their corners stay.
        guard area.width > Self.size.width + 2, area.height > Self.size.height + 2 else { return }
        let rect = Rect(
            x: area.maxX - Self.size.width - 1, y: area.y + 1, width: Self.size.width, height: Self.size.height)
        let note = StyledLine("O hides", Style(.muted))
        let inside = Box("own cost", note: note).draw(in: rect, on: &grid, glyphs: state.glyphs).inset(1, 0)
        for (row, line) in lines.prefix(inside.height).enumerated() {
            grid.draw(line, in: inside, y: inside.y + row, glyphs: state.glyphs)
        }
    }

    private var lines: [StyledLine] {
        let cost = state.cost
        let last = cost.frames.last
        let unknown = state.glyphs.unknown
        func row(_ name: String, _ last: String, _ median: String) -> StyledLine {
            var line = StyledLine(name.fitted(12, glyphs: state.glyphs), Style(.muted))
            line.add(last.fitted(9, .right, glyphs: state.glyphs))
            line.add(median.fitted(9, .right, glyphs: state.glyphs), Style(.text, bold: true))
            return line
        }
        func times(_ name: String, _ figure: (FrameCost) -> Double) -> StyledLine {
            row(
                name, last.map { Format.microseconds(figure($0)) } ?? unknown,
                cost.median(figure).map(Format.microseconds) ?? unknown)
        }
        let bytes: (FrameCost) -> Double? = { $0.bytes.map(Double.init) }
        var head = row("", "last", "median")
        head = StyledLine(head.text, Style(.header, bold: true))
        var sum = StyledLine(cost.share.map { Format.decimal($0 * 100, 2) + "%" } ?? unknown, Style(.text, bold: true))
        sum.add(" of a core, ", Style(.muted))
        sum.add(cost.rate.map { Format.decimal($0, 1) } ?? unknown, Style(.text, bold: true))
        sum.add(" frames/s", Style(.muted))
        return [
            head, times("collect", \.collect), times("layout", \.layout), times("draw", \.draw),
            row(
                "bytes", last.flatMap(bytes).map { Format.decimal($0, 0) } ?? unknown,
                cost.median(bytes).map { Format.decimal($0, 0) } ?? unknown),
            sum,
        ]
    }
}

extension Format {
    /// Processor times of parts of a frame: `812us`.
    static func microseconds(_ seconds: Double) -> String { decimal(seconds * 1e6, 0) + "us" }
}

import DeckCore
import TerminalKit

/// The recent steps as two strips, one column a step, newest at the right: rows, and time by what it went into.
struct StepStrips {
    let state: ConsoleState
    let steps: [StepSnapshot]

    /// The steps that a width has columns for, oldest first, right-aligned.
    static func shown(_ steps: [StepSnapshot], width: Int) -> ArraySlice<StepSnapshot> { steps.suffix(max(0, width)) }

    /// Room for the scale at the left.
    static let side = 8

    private var rowStrip: StackedStrip {
        let glyphs = state.glyphs
        return StackedStrip(
            [
                StackedStrip.Part("decode", glyphs.solid, Style(.accent)),
                StackedStrip.Part("prefill", glyphs.shade, Style(.info)),
            ], columns: steps.map { [Double($0.decodeRows), Double($0.prefillRows)] })
    }

    /// By parts where every step knows them, else the whole.
    private var timeStrip: StackedStrip {
        let glyphs = state.glyphs
        guard steps.contains(where: { $0.parts != nil }) else {
            return StackedStrip(
                [StackedStrip.Part("step time", glyphs.solid, Style(.accent))], columns: steps.map { [$0.seconds] })
        }
        return StackedStrip(
            StepParts.names.enumerated().map { index, name in
                StackedStrip.Part(name.name, name.glyph(glyphs), Style(.series(index)))
            }, columns: steps.map { step in step.parts.map(\.amounts) })
    }

    /// Draws into the inside of a box; the last row marks the step under the cursor.
    func draw(in area: Rect, selected: Int?, on grid: inout CellGrid) {
        guard area.height >= 3, area.width > Self.side + 4 else {
            rowStrip.draw(in: area, on: &grid)
            return
        }
        let (body, foot) = area.splitBottom(1)
        let hasLegends = body.height >= 8
        let (upper, lower) = body.splitTop(body.height >= 4 ? body.height * 2 / 5 : body.height)
        draw(rowStrip, "rows", top: steps.map { Double($0.rows) }, { Format.decimal($0, 0) }, upper, hasLegends, &grid)
        draw(timeStrip, "time", top: steps.map(\.seconds), Format.duration, lower, hasLegends, &grid)
        mark(selected, in: foot, on: &grid)
    }

    private func draw(
        _ strip: StackedStrip, _ name: String, top values: [Double], _ label: (Double) -> String, _ area: Rect,
        _ hasLegend: Bool, _ grid: inout CellGrid
    ) {
        guard !area.isEmpty else { return }
        let (body, foot) = area.splitBottom(hasLegend && area.height >= 3 ? 1 : 0)
        let (side, columns) = body.splitLeft(Self.side)
        let shown = values.suffix(columns.width)
        grid.draw(name, x: side.x, y: side.y, style: Style(.muted), clip: side)
        if side.height > 1, let top = shown.max() {
            grid.draw(label(top), x: side.x, y: side.y + 1, style: Style(.text), clip: side)
        }
        strip.draw(in: columns, on: &grid)
        if !foot.isEmpty {
            grid.draw(strip.legend, in: foot.splitLeft(Self.side).rest, y: foot.y, glyphs: state.glyphs)
        }
    }

    private func mark(_ selected: Int?, in foot: Rect, on grid: inout CellGrid) {
        let columns = foot.splitLeft(Self.side).rest
        let shown = Self.shown(steps, width: columns.width)
        guard !columns.isEmpty, let first = shown.first, let last = shown.last else { return }
        let y = foot.y
        let start = columns.maxX - shown.count
        if let selected, let place = shown.firstIndex(where: { $0.index == selected }) {
            let x = start + place - shown.startIndex
            let label = "step \(selected)"
            grid.draw(String(state.glyphs.up), x: x, y: y, style: Style(.accent, bold: true), clip: columns)
            // Beside the arrow, on the side that has room.
            let isLeft = x + 2 + label.columns > columns.maxX
            grid.draw(
                label, x: isLeft ? max(columns.x, x - 1 - label.columns) : x + 2, y: y, style: Style(.accent),
                clip: columns)
        } else {
            let text = "step \(first.index) to \(last.index), following"
            grid.draw(text, x: max(columns.x, columns.maxX - text.columns), y: y, style: Style(.muted), clip: columns)
        }
    }
}

extension StepParts {
    /// What a step's time goes into, in the order of `amounts`, with signs that mono screens tell apart.
    struct Name {
        let name: String
        let glyph: @Sendable (GlyphSet) -> Character
    }

    static var names: [Name] {
        [
            Name(name: "base") { $0.solid }, Name(name: "LoRA") { _ in "L" }, Name(name: "attention") { $0.shade },
            Name(name: "sampling") { _ in "s" }, Name(name: "other") { _ in "o" },
        ]
    }

    /// Seconds.
    var amounts: [Double] { [base, adapters, attention, sampling, other] }
}

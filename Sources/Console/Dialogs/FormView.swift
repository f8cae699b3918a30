import TerminalKit

/// A form in the middle of the screen.
struct FormView {
    let state: ConsoleState
    let form: Form

    init(_ state: ConsoleState, _ form: Form) {
        self.state = state
        self.form = form
    }

    private var keys: StyledLine {
        var line = StyledLine()
        let entries = (form.fields.count > 1 ? [("Tab", "next line")] : []) + [("Enter", "keep"), ("Esc", "leave")]
        for (key, meaning) in entries {
            line.add(line.isEmpty ? "" : "  ")
            line.add(key, Style(.key, bold: true))
            line.add(" \(meaning)", Style(.muted))
        }
        return line
    }

    /// Two rows a line of the form, one for each where there is less room.
    func draw(in area: Rect, on grid: inout CellGrid) {
        let wanted = form.fields.count * 3 + 3
        let height = min(area.height, wanted)
        let width = min(area.width, max(72, keys.columns + 4))
        let rect = Rect(
            x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width: width, height: height)
        let inside = Box(form.title, isFocused: true).draw(in: rect, on: &grid, glyphs: state.glyphs).inset(1, 0)
        guard !inside.isEmpty else { return }
        let (body, foot) = inside.splitBottom(1)
        let label = min(body.width / 2, (form.fields.map(\.label.columns).max() ?? 0) + 2)
        let isRoomy = body.height >= form.fields.count * 3 - 1
        // The focused line is in sight whatever the room.
        let perField = isRoomy ? 3 : 1
        let visible = max(1, body.height / perField)
        let first = max(0, min(form.focused, form.fields.count - visible))
        for (row, index) in (first..<form.fields.count).prefix(isRoomy ? form.fields.count : visible).enumerated() {
            let field = form.fields[index]
            let isFocused = index == form.focused
            let y = body.y + row * perField
            let (head, rest) = Rect(x: body.x, y: y, width: body.width, height: 1).splitLeft(label)
            grid.draw(
                StyledLine(
                    (isFocused ? "> " : "  ") + field.label, Style(isFocused ? .accent : .muted, bold: isFocused)),
                in: head, y: y, glyphs: state.glyphs)
            let line = rest.splitLeft(1).rest
            grid.restyle(line) { $0.underlined = true }
            field.text.drawLine(in: line, isFocused: isFocused, on: &grid, style: Style(.text, underlined: true))
            if isRoomy {
                let note = isFocused ? form.problem ?? field.note : field.note
                let style = isFocused && form.problem != nil ? Style(.error, bold: true) : Style(.muted)
                grid.draw(
                    StyledLine(note, style), in: Rect(x: line.x, y: y + 1, width: line.width, height: 1), y: y + 1,
                    glyphs: state.glyphs)
            }
        }
        if !isRoomy, let problem = form.problem {
            grid.draw(StyledLine(problem, Style(.error, bold: true)), in: foot, y: foot.y, glyphs: state.glyphs)
        } else {
            grid.draw(keys, in: foot, y: foot.y, glyphs: state.glyphs)
        }
    }
}

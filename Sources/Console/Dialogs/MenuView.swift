import TerminalKit

/// A menu in the middle of the screen.
struct MenuView {
    let state: ConsoleState
    let menu: Menu

    init(_ state: ConsoleState, _ menu: Menu) {
        self.state = state
        self.menu = menu
    }

    private var hasKeys: Bool { menu.items.contains { $0.key != nil } }

    private var keys: StyledLine {
        var line = StyledLine()
        for (key, meaning) in [("Up Down", "choose"), ("Enter", "take it"), ("Esc", "leave")] {
            line.add(line.isEmpty ? "" : "  ")
            line.add(key, Style(.key, bold: true))
            line.add(" \(meaning)", Style(.muted))
        }
        return line
    }

    private func line(_ item: Menu.Item, isChosen: Bool) -> StyledLine {
        let isOff = item.disabledReason != nil
        var line = StyledLine(isChosen ? "> " : "  ", Style(.accent, bold: true))
        if hasKeys { line.add("\(item.key.map(String.init) ?? " ")  ", Style(isOff ? .muted : .key, bold: !isOff)) }
        line.add(item.title, Style(isOff ? .muted : .text, bold: isChosen))
        let note = item.disabledReason.map { "(\($0))" } ?? item.note
        if !note.isEmpty { line.add("  \(note)", Style(.muted)) }
        return line
    }

    /// Where its box stands.
    func rect(in area: Rect) -> Rect {
        let lines = menu.items.map { line($0, isChosen: false).columns }
        let width = min(area.width, max(lines.max() ?? 0, keys.columns, menu.title.columns + 2) + 4)
        let height = min(area.height, menu.items.count + 4)
        return Rect(
            x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width: width, height: height)
    }

    /// The rows of the list inside the box.
    func body(in area: Rect) -> Rect { rect(in: area).inset(2, 1).splitBottom(2).rest }

    /// The window moved so that the cursor is in sight.
    private func window(_ body: Rect) -> ScrollWindow {
        var window = menu.window
        window.reveal(menu.index, count: menu.items.count, height: body.height)
        return window
    }

    /// The item on a row of the screen; nil beside the list.
    func item(at x: Int, _ y: Int, in area: Rect) -> Int? {
        let body = body(in: area)
        guard body.contains(x: x, y: y) else { return nil }
        let index = window(body).range(count: menu.items.count, height: body.height).lowerBound + y - body.y
        return menu.items.indices.contains(index) ? index : nil
    }

    func draw(in area: Rect, on grid: inout CellGrid) {
        let box = rect(in: area)
        Box(menu.title, isFocused: true).draw(in: box, on: &grid, glyphs: state.glyphs)
        let inside = box.inset(2, 1)
        guard !inside.isEmpty else { return }
        let body = body(in: area)
        let window = window(body)
        for (row, index) in window.range(count: menu.items.count, height: body.height).enumerated() {
            let isChosen = index == menu.index
            grid.draw(line(menu.items[index], isChosen: isChosen), in: body, y: body.y + row, glyphs: state.glyphs)
            if isChosen {
                grid.restyle(Rect(x: body.x, y: body.y + row, width: body.width, height: 1)) {
                    $0 = Style(.selection, bold: $0.bold)
                }
            }
        }
        if inside.height > body.height { grid.draw(keys, in: inside, y: inside.maxY - 1, glyphs: state.glyphs) }
        window.drawBar(
            count: menu.items.count, height: body.height, box: box, firstRow: body.y, on: &grid, glyphs: state.glyphs)
    }
}

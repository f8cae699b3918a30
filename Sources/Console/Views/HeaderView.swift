import DeckCore
import Foundation
import TerminalKit

/// The two lines on top: screens and deck, and the figures that matter everywhere.
struct HeaderView {
    let state: ConsoleState

    init(_ state: ConsoleState) { self.state = state }

    func draw(_ regions: Regions, on grid: inout CellGrid) {
        let end = grid.draw(tabs, x: 0, y: regions.tabs.y, clip: regions.tabs)
        let right = banner
        let room = regions.tabs.width - end - 1
        if right.columns <= room {
            grid.draw(right, x: regions.tabs.maxX - right.columns, y: regions.tabs.y, clip: regions.tabs)
        } else {
            // A banner matters more than the tabs that it covers.
            let width = min(right.columns, state.isBannered ? regions.tabs.width : max(0, room))
            let rect = Rect(x: regions.tabs.maxX - width, y: regions.tabs.y, width: width, height: 1)
            grid.fill(rect)
            grid.draw(right, in: rect, y: rect.y, glyphs: state.glyphs)
        }
        if let snapshot = state.snapshot { drawStats(snapshot, in: regions.stats, on: &grid) }
    }

    /// The main screen whose tab stands in a column.
    func tab(at x: Int) -> View? {
        var column = 0
        for span in tabs.spans {
            let end = column + span.text.columns
            defer { column = end }
            guard x < end else { continue }
            // Of a tab, its digit and its name stand side by side.
            let name = span.text.filter { $0.isLetter || $0.isNumber }
            if let number = Int(name), View.Kind.main.indices.contains(number - 1) {
                return View.named[View.Kind.main[number - 1].rawValue]
            }
            return View.Kind.main.first { !name.isEmpty && $0.rawValue.hasPrefix(name) }
                .flatMap { View.named[$0.rawValue] }
        }
        return nil
    }

    /// A banner takes room from the tabs: they are written short then, and whole ones are left out.
    private var tabs: StyledLine {
        guard state.isBannered else { return tabs(isRoomy: state.size.width >= 118, room: .max) }
        let room = state.size.width - banner.columns - 1
        let roomy = tabs(isRoomy: true, room: .max)
        return roomy.columns <= room ? roomy : tabs(isRoomy: false, room: room)
    }

    private func tabs(isRoomy: Bool, room: Int) -> StyledLine {
        var line = StyledLine("loradeck", Style(.accent, bold: true))
        let open = state.stack.last { View.Kind.main.contains($0.kind) }?.kind
        for (index, kind) in View.Kind.main.enumerated() {
            let isOpen = open == kind
            let name = isRoomy || isOpen ? kind.rawValue : String(kind.rawValue.prefix(4))
            var tab = StyledLine(isRoomy ? "  " : " ")
            tab.add("\(index + 1)", Style(.key))
            let shown = isOpen ? "[\(name)]" : isRoomy ? " \(name)" : "\(name)"
            tab.add(shown, Style(isOpen ? .title : .muted, bold: isOpen))
            guard line.columns + tab.columns <= room else { break }
            line.add(tab)
        }
        return line
    }

    private var banner: StyledLine {
        var line = StyledLine()
        let label = state.configuration.label
        if !label.isEmpty { line.add(" \(label) ", Style(.banner, bold: true)) }
        if state.configuration.isReadOnly { line.add(" READ-ONLY ", Style(.banner, bold: true)) }
        if state.isPaused { line.add(" PAUSED (z goes on) ", Style(.banner, bold: true)) }
        if let past = state.past { line.add(pastNotice(past), Style(.banner, bold: true)) }
        if let age = state.staleSeconds {
            line.add(" no news for \(Format.span(age)) ", Style(.banner, bold: true))
        }
        if line.isEmpty, let deck = state.snapshot?.deck { line.add(deck.baseName, Style(.text, bold: true)) }
        return line
    }

    private func pastNotice(_ past: Moment) -> String {
        let age = state.newest.map { ", \(Format.span($0.time.timeIntervalSince(past.time))) ago" } ?? ""
        return " HISTORY \(Format(state).clock(past.time))\(age); Esc returns to now "
    }

    /// Left out from the right where the line is too short. Alerts stand at its right end, and go before figures; what says
    /// that nothing runs and somebody waits goes before alerts.
    private func drawStats(_ snapshot: DeckSnapshot, in row: Rect, on grid: inout CellGrid) {
        let pool = snapshot.pool
        let share = Format.percent(pool.headroomPages, of: pool.pageCount)
        func known(_ figure: DeckFigure, _ text: String) -> String {
            snapshot.unknown[figure] == nil ? text : state.glyphs.unknown
        }
        // Each has its columns, so that one that grows does not move the others: that would be sent again.
        let isStuck = snapshot.waiting > 0 && snapshot.running == 0
        var facts: [(name: String, value: String, width: Int)] = [
            ("tok/s", known(.rates, Format.decimal(snapshot.tokensPerSecond, 1)), 5), ("run", "\(snapshot.running)", 3),
            ("wait", "\(snapshot.waiting)", 3),
            ("headroom", known(.pages, "\(Format.bytes(pool.headroomBytes)) \(share)"), 12),
            ("cpu", known(.process, Format.decimal(snapshot.process.processorShare * 100, 0) + "%"), 4),
            ("rss", known(.process, Format.bytes(snapshot.process.residentBytes)), 9),
            ("prefill", known(.rates, Format.decimal(snapshot.promptTokensPerSecond, 0) + " tok/s"), 10),
            ("up", Format.span(snapshot.uptime), 6), ("threads", snapshot.deck.threads.map { "\($0)" } ?? "?", 2),
        ]
        if let share = state.shownShare { facts.insert(("own", Format.decimal(share * 100, 1) + "%", 4), at: 5) }
        let first = facts.prefix(3).reduce(0) { $0 + $1.name.columns + 1 + max($1.width, $1.value.columns) + 2 }
        let badges = Alerts(snapshot).badges(width: max(16, row.width - first))
        grid.draw(badges, x: row.maxX - badges.columns, y: row.y, clip: row)
        let left = row.splitLeft(row.width - (badges.isEmpty ? 0 : badges.columns + 1)).left
        var x = left.x
        for (name, value, width) in facts {
            guard x + name.columns + value.columns + 3 <= left.maxX else { break }
            let style = name == "wait" && isStuck ? Style(.warning, bold: true) : Style(.text, bold: true)
            x = grid.draw(name + " ", x: x, y: left.y, style: Style(.muted), clip: left)
            grid.draw(value, x: x, y: left.y, style: style, clip: left)
            x += max(width, value.columns) + 2
        }
        let summary = snapshot.deck.summary
        if x + summary.columns + 1 <= left.maxX {
            grid.draw(summary, x: left.maxX - summary.columns, y: left.y, style: Style(.muted), clip: left)
        }
    }
}

extension ConsoleState {
    /// Seconds without a snapshot, when that is longer than any deck takes between two.
    var staleSeconds: Double? {
        guard let snapshotArrived, now - snapshotArrived > 3 else { return nil }
        return now - snapshotArrived
    }

    /// Whether the header carries more than the base's name.
    var isBannered: Bool {
        isPaused || past != nil || configuration.isReadOnly || !configuration.label.isEmpty || staleSeconds != nil
    }
}

import DeckCore
import Foundation
import TerminalKit

/// A column of the adapter tables.
enum AdapterColumn: Hashable, Sendable {
    case key(SortKey)
    /// The letter of the page map and the batch strip.
    case letter
    case pin

    var sortKey: SortKey? {
        if case .key(let key) = self { key } else { nil }
    }
}

/// The adapters as rows, in as many columns as there is room for.
struct AdapterTable {
    let state: ConsoleState
    let table: Table<AdapterColumn>
    private let format: Format
    /// Room for the cursor and the mark, before the first column.
    static let gutter = 2

    private static let columns: [TableColumn<AdapterColumn>] = [
        TableColumn(.key(.name), "adapter", 12, 30, .left, priority: 0),
        TableColumn(.letter, "", 1, priority: 2),
        TableColumn(.key(.state), "state", 10, 11, .left, priority: 1),
        TableColumn(.pin, "pin", 3, nil, .left, priority: 3),
        TableColumn(.key(.running), "run", 4, priority: 1),
        TableColumn(.key(.waiting), "wait", 5, priority: 1),
        TableColumn(.key(.rate), "tok/s", 6, 7, priority: 2),
        TableColumn(.key(.firstToken50), "ttft50", 7, priority: 3),
        TableColumn(.key(.firstToken95), "ttft95", 7, priority: 5),
        TableColumn(.key(.interToken50), "itl50", 6, 7, priority: 5),
        TableColumn(.key(.interToken95), "itl95", 6, 7, priority: 6),
        TableColumn(.key(.pages), "pages", 6, priority: 4),
        TableColumn(.key(.bytes), "bytes", 9, priority: 6),
        TableColumn(.key(.overhead), "overhead", 9, priority: 9),
        TableColumn(.key(.kv), "kv", 4, 5, priority: 7),
        TableColumn(.key(.rank), "rank", 5, 6, priority: 7),
        TableColumn(.key(.hits), "hits", 6, priority: 8),
        TableColumn(.key(.loads), "loads", 6, priority: 8),
        TableColumn(.key(.evictions), "evictions", 10, priority: 9),
        TableColumn(.key(.used), "used", 7, priority: 8),
        TableColumn(.key(.tenant), "tenant", 8, 20, .left, priority: 10),
    ]

    init(_ state: ConsoleState, width: Int) {
        self.state = state
        self.format = Format(state)
        let list = state.list ?? state.adapterList
        table = Table(
            columns: Self.columns, width: max(0, width - Self.gutter), sort: (.key(list.sort), list.isDescending))
    }

    /// The sort key of the header in a column of the screen; `inside` is the box without its border.
    func sortKey(at x: Int, inside: Rect) -> SortKey? {
        var left = inside.x + Self.gutter
        for fitted in table.columns {
            if x >= left, x < left + fitted.width { return fitted.column.id.sortKey }
            left += fitted.width + 1
        }
        return nil
    }

    /// Draws a box with header and visible rows.
    func draw(in rect: Rect, title: StyledLine, note: StyledLine, on grid: inout CellGrid) {
        let glyphs = state.glyphs
        let list = state.list ?? state.adapterList
        let inside = Box(title, note: note, isFocused: true).draw(in: rect, on: &grid, glyphs: glyphs)
        let body = inside.splitLeft(Self.gutter).rest
        table.drawHeader(in: body, on: &grid, glyphs: glyphs)
        let rows = inside.splitTop(1).rest
        let visible = list.window.range(count: list.rows.count, height: rows.height)
        let adapters = Dictionary(
            (state.snapshot?.adapters ?? []).map { (Target.adapter($0.name), $0) },
            uniquingKeysWith: { first, _ in first })
        for (offset, index) in visible.enumerated() {
            let target = list.rows[index]
            guard let adapter = adapters[target] ?? (target == .base ? state.snapshot?.base : nil) else { continue }
            let isSelected = target == state.selected
            let y = rows.y + offset
            let isMarked = state.marks.contains(target)
            grid.draw(isSelected ? ">" : " ", x: inside.x, y: y, style: Style(.accent, bold: true), clip: rows)
            grid.draw(isMarked ? "*" : " ", x: inside.x + 1, y: y, style: Style(.accent, bold: true), clip: rows)
            table.drawRow(y: y, in: body, isSelected: isSelected, on: &grid, glyphs: glyphs) { column, _ in
                cell(column, target, adapter)
            }
        }
        if list.rows.isEmpty {
            grid.draw("nothing matches the filter", x: body.x, y: rows.y, style: Style(.muted), clip: rows)
        }
        list.window.drawBar(
            count: list.rows.count, height: rows.height, box: rect, firstRow: rows.y, on: &grid, glyphs: glyphs)
    }

    private func cell(_ column: AdapterColumn, _ target: Target, _ adapter: AdapterSnapshot) -> (
        text: String, style: Style
    ) {
        switch column {
        case .letter:
            guard let name = target.adapter else { return (String(LetterBook.base), Style(.pageKV)) }
            let entry = state.letters[name]
            return (String(entry.letter), Style(.series(entry.series), bold: true))
        case .pin: return (adapter.isPinned ? "pin" : "", Style(.pagePinned, bold: true))
        case .key(.name): return (target.label, Style(adapter.running > 0 ? .text : .muted, bold: adapter.running > 0))
        case .key(.state): return target == .base ? ("base", Style(.muted)) : stateCell(adapter)
        case .key(let key): return (figure(key, target, adapter), Style(adapter.isIdle ? .muted : .text))
        }
    }

    private func stateCell(_ adapter: AdapterSnapshot) -> (String, Style) {
        switch adapter.state {
        case .loading(let fraction): ("load \(Format.hundredths(fraction))%", Style(.info))
        case .failed, .quarantined: (adapter.state.word, Style(.error, bold: true))
        case .evicting: (adapter.state.word, Style(.warning))
        case .resident: (adapter.state.word, Style(.ok))
        case .registered: (adapter.state.word, Style(.muted))
        }
    }

    private func figure(_ key: SortKey, _ target: Target, _ adapter: AdapterSnapshot) -> String {
        let unknown = state.glyphs.unknown
        let pageBytes = state.snapshot?.pool.pageBytes ?? 0
        // What the base does not have is not known to be zero.
        if target == .base, [.pages, .bytes, .overhead, .rank, .hits, .loads, .evictions].contains(key) {
            return unknown
        }
        return switch key {
        case .running: "\(adapter.running)"
        case .waiting: "\(adapter.waiting)"
        case .rate: Format.decimal(adapter.tokensPerSecond, 1)
        case .firstToken50: format.duration(adapter.timeToFirstToken?.p50)
        case .firstToken95: format.duration(adapter.timeToFirstToken?.p95)
        case .interToken50: format.duration(adapter.interTokenLatency?.p50)
        case .interToken95: format.duration(adapter.interTokenLatency?.p95)
        case .pages: "\(adapter.pages)"
        case .bytes: Format.bytesShort(adapter.pages.times(pageBytes))
        case .overhead: adapter.pages > 0 ? Format.bytesShort(adapter.overheadBytes) : unknown
        case .kv: "\(adapter.kvPages)"
        case .rank: adapter.facts?.rankLabel ?? unknown
        case .hits: "\(adapter.hits)"
        case .loads: "\(adapter.loads)"
        case .evictions: "\(adapter.evictions)"
        case .used: used(adapter)
        case .tenant: adapter.tenant ?? unknown
        case .name, .activity, .state: ""
        }
    }

    private func used(_ adapter: AdapterSnapshot) -> String {
        guard let last = adapter.lastUsed, let now = state.snapshot?.time else { return state.glyphs.unknown }
        return Format.span(now.timeIntervalSince(last))
    }
}

extension AdapterSnapshot {
    /// Nobody is being answered and nobody waits.
    var isIdle: Bool { running == 0 && waiting == 0 }
}

extension AdapterFacts {
    /// `8`, or `4-16` where ranks differ.
    var rankLabel: String {
        ranks.lowerBound == ranks.upperBound ? "\(ranks.lowerBound)" : "\(ranks.lowerBound)-\(ranks.upperBound)"
    }
}

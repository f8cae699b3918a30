import DeckCore
import TerminalKit

/// The requests as rows with a waterfall each, the one under the cursor in words, and the slowest of late.
struct RequestsView {
    let state: ConsoleState

    init(_ state: ConsoleState) { self.state = state }

    private enum Column: Hashable { case id, key(RequestSort), cached, waterfall, why }

    private static let columns: [TableColumn<Column>] = [
        TableColumn(.id, "id", 6, 8, .left, priority: 0),
        TableColumn(.key(.adapter), "adapter", 12, 20, .left, priority: 0),
        TableColumn(.key(.origin), "from", 8, 14, .left, priority: 6),
        TableColumn(.key(.phase), "phase", 8, .some(8), .left, priority: 1),
        TableColumn(.key(.prompt), "prompt", 6, priority: 7), TableColumn(.cached, "cached", 6, priority: 9),
        TableColumn(.key(.tokens), "tokens", 6, priority: 3), TableColumn(.key(.wait), "wait", 6, 7, priority: 3),
        TableColumn(.key(.firstToken), "ttft", 6, 7, priority: 1),
        TableColumn(.key(.interToken), "itl", 6, 7, priority: 5),
        TableColumn(.key(.total), "total", 6, 7, priority: 2),
        TableColumn(.waterfall, "where its time went", 14, 44, .left, priority: 4),
        TableColumn(.why, "why", 24, 90, .left, priority: 8),
    ]

    private func table(_ regions: RequestRegions) -> Table<Column> {
        let desk = state.requests
        return Table(
            columns: Self.columns, width: regions.list.inset(1, 1).width - 2,
            sort: (.key(desk.sort), desk.isDescending))
    }

    /// What the visible columns can be sorted by.
    func sortKeys(_ regions: RequestRegions) -> [RequestSort] {
        [.recent]
            + table(regions).columns.compactMap { if case .key(let key) = $0.column.id { key } else { nil } }
    }

    func draw(_ regions: RequestRegions, on grid: inout CellGrid) {
        drawList(regions, on: &grid)
        if !regions.selected.isEmpty { drawSelected(in: regions.selected, on: &grid) }
        if !regions.slowest.isEmpty {
            SlowestView(state, target: nil, span: .fiveMinutes, measure: .firstToken).draw(
                in: regions.slowest, on: &grid)
        }
    }

    // MARK: list

    private func drawList(_ regions: RequestRegions, on grid: inout CellGrid) {
        let glyphs = state.glyphs
        let desk = state.requests
        var title = StyledLine("requests", Style(.title, bold: true))
        if desk.filter.isEmpty {
            title.add(" \(desk.count)", Style(.muted))
        } else {
            title.add(" \(desk.rows.count)/\(desk.count)", Style(.muted))
            title.add(" /\(desk.filter.text)", Style(.accent, bold: true))
        }
        let arrow = desk.isDescending ? glyphs.down : glyphs.up
        let note = StyledLine("by \(desk.sort.title)\(arrow)", Style(.muted))
        let inside = Box(title, note: note, isFocused: true).draw(in: regions.list, on: &grid, glyphs: glyphs)
        let body = inside.splitLeft(2).rest
        guard let snapshot = state.snapshot else { return }
        let rows = regions.rows
        let table = table(regions)
        table.drawHeader(in: body, on: &grid, glyphs: glyphs)
        let visible = desk.cursor.window.range(count: desk.rows.count, height: rows.height)
        // One scale for all rows in sight, so that lengths compare.
        // A round one, which does not move with every frame.
        let longest = desk.rows[visible].map { $0.elapsed(at: snapshot) }.max() ?? 0
        let scale = longest > 0 ? TimeSeriesGraph.roundTop(above: longest) : 0
        let bars = place(of: .waterfall, in: table, body)
        if let bars, scale > 0 { drawScale(scale, in: bars, on: &grid) }
        for (offset, index) in visible.enumerated() {
            let request = desk.rows[index]
            let isSelected = request.id == desk.cursor.selected
            let y = rows.y + offset
            let story = RequestStory(request, elapsed: request.elapsed(at: snapshot))
            grid.draw(isSelected ? ">" : " ", x: inside.x, y: y, style: Style(.accent, bold: true), clip: rows)
            table.drawRow(y: y, in: body, isSelected: isSelected, on: &grid, glyphs: glyphs) { column, _ in
                cell(column, story, snapshot)
            }
            guard let bars else { continue }
            let bar = Rect(x: bars.x, y: y, width: bars.width, height: 1)
            Waterfall([Waterfall.Row("", story.stages.bars(glyphs))], end: scale).draw(
                in: bar, on: &grid, glyphs: glyphs)
            if isSelected { grid.restyle(bar) { $0 = Style(.selection, bold: $0.bold) } }
        }
        if desk.rows.isEmpty {
            let text =
                snapshot.unknown[.requests].map { "unknown: \($0)" }
                ?? (desk.filter.isEmpty ? "no requests so far" : "nothing matches the filter")
            grid.draw(StyledLine(text, Style(.muted)), in: body, y: rows.y, glyphs: glyphs)
        }
        desk.cursor.window.drawBar(
            count: desk.rows.count, height: rows.height, box: regions.list, firstRow: rows.y, on: &grid, glyphs: glyphs)
    }

    private func place(of id: Column, in table: Table<Column>, _ body: Rect) -> Rect? {
        var x = body.x
        for fitted in table.columns {
            if fitted.column.id == id {
                return Rect(x: x, y: body.y, width: fitted.width, height: 1).intersection(body)
            }
            x += fitted.width + 1
        }
        return nil
    }

    /// What the right end of the bars stands for, in the header.
    private func drawScale(_ scale: Double, in bars: Rect, on grid: inout CellGrid) {
        let text = Format.duration(scale)
        guard bars.width >= text.columns + 6 else { return }
        let short = bars.width < "where its time went".count + text.columns + 2
        grid.fill(bars)
        grid.draw(
            short ? "time" : "where its time went", x: bars.x, y: bars.y, style: Style(.header, bold: true), clip: bars)
        grid.draw(text, x: bars.maxX - text.columns, y: bars.y, style: Style(.muted), clip: bars)
    }

    private func cell(_ column: Column, _ story: RequestStory, _ snapshot: DeckSnapshot) -> (
        text: String, style: Style
    ) {
        let request = story.request
        let plain = Style(request.phase.isLive ? .text : .muted)
        return switch column {
        case .id: ("\(request.id)", Style(.key))
        case .cached: ("\(request.cachedTokens)", plain)
        case .waterfall: ("", plain)
        case .why: (story.reason ?? "", Style(request.phase.isWaiting ? .warning : .muted))
        case .key(let key): figure(key, request, plain, snapshot)
        }
    }

    private func figure(_ key: RequestSort, _ request: RequestSnapshot, _ plain: Style, _ snapshot: DeckSnapshot) -> (
        text: String, style: Style
    ) {
        let format = Format(state)
        return switch key {
        case .recent: ("", plain)
        case .adapter:
            (
                request.target.label,
                request.adapter.map { Style(.series(state.letters[$0].series), bold: request.phase.isLive) } ?? plain
            )
        case .origin: (request.origin, Style(.muted))
        case .phase: (request.phase.word, request.phase.style)
        case .prompt: ("\(request.promptTokens)", plain)
        case .tokens: ("\(request.generatedTokens)", plain)
        case .wait:
            (Format.duration(request.waitSeconds(at: snapshot)), request.phase.isWaiting ? Style(.warning) : plain)
        case .firstToken: (format.duration(request.timeline.firstToken), plain)
        case .interToken: (format.duration(request.interTokenSeconds), plain)
        case .total: (Format.duration(request.elapsed(at: snapshot)), plain)
        }
    }

    // MARK: the request under the cursor

    private func drawSelected(in rect: Rect, on grid: inout CellGrid) {
        let glyphs = state.glyphs
        guard let snapshot = state.snapshot, let id = state.requests.cursor.selected,
            let request = state.requests.rows.first(where: { $0.id == id }) ?? state.request(id)
        else {
            Box("request").draw(in: rect, on: &grid, glyphs: glyphs)
            return
        }
        let story = RequestStory(request, elapsed: request.elapsed(at: snapshot))
        var title = StyledLine("request \(id)", Style(.title, bold: true))
        title.add(" \(request.target.label) from \(request.origin)", Style(.muted))
        let note = StyledLine(request.phase.word, request.phase.style)
        let inside = Box(title, note: note).draw(in: rect, on: &grid, glyphs: glyphs).inset(1, 0)
        let view = RequestTimes(story, glyphs: glyphs)
        let sentences = story.sentences.flatMap { WrappedText($0, width: max(8, inside.width)).lines }
        // Words matter more than bars; one bar of all stages takes a line.
        let bars = view.rows(height: inside.height - sentences.count)
        var y = inside.y
        if !bars.isEmpty {
            let area = Rect(x: inside.x, y: y, width: inside.width, height: bars.count)
            Waterfall(bars, end: story.stages.total).draw(in: area, on: &grid, glyphs: glyphs)
            y += bars.count
        }
        for line in sentences.prefix(inside.maxY - y) {
            grid.draw(StyledLine(line), in: inside, y: y, glyphs: glyphs)
            y += 1
        }
        if y < inside.maxY { grid.draw(Stage.legend(glyphs), in: inside, y: inside.maxY - 1, glyphs: glyphs) }
    }
}

/// A request's stages as bars: a row each where there is room, else all in one.
struct RequestTimes {
    let story: RequestStory
    let glyphs: GlyphSet

    init(_ story: RequestStory, glyphs: GlyphSet) {
        self.story = story
        self.glyphs = glyphs
    }

    func rows(height: Int) -> [Waterfall.Row] {
        let spans = story.stages.spans
        guard height >= 1, !spans.isEmpty else { return [] }
        guard height >= spans.count + 1 else {
            return [Waterfall.Row("", story.stages.bars(glyphs), note: Format.duration(story.stages.total))]
        }
        return spans.map { span in
            Waterfall.Row(
                span.stage.title,
                [Waterfall.Span(span.start, span.end, span.stage.glyph(glyphs), span.stage.style)],
                note: Format.duration(span.seconds))
        }
    }
}

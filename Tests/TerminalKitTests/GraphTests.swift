import Foundation
import TestSupport
import Testing

@testable import TerminalKit

/// Graphs as text, in every set of characters.
@Suite struct GraphTests {
    private func draw(_ width: Int, _ height: Int, _ body: (inout CellGrid) -> Void) -> [String] {
        var grid = CellGrid(size: Size(width: width, height: height))
        body(&grid)
        return grid.lines
    }

    /// A wave with a gap, and a saw.
    private static let wave: [Double?] = (0..<60).map { (index: Int) -> Double? in
        (21..<26).contains(index) ? nil : 50 + 45 * sin(Double(index) / 5)
    }
    private static let saw: [Double?] = (0..<60).map { Double($0 % 20) * 2 }

    private static let series: [GlyphSet: [String]] = [
        .unicode: [
            "100ms┤            ⢀⠔⠤⡀", "     │⢢╌╌╌╌╌╌╌╌╌╌⢠⠃╌╌⠘⡄╌╌╌╌╌╌╌", "     │⠈⢆        ⢠⠃    ⠘⡄",
            " 57ms┤ ⠈⡆      ⢀⠎      ⠸⡀",
            "     │  ⡸⡔⡄    ⡜  ⡠⠔⡄   ⢱   ⡠⠔", "     │⠒⠉ ⠱⡇   ⣜⠤⠒⠉  ⡇   ⢀⢧⠒⠉ ⢀", "  0ms┤    ⣇⡠⠔⠊⠁     ⣇⡠⠔⠊⠁ ⠱⢄⠤⠃",
            "      -60s                 now",
        ],
        .blocks: [
            "100ms┤            ▗▄▄", "     │▖╌╌╌╌╌╌╌╌╌╌▗▘╌╌▀▖╌╌╌╌╌╌╌", "     │▝▖        ▗▘    ▝▖",
            " 57ms┤ ▝▖       ▌      ▚",
            "     │  ▐▄     ▞  ▗▄    ▚   ▗▄", "     │▞▀▘▚▌   ▟▄▞▀▘ ▌   ▗▙▞▀▘▗", "  0ms┤    ▙▄▄▛▘     ▙▄▄▀▘ ▚▄▄▘",
            "      -60s                 now",
        ],
        .ascii: [
            "100ms+ .....", "     |'-----''.---------------", "     |         '.", " 57ms+          '.",
            "     | ...        '.       ...", "     |'   :        .:..''''  .", "  0ms+    :.....'''   '.....'",
            "      -60s                 now",
        ],
    ]

    @Test(arguments: GlyphSet.allCases)
    func seriesHaveAxesGapsAndAnObjective(glyphs: GlyphSet) {
        let graph = TimeSeriesGraph(
            [.init("p95", Self.wave, style: Style(.series(0))), .init("p50", Self.saw, style: Style(.series(1)))],
            objective: 80, span: ("-60s", "now")
        ) { "\(Int($0))ms" }
        #expect(draw(30, 8) { graph.draw(in: $0.bounds, on: &$0, glyphs: glyphs) } == Self.series[glyphs])
        #expect(graph.legend(glyphs: glyphs).text == (glyphs.isUnicode ? "── p95  ── p50" : "-- p95  -- p50"))
    }

    @Test func areasAreColouredByHeight() {
        var grid = CellGrid(size: Size(width: 20, height: 4))
        TimeSeriesGraph([.init("", Self.wave, kind: .area, style: nil)]) { "\(Int($0))" }
            .draw(in: grid.bounds, on: &grid, glyphs: .unicode)
        #expect(grid.lines == ["100┤   ⢀⣤⣶⣶⣄", "   │  ⣠⣿⣿⣿⣿⣿⣷⡄", "   │⢀⣴⣿⣿⣿⣿⣿⣿⣿⣿⣆", "  0┤⣾⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣷⣄⣀⣀⣴"])
        guard case .gradient(let low) = grid[8, 3].style.role, case .gradient(let high) = grid[8, 0].style.role else {
            Issue.record("no gradient")
            return
        }
        #expect(low < 30 && high > 80)
    }

    @Test func axesGiveWayInNarrowPlaces() {
        let graph = TimeSeriesGraph([.init("", [1, 2, 3, 4], kind: .area)]) { "\(Int($0)) tokens/s" }
        #expect(draw(4, 1) { graph.draw(in: $0.bounds, on: &$0, glyphs: .blocks) } == ["  ▄▟"])
    }

    @Test func roundTops() {
        for (value, top) in [(0.0, 1.0), (-3, 1), (.nan, 1), (.infinity, 1), (1, 1), (1.1, 2), (3, 5), (7, 10)] {
            #expect(TimeSeriesGraph.roundTop(above: value) == top)
        }
        #expect(abs(TimeSeriesGraph.roundTop(above: 0.034) - 0.05) < 1e-12)
        #expect(TimeSeriesGraph.roundTop(above: 10_000) == 10_000)
    }

    @Test func sparklines() {
        func line(_ glyphs: GlyphSet) -> [String] {
            draw(20, 1) { Sparkline(Self.wave).draw(x: 0, y: 0, width: 20, on: &$0, glyphs: glyphs) }
        }
        #expect(line(.unicode) == ["⡀  ⣀⣀⣤⣴⣶⣿⣿⣿⣷⣶⣦⣄⣀⣀⣀⣀⣀"])
        #expect(line(.blocks) == ["██▇▇▆▆▅▄▄▃▂▂▁▁▁▁▁▁▁▂"])
        #expect(line(.ascii) == ["####+++:::.........."])
        var grid = CellGrid(size: Size(width: 2, height: 1))
        Sparkline([1, 10], style: nil).draw(x: 0, y: 0, width: 2, on: &grid, glyphs: .blocks)
        #expect(grid[0, 0].style == Style(.gradient(10)) && grid[1, 0].style == Style(.gradient(100)))
    }

    @Test func heatMapsShadeByGlyphToo() {
        let map = HeatMap([
            .init("1s", [nil, 0, 0.1, 3, 4]), .init("100ms", [5, 6, 7, 8, 10]), .init("", [1, nil, 1]),
        ])
        #expect(map.capacity(width: 24) == 18)
        #expect(
            draw(24, 3) { map.draw(in: $0.bounds, on: &$0, glyphs: .unicode) } == [
                "   1s               ·░░▒", "100ms              ▒▒▓▓█", "                     ░ ░",
            ])
        #expect(
            draw(24, 3) { map.draw(in: $0.bounds, on: &$0, glyphs: .ascii) } == [
                "   1s               .::+", "100ms              ++**#", "                     : :",
            ])
    }

    @Test func stripsStackTheirParts() {
        func strip(_ full: Double?, _ glyphs: GlyphSet) -> StackedStrip {
            StackedStrip(
                [
                    .init("base", glyphs.solid, Style(.series(0))), .init("lora", glyphs.shade, Style(.series(1))),
                    .init("other", glyphs.vacant, Style(.muted)),
                ], columns: [[4, 2, 1], [2, 1, 0], nil, [1, 0, 0], [8, 4, 4]], full: full)
        }
        #expect(
            draw(8, 4) { strip(nil, .unicode).draw(in: $0.bounds, on: &$0) } == [
                "       ·", "       ▒", "   ▒   █", "   ██ ██",
            ])
        // As shares: every column is full.
        #expect(draw(5, 4) { strip(0, .ascii).draw(in: $0.bounds, on: &$0) } == [".= #.", "=# #=", "## ##", "## ##"])
        #expect(strip(nil, .unicode).legend.text == "█ base  ▒ lora  · other  + several")
    }

    /// A bar of a few cells is read as shares: none is larger than it is by more than half a cell.
    @Test(arguments: 1...4) func sharesOfFewCellsAreAsTheyAre(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<3_000 {
            let cells = Int.random(in: 0...14, using: &random)
            let amounts = (0..<Int.random(in: 1...7, using: &random)).map { _ in
                pow(10, Double.random(in: -3...1, using: &random))
                    * (Int.random(in: 0...4, using: &random) == 0 ? 0 : 1)
            }
            let total = amounts.reduce(0, +)
            let drawn = Gauge.rounded(cells, among: amounts)
            let exact = amounts.map { total > 0 ? $0 / total * Double(cells) : 0 }
            for (drawn, exact) in zip(drawn, exact) {
                #expect(Double(drawn) <= exact + 0.5 + 1e-9)
                #expect(Double(drawn) > exact - 1 - 1e-9)
                if exact < 0.5 { #expect(drawn == 0) }
            }
            #expect(drawn.reduce(0, +) <= cells)
            // Less than its nearest count gets a part only where all of those are more cells than there are.
            if exact.reduce(0, { $0 + Int($1.rounded()) }) <= cells {
                #expect(zip(drawn, exact).allSatisfy { abs(Double($0) - $1) <= 0.5 + 1e-9 })
            }
        }
        // The operator's report: base 80 %, LoRA 7 %, attention 4 %, sampling 2 %, other 7 % of six, five and three cells.
        let parts = [0.8, 0.07, 0.04, 0.02, 0.07]
        #expect(Gauge.rounded(6, among: parts) == [5, 0, 0, 0, 0])
        #expect(Gauge.rounded(5, among: parts) == [4, 0, 0, 0, 0])
        #expect(Gauge.rounded(3, among: parts) == [2, 0, 0, 0, 0])
        #expect(Gauge.rounded(30, among: parts) == [24, 2, 1, 1, 2])
        #expect(Gauge.rounded(4, among: [.nan, -1, 1, .infinity]) == [0, 0, 4, 0])
        #expect(Gauge.rounded(4, among: [0, 0]) == [0, 0])
    }

    @Test func aCellThatManyShareSaysSo() {
        let strip = StackedStrip(
            [.init("base", "#", Style()), .init("LoRA", "L", Style()), .init("other", "o", Style())],
            columns: [[0.8, 0.1, 0.1]])
        #expect(draw(1, 6) { strip.draw(in: $0.bounds, on: &$0) } == ["o", "#", "#", "#", "#", "#"])
        let few = StackedStrip(strip.parts, columns: [[0.8, 0.07, 0.07]])
        #expect(draw(1, 3) { few.draw(in: $0.bounds, on: &$0) } == ["#", "#", "#"])
        let many = StackedStrip(strip.parts + [.init("more", "m", Style())], columns: [[0.7, 0.1, 0.1, 0.1]])
        #expect(draw(1, 3) { many.draw(in: $0.bounds, on: &$0) } == ["+", "#", "#"])
    }

    @Test func waterfallsShowEverySpan() {
        let glyphs = GlyphSet.unicode
        let fall = Waterfall([
            .init("queue", [.init(0, 0.1, glyphs.vacant, Style(.muted))], note: "100 ms"),
            .init("load", [.init(0.1, 0.5, glyphs.shade, Style(.warning))], note: "400 ms"),
            .init(
                "decode", [.init(0.5, 0.501, "!", Style(.ok)), .init(0.6, 2, glyphs.solid, Style(.ok))], note: "1.4 s"),
        ])
        #expect(
            draw(40, 3) { fall.draw(in: $0.bounds, on: &$0, glyphs: glyphs) } == [
                "queue  ·                          100 ms", "load    ▒▒▒▒▒▒                    400 ms",
                "decode        !██████████████████  1.4 s",
            ])
    }

    @Test func resamplingKeepsGaps() {
        let values: [Double?] = [1, 3, nil, nil, 5, nil, 7]
        #expect(Resampling.mean.reduce(values, to: 3) == [2, nil, 6])
        #expect(Resampling.largest.reduce(values, to: 3) == [3, nil, 7])
        #expect(Resampling.last.reduce(values, to: 3) == [3, nil, 7])
        #expect(Resampling.mean.reduce(values, to: 7) == values)
        #expect(Resampling.mean.reduce(values, to: 0) == [])
    }

    /// Nothing leaves its rectangle, whatever the size and the values.
    @Test(arguments: GlyphSet.allCases)
    func everySizeAndValueIsDrawn(glyphs: GlyphSet) {
        let odd: [Double?] = Self.wave + [.nan, .infinity, -.infinity, -1, nil, .greatestFiniteMagnitude, 1e-300]
        for width in 0...14 {
            for height in 0...7 {
                var grid = CellGrid(size: Size(width: width + 2, height: height + 2), style: Style(.info))
                let rect = Rect(x: 1, y: 1, width: width, height: height)
                TimeSeriesGraph([.init("p", odd, kind: .area), .init("q", odd)], objective: 80, span: ("-60s", "now")) {
                    "\($0)"
                }.draw(in: rect, on: &grid, glyphs: glyphs)
                HeatMap([.init("1s", odd)]).draw(in: rect, on: &grid, glyphs: glyphs)
                StackedStrip([.init("base", "#", Style())], columns: odd.map { $0.map { [$0] } })
                    .draw(in: rect, on: &grid)
                Waterfall([
                    .init("queue", [.init(0, .infinity, "x", Style()), .init(.nan, 1, "x", Style())], note: "1 s")
                ])
                .draw(in: rect, on: &grid, glyphs: glyphs)
                Graph(odd).draw(in: rect, on: &grid, glyphs: glyphs, style: Style())
                if height > 0 { Sparkline(odd).draw(x: 1, y: 1, width: width, on: &grid, glyphs: glyphs) }
                for y in 0..<grid.size.height {
                    for x in 0..<grid.size.width where !rect.contains(x: x, y: y) {
                        #expect(grid[x, y].style == Style(.info))
                    }
                }
            }
        }
    }
}

import DeckCore
import TerminalKit
import TestSupport
import Testing

@testable import Console

/// Overview, pages, batch, plan and replicas: what they look like, and what their keys do.
@Suite struct MemoryScreenTests {
    private func script(_ size: Size, _ glyphs: GlyphSet = .unicode, _ snapshot: DeckSnapshot = SampleFleet.full())
        -> Script
    {
        Script(width: size.width, height: size.height, glyphs: glyphs, snapshot: snapshot)
    }

    private func check(_ name: String, _ size: Size, _ script: Script) throws {
        try Goldens.check(script.lines, "\(name)-\(size.width)x\(size.height)")
    }

    // MARK: looks

    @Test(arguments: ScreenGoldenTests.sizes + [Size(width: 300, height: 100)]) func overview(_ size: Size) throws {
        try check("overview-full", size, script(size))
        var layouts = script(size)
        layouts.press(.character("V"), .character("V"))
        try check("layout-memory", size, layouts)
        layouts.press(.character("V"))
        try check("layout-traffic", size, layouts)
        layouts.press(.character("V"))
        #expect(layouts.state.overviewLayout == .balanced)
        try check("overview-fleet", size, script(size, .unicode, SampleFleet.fleet()))
    }

    @Test func thePoolSaysWhatPreemptionDid() {
        let size = Size(width: 240, height: 60)
        func facts(_ spills: SpillSnapshot?) -> String {
            script(size, .unicode, SampleDeck.snapshot(spills: spills)).lines.first { $0.contains("protected") } ?? ""
        }
        #expect(!facts(nil).contains("preempted") && !facts(nil).contains("on disk"))
        let idle = SpillSnapshot(pages: 0, limitPages: 64, kept: 0, restored: 0, recomputed: 0)
        #expect(facts(idle) == facts(nil))
        let busy = facts(SpillSnapshot(pages: 12, limitPages: 64, kept: 9, restored: 5, recomputed: 3))
        #expect(busy.contains("on disk 12 ("))
        #expect(busy.contains("preempted 8, 5 restored"))
    }

    /// The map moves once a second; what preemption did is a figure, and follows every snapshot.
    @Test func thePoolKeepsItsFiguresWhileTheMapStands() {
        var configuration = SampleDeck.configuration
        configuration.movingSeconds = 1
        func snapshot(_ restored: Int) -> DeckSnapshot {
            SampleDeck.snapshot(
                spills: SpillSnapshot(pages: 0, limitPages: 64, kept: 9, restored: restored, recomputed: 3))
        }
        var script = Script(snapshot: snapshot(5), configuration: configuration)
        script.send(.tick(100.3))
        script.send(.snapshot(snapshot(6)))
        #expect(script.state.snapshot?.pool.spills?.restored == 6)
    }

    @Test(arguments: ScreenGoldenTests.sizes) func pages(_ size: Size) throws {
        var script = script(size)
        script.press(.character("3"), .down, .right, .right)
        try check("pages", size, script)
        script.press(.enter)
        try check("page", size, script)
        script.press(.escape, .character("/"))
        script.type("pirate")
        script.press(.enter)
        try check("pages-found", size, script)
        var unknown = self.script(size, .unicode, SampleFleet.fleet())
        unknown.press(.character("3"))
        try check("pages-unknown", size, unknown)
    }

    @Test(arguments: ScreenGoldenTests.sizes) func batch(_ size: Size) throws {
        var script = script(size)
        script.press(.character("4"))
        try check("batch", size, script)
        script.press(.left, .left, .left, .left)
        try check("batch-earlier", size, script)
        script.press(.enter)
        try check("step", size, script)
        var unknown = self.script(size, .unicode, SampleFleet.fleet())
        unknown.press(.character("4"))
        try check("batch-unknown", size, unknown)
    }

    /// What a page does not use is told on the map at every zoom.
    @Test func overheadIsSeenAtEveryZoom() throws {
        let pages = [UInt16](repeating: 1, count: 4) + [2, 2, 0, 0]
        let pool = PoolSnapshot(
            pageBytes: 1_000, tokensPerPage: 4,
            owners: [.free, .adapter(name: "x", phase: .evictable), .sequence(RequestID(1), adapter: "x")],
            pages: pages, freePages: 2, kvPages: 2, adapterPages: 4, evictablePages: 4,
            ownerOverheadBytes: [0, 1_250, 500], prefixes: PrefixSnapshot(), spills: nil)
        let overhead = PageOverhead(pool)
        #expect((0..<8).map { overhead.level($0..<$0 + 1) } == [8, 8, 6, 1, 8, 4, 8, 8])
        #expect(overhead.level(0..<4) == 6)
        #expect(overhead.level(2..<4) == 3)
        #expect(overhead.level(20..<24) == 8)
        for width in [80, 200] {
            var script = Script(width: width, height: 30)
            script.press(.character("3"))
            for _ in 0..<6 { script.press(.character("<")) }
            for _ in 0..<8 {
                let cells = script.frame.lines.dropFirst(2).prefix(16)
                #expect(cells[2].contains("overhead 83.5 KiB 0.5%"))
                // The sequences' last blocks of the sample are three quarters full.
                #expect(cells.dropFirst().contains { $0.contains { "▁▂▃▄▅▆▇".contains($0) } })
                script.press(.character(">"))
            }
        }
    }

    @Test func planValuesAreTyped() {
        var script = Script(snapshot: SampleFleet.full())
        script.press(.character("w"), .enter)
        #expect(script.shows("some of: q k v o gate up down"))
        func fill(_ texts: [String]) {
            for text in texts {
                script.press(.control("u"))
                script.type(text)
                script.press(.tab)
            }
            script.press(.enter)
        }
        fill(["24", "q, down_proj", "3000", "24M", "8"])
        #expect(script.state.overlay == nil)
        #expect(script.state.plan.rank == 24 && script.state.plan.like == nil)
        #expect(script.state.plan.targets == ["q_proj", "down_proj"])
        #expect(script.state.plan.tokens == 3_000)
        #expect(script.state.plan.memoryBytes == 24 << 20)
        #expect(script.state.plan.tokensPerPage == 8)
        script.press(.enter)
        fill(["24", "all", "3000", "", ""])
        #expect(script.state.plan.memoryBytes == nil && script.state.plan.tokensPerPage == nil)
        #expect(script.shows("targets  all"))
        for (place, text, problem) in [
            (0, "0", "a whole number from 1"), (1, "q nose", "the base has no nose"), (1, "", "one at least"),
            (2, "many", "a whole number from 1"), (3, "1B", "bytes for one page"), (4, "0", "a whole number from 1"),
        ] {
            script.press(.enter)
            var texts = ["24", "all", "3000", "", ""]
            texts[place] = text
            fill(texts)
            #expect(script.shows(problem), "\(text)")
            script.press(.escape)
        }
    }

    @Test(arguments: ScreenGoldenTests.sizes) func plan(_ size: Size) throws {
        var script = script(size)
        script.select("pirate-games")
        script.press(.character("w"))
        try check("plan", size, script)
    }

    @Test(arguments: ScreenGoldenTests.sizes) func replicas(_ size: Size) throws {
        var script = script(size, .unicode, SampleFleet.fleet())
        script.press(.character("R"), .down)
        try check("replicas", size, script)
    }

    @Test func inASCII() throws {
        let size = Size(width: 120, height: 40)
        for (key, name) in [("3", "pages-ascii"), ("4", "batch-ascii"), ("w", "plan-ascii")] {
            var script = script(size, .ascii)
            script.press(.character(Character(key)))
            try check(name, size, script)
            let foreign = script.lines.joined().filter { !$0.isASCII }
            #expect(foreign.isEmpty)
        }
    }

    // MARK: keys

    @Test func theCursorAndTheOwnerBelongTogether() {
        var script = script(Size(width: 200, height: 60))
        script.press(.character("3"))
        #expect(script.state.actionTarget == .adapter("boutique-fr"))
        #expect(script.shows("adapter boutique-fr = 40 pages = 160 KV tokens"))
        script.press(.tab, .down)
        let owner = script.state.pages.owners.selected
        let holdings = PageHoldings(script.state.snapshot!.pool)
        #expect(holdings.holding(ofPage: script.state.pages.cursor, in: script.state.snapshot!.pool)?.id == owner)
    }

    @Test func nextPageGoesRoundTheOwnersPages() throws {
        var script = script(Size(width: 120, height: 40))
        script.press(.character("3"))
        let pool = try #require(script.state.snapshot?.pool)
        for expected in [39, 38] {
            script.press(.character("N"))
            #expect(script.state.pages.cursor == expected)
        }
        script.press(.character("n"), .character("n"))
        #expect(script.state.pages.cursor == 0)
        #expect(pool.pages[0] == pool.pages[39])
    }

    @Test func zoomStaysWithinWhatThereIs() {
        var script = script(Size(width: 120, height: 40), .unicode, SampleFleet.full(pages: 20_000))
        script.press(.character("3"))
        #expect(script.shows("a cell"))
        for _ in 0..<40 { script.press(.character(">")) }
        #expect(!script.shows("a cell"))
        let nearest = script.state.pages.zoom
        script.press(.character("<"))
        #expect(script.state.pages.zoom == nearest - 1)
        script.press(.character("G"))
        #expect(script.state.pages.cursor == 19_999)
        #expect(script.shows("page 19999"))
    }

    @Test func aStepUnderTheCursorStaysWhileStepsGoOn() {
        var script = script(Size(width: 120, height: 40))
        script.press(.character("4"), .left)
        #expect(script.state.batch.step == 9_238)
        #expect(script.shows("batch step 9238"))
        script.press(.character("f"))
        #expect(script.state.batch.step == nil)
        script.press(.left, .right)
        #expect(script.state.batch.step == nil, "at the newest step it follows again")
        script.press(.tab, .enter)
        #expect(script.state.view == .request(RequestID(809)))
    }

    @Test func thePlanAsksAboutTheAdapterUnderTheCursor() {
        var script = script(Size(width: 120, height: 40))
        script.select("harbor-bank")
        script.press(.character("w"))
        #expect(script.state.plan.rank == 16)
        #expect(script.state.plan.like == "harbor-bank")
        script.press(.right)
        #expect(script.state.plan.rank == 24)
        #expect(script.state.plan.like == nil)
        script.press(.down, .down, .down, .right)
        #expect(script.state.plan.memoryBytes == 512 * SampleDeck.pageBytes * 9 / 8)
    }

    @Test func whatIsUnknownIsNeverZero() {
        var script = script(Size(width: 160, height: 50), .unicode, SampleFleet.fleet())
        for key in ["1", "3", "4", "w"] {
            script.press(.character(Character(key)))
            #expect(script.shows("vLLM does not publish it"), "\(key)")
        }
        #expect(!script.shows("0 free"))
        script.press(.character("R"))
        #expect(script.shows("down: connection refused"))
        #expect(script.shows("stale 14s"))
        var alone = self.script(Size(width: 160, height: 50))
        alone.press(.character("R"))
        #expect(alone.state.view == .overview)
        #expect(alone.shows("this deck is one engine, not a fleet"))
    }

    @Test func smallScreensStillTakeKeysThatOnlyLook() {
        var script = script(Size(width: 30, height: 8))
        #expect(script.press(.character("3")) == [])
        #expect(script.press(.character("e")) == [])
        script.press(.resize(Size(width: 80, height: 24)))
        #expect(script.state.view == .pages)
        #expect(script.state.overlay == nil)
    }

    @Test func everyPageIsInExactlyOneCell() {
        for count in [1, 7, 511, 512, 5_000, 65_536] {
            for size in [Size(width: 1, height: 1), Size(width: 38, height: 9), Size(width: 200, height: 50)] {
                for zoom in PageGrid.zooms(count: count, size: size) {
                    for isAligned in [false, true] {
                        let grid = PageGrid(count: count, size: size, zoom: zoom, isAligned: isAligned)
                        var next = 0
                        for row in 0..<grid.rows {
                            for column in 0..<grid.columns {
                                let pages = grid.pages(row: row, column: column)
                                if pages.isEmpty { continue }
                                #expect(pages.lowerBound == next)
                                next = pages.upperBound
                            }
                        }
                        #expect(next == count)
                        #expect(grid.columns * grid.cellWidth <= max(size.width, grid.cellWidth))
                        if zoom == 0 { #expect(grid.rows <= size.height, "\(count) in \(size)") }
                    }
                }
            }
        }
    }

    @Test func holdingsCountEveryPageOnce() {
        let pool = SampleFleet.full().pool
        let holdings = PageHoldings(pool)
        #expect(holdings.all.reduce(0) { $0 + $1.pages } == pool.pageCount)
        #expect(holdings.all.reduce(0) { $0 + $1.overheadBytes } == pool.overheadBytes)
        for index in stride(from: 0, to: pool.pageCount, by: 13) {
            let owner = pool.owners[Int(pool.pages[index])]
            #expect(holdings.holding(ofPage: index, in: pool)?.owner == owner)
        }
    }
}

import DeckCore
import TerminalKit
import Testing

@testable import Console

@Suite struct ReducerTests {
    @Test func loadsAndPins() {
        var script = Script()
        script.select("kids-garden")
        #expect(script.press(.character("l")) == [.perform(.load(adapter: "kids-garden"))])
        script.select("boutique-fr")
        #expect(script.press(.character("p")) == [.perform(.pin(adapter: "boutique-fr"))])
        #expect(script.press(.character("l")) == [])
        #expect(script.shows("load: already resident"))
        script.press(.character("2"), .character("g"))
        #expect(script.state.selected == .base)
        #expect(script.press(.character("e")) == [])
        #expect(script.shows("the base is always in memory"))
    }

    @Test func outcomesFlashAndExpire() {
        var script = Script()
        script.send(.outcome(.load(adapter: "x"), .refused("needs 688 pages, 412 free")))
        #expect(script.shows("needs 688 pages, 412 free"))
        script.send(.tick(107))
        #expect(script.state.flash != nil)
        script.send(.tick(109))
        #expect(script.state.flash == nil)
    }

    @Test func filtersAsTyped() {
        var script = Script()
        script.press(.character("2"), .character("/"))
        script.type("harbor|sql")
        #expect(script.state.adapterList.rows == [.adapter("harbor-bank"), .adapter("sql-helper")])
        #expect(script.shows("2/8 /harbor|sql"))
        script.press(.enter)
        #expect(script.state.entry == nil)
        // Keys are keys again.
        script.press(.character("/"), .control("u"))
        script.type("!resident")
        #expect(!script.state.adapterList.rows.contains(.adapter("pirate-games")))
        #expect(script.state.adapterList.rows.contains(.adapter("ticket-json")))
        // Esc gives back the filter that was there.
        script.press(.escape)
        #expect(script.state.adapterList.filter.text == "harbor|sql")
        // And then clears it before it leaves the screen.
        script.press(.escape)
        #expect(script.state.adapterList.filter.isEmpty)
        #expect(script.state.view == .adapters)
        script.press(.escape)
        #expect(script.state.view == .overview)
    }

    @Test func filterKeysAreText() {
        var script = Script()
        script.press(.character("/"))
        #expect(script.type("qQez") == [])
        #expect(script.state.overviewList.filter.text == "qQez")
        #expect(script.shows("nothing matches the filter"))
        // Nothing is selected: an action says so.
        script.press(.enter)
        #expect(script.press(.character("e")) == [])
        #expect(script.shows("no adapter selected"))
    }

    @Test func sortsAndReverses() {
        var script = Script()
        script.press(.character("2"))
        script.press(.character("s"))
        #expect(script.state.adapterList.sort == .state)
        script.press(.character("s"))
        #expect(script.state.adapterList.sort == .running)
        #expect(script.state.adapterList.rows.first == .adapter("pirate-games"))
        script.press(.character("r"))
        #expect(script.state.adapterList.rows.last == .adapter("pirate-games"))
        #expect(script.shows("run↑"))
    }

    @Test func pauseHoldsTheScreen() {
        var script = Script()
        script.press(.character("z"))
        let before = script.lines
        #expect(script.shows("PAUSED"))
        let late = DeckEvent(
            id: 8, time: SampleDeck.start, kind: .load, level: .info, actor: "demo", subject: nil, message: "came late",
            command: nil)
        script.send(.snapshot(SampleDeck.snapshot(index: 2, adapters: [], events: [late])))
        script.send(.snapshot(SampleDeck.snapshot(index: 2, adapters: [], events: [])))
        #expect(script.lines == before)
        script.press(.character("z"))
        // What happened meanwhile is not lost, though the newest snapshot has forgotten it.
        #expect(script.shows("came late"))
        #expect(!script.shows("PAUSED"))
        #expect(script.state.snapshot?.index == 2)
        #expect(!script.shows("harbor-bank  "))
    }

    @Test func quitsAndGoesBack() {
        var script = Script()
        script.press(.character("8"), .character("2"), .enter)
        #expect(script.state.stack == [.overview, .events, .adapters, .detail(.adapter("pirate-games"))])
        #expect(script.press(.character("q")) == [])
        #expect(script.press(.escape) == [])
        #expect(script.press(.character("q")) == [])
        #expect(script.state.stack == [.overview])
        #expect(script.press(.escape) == [])
        #expect(script.press(.character("q")) == [.quit])
        #expect(script.press(.character("Q")) == [.quit])
        #expect(script.press(.control("c")) == [.quit])
        #expect(script.press(.control("l")) == [.redraw])
        #expect(script.press(.control("z")) == [.suspend])
    }

    @Test func themeAndRefresh() {
        var script = Script()
        // The list previews as the cursor moves; Esc brings the old one back, Enter keeps the new one.
        #expect(script.press(.character("T")) == [])
        #expect(script.press(.down, .down) == [.setTheme("light"), .setTheme("mono")])
        #expect(script.press(.escape) == [.setTheme("dark")])
        #expect(script.state.theme == "dark")
        #expect(script.press(.character("T"), .down, .enter) == [.setTheme("light"), .setTheme("light")])
        #expect(script.state.theme == "light")
        #expect(script.state.overlay == nil)
        #expect(script.press(.character("+")) == [.setRefresh(5)])
        #expect(script.press(.character("-"), .character("-")) == [.setRefresh(4), .setRefresh(2)])
        for _ in 0..<9 { script.press(.character("-")) }
        #expect(script.state.refresh == 1)
    }

    @Test func commandLine() {
        var script = Script()
        func run(_ line: String) -> [ConsoleEffect] {
            script.press(.character(":"))
            script.type(line)
            return script.press(.enter)
        }
        #expect(run("load kids-garden") == [.perform(.load(adapter: "kids-garden"))])
        #expect(
            run("register new /srv/new --override-base")
                == [.perform(.register(name: "new", path: "/srv/new", overrideBase: true))])
        #expect(run("theme mono") == [.setTheme("mono")])
        #expect(run("refresh 4") == [.setRefresh(4)])
        #expect(run("refresh 0") == [])
        #expect(script.shows("usage: refresh"))
        #expect(run("evict harbor-bank") == [])
        #expect(script.shows("pinned: unpin first (p)"))
        #expect(run("nonsense") == [])
        #expect(script.shows("no such command: nonsense"))
        #expect(run("go events") == [])
        #expect(script.state.view == .events)
        #expect(run("quit") == [.quit])
        // History and completion.
        script.press(.character(":"), .up, .up)
        #expect(script.state.entry?.field.text == "go events")
        script.press(.control("u"))
        script.type("pi")
        script.press(.tab)
        #expect(script.state.entry?.field.text == "pin ")
        script.type("har")
        script.press(.tab)
        #expect(script.state.entry?.field.text == "pin harbor-bank")
    }

    @Test func eventsFollowUntilTheCursorLeaves() {
        var script = Script()
        script.press(.character("8"))
        #expect(script.state.log.selected == 7)
        script.press(.up)
        #expect(!script.state.log.isFollowing)
        let next =
            SampleDeck.events() + [
                DeckEvent(
                    id: 8, time: SampleDeck.start, kind: .load, level: .info, actor: "demo", subject: "x",
                    message: "late",
                    command: nil)
            ]
        script.send(.snapshot(SampleDeck.snapshot(index: 2, events: next)))
        #expect(script.state.log.selected == 6)
        script.press(.character("f"))
        #expect(script.state.log.selected == 8)
        // What falls out of the snapshot stays in the log.
        script.send(.snapshot(SampleDeck.snapshot(index: 3, events: [])))
        #expect(script.state.log.events.count == 8)
        script.press(.character("/"))
        script.type("error")
        #expect(script.state.log.rows.map(\.id) == [7])
    }

    @Test func silenceIsShown() {
        var script = Script()
        #expect(!script.shows("no news"))
        script.send(.tick(106))
        #expect(script.shows("no news for 6s"))
    }

    @Test func goneAdapterLeavesMarksAndDetail() {
        var script = Script()
        script.select("sql-helper")
        script.press(.character(" "))
        script.select("sql-helper")
        script.press(.enter)
        script.send(.tick(200))
        script.send(
            .snapshot(SampleDeck.snapshot(index: 2, adapters: SampleDeck.adapters.filter { $0.name != "sql-helper" })))
        #expect(script.state.marks.isEmpty)
        #expect(script.shows("sql-helper is gone"))
        #expect(script.press(.character("l")) == [])
    }

    @Test func mouseSelectsRows() {
        var script = Script(width: 80, height: 24)
        let body = OverviewScreen().tableBody(script.state, in: Regions(script.state).content)
        script.press(.mouse(MouseEvent(x: body.x + 3, y: body.y + 2, action: .press)))
        #expect(script.state.selected == .adapter("boutique-fr"))
        script.press(.mouse(MouseEvent(x: 500, y: 500, action: .press)))
        script.press(.mouse(MouseEvent(x: 0, y: 0, action: .wheelUp)))
        #expect(script.state.selected == .adapter("harbor-bank"))
    }
}

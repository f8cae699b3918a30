import DeckCore
import Foundation
import TerminalKit
import Testing

@testable import Console

/// Copies, dumps, the searched help and the mouse.
@Suite struct MenuTests {
    private func texts(_ effects: [ConsoleEffect]) -> [String] {
        effects.compactMap { if case .copy(_, let text) = $0 { text } else { nil } }
    }

    // MARK: copies

    @Test func copiesNameDigestPathAndCommand() throws {
        var script = Script()
        script.select("pirate-games")
        let digest = try #require(script.state.adapter(.adapter("pirate-games"))?.digest)
        for (key, text) in [
            ("n", "pirate-games"), ("d", digest.hex), ("f", "/srv/adapters/pirate-games"), ("c", "evict pirate-games"),
        ] {
            script.press(.character("y"))
            #expect(script.shows("┌─ copy "))
            #expect(texts(script.press(.character(Character(key)))) == [text])
            #expect(script.state.overlay == nil)
        }
        script.press(.character("y"))
        #expect(script.press(.escape) == [])
    }

    @Test func copiesEventsAndAnswers() {
        var script = Script()
        script.press(.character("8"), .character("y"))
        #expect(texts(script.press(.enter)).first?.hasPrefix("needs 688 pages") == true)
        script.press(.character("y"))
        #expect(texts(script.press(.character("c"))) == ["load big-one"])
        script.press(.character("1"), .character("t"))
        script.type("Hi")
        script.press(.enter)
        script.send(.prompt(session: 1, column: 0, .token(id: 1, text: "Ahoy\u{1B}[2J", logprob: nil, top: [])))
        script.press(.escape, .character("y"))
        let copied = texts(script.press(.character("1")))
        #expect(copied.first?.hasPrefix("Ahoy") == true)
        #expect(copied.first?.contains("\u{1B}") == false)
    }

    @Test func nothingToCopySaysSo() {
        var script = Script()
        script.press(.character("7"), .escape)
        #expect(script.press(.character("y")) == [])
        #expect(script.shows("copy: nothing to copy here"))
    }

    // MARK: dumps

    @Test func dumpsWhatStandsBelowTheMenu() {
        var script = Script()
        let before = script.frame
        script.press(.control("s"))
        #expect(script.press(.character("t")) == [.dumpScreen(before, stem: "overview", .text, path: nil)])
        script.press(.control("s"))
        guard case .dumpScreen(_, "overview", .svg, nil)? = script.press(.character("s")).first else {
            Issue.record("no picture")
            return
        }
        script.press(.character("2"), .control("s"))
        guard case .dumpText(let csv, "adapters", .csv, nil)? = script.press(.character("c")).first else {
            Issue.record("no table")
            return
        }
        let lines = csv.split(separator: "\r\n")
        #expect(lines.count == 1 + 1 + SampleDeck.adapters.count)
        #expect(lines[0].hasPrefix("adapter,digest,tenant,state"))
        #expect(csv.contains("\r\npirate-games,"))
    }

    @Test func csvQuotesAndDisarms() {
        #expect(CSVText.field("a,b\"c\nd") == "\"a,b\"\"c\nd\"")
        #expect(CSVText.field("=HYPERLINK(1)") == "'=HYPERLINK(1)")
        #expect(CSVText.field("-12.5") == "-12.5")
        #expect(CSVText.field("@x") == "'@x")
    }

    /// Every table has all its columns, one row for what it lists, and nothing that a spreadsheet would trip over.
    @Test(arguments: [
        ("3", "owner,kind,state,pages"), ("4", "step,seconds,rows"), ("5", "adapter,objective_seconds,met_share"),
        ("6", "request,adapter,digest,from,submitted,phase"), ("8", "id,time,kind"), ("9", "time,unix_seconds,tokens"),
    ]) func everyTableIsDumped(_ key: String, _ header: String) throws {
        var script = SampleTraffic.script(seconds: 40)
        script.press(.character(Character(key)), .control("s"))
        guard case .dumpText(let csv, _, .csv, nil)? = script.press(.character("c")).first else {
            Issue.record("no table on \(key)")
            return
        }
        let lines = csv.split(separator: "\r\n").map(String.init)
        let first = try #require(lines.first)
        #expect(first.hasPrefix(header))
        let columns = first.split(separator: ",").count
        let isQuoted = csv.contains("\"")
        #expect(
            isQuoted || lines.allSatisfy { $0.split(separator: ",", omittingEmptySubsequences: false).count == columns }
        )
        let rows =
            switch key {
            case "4": script.state.snapshot?.recentSteps.count
            case "5": script.state.latency.rows.count
            case "6": script.state.requests.rows.count
            case "8": script.state.log.rows.count
            case "9": script.state.chronicle.recording.moments.count
            default: lines.count - 1
            }
        #expect(lines.count - 1 == rows && lines.count > 2)
    }

    @Test func screensWithoutATableSayWhatIsPossible() {
        var script = Script()
        script.press(.character("7"), .escape, .control("s"), .character("c"))
        #expect(script.shows("this screen has no table"))
        script.press(.escape, .character(":"))
        script.type("dump csv")
        #expect(script.press(.enter) == [])
        #expect(script.shows("text and svg are possible"))
    }

    // MARK: help

    @Test func helpIsSearched() {
        var script = Script(width: 100, height: 30)
        script.press(.character("?"), .character("/"))
        script.type("EVICT")
        #expect(script.shows("evict from the pool"))
        #expect(script.shows(":evict NAME"))
        #expect(!script.shows("send a test prompt"))
        // A q is text here.
        script.type("q")
        #expect(script.shows("nothing has that in it"))
        script.press(.backspace, .enter)
        #expect(script.shows("search /EVICT"))
        script.press(.escape)
        #expect(script.shows("detail: facts"))
        script.press(.escape)
        #expect(script.state.overlay == nil)
    }

    @Test func everyCommandIsInTheHelp() {
        var script = Script(width: 160, height: 200)
        script.press(.character("?"))
        for word in ConsoleWord.allCases { #expect(script.shows(":\(word.rawValue) "), "\(word)") }
    }

    // MARK: mouse

    /// `below` is a text of an earlier row.
    private func click(_ script: inout Script, _ text: String, offset: Int = 0, below: String = "") -> [ConsoleEffect] {
        var isBelow = below.isEmpty
        for (y, line) in script.lines.enumerated() {
            if !isBelow {
                isBelow = line.contains(below)
                continue
            }
            guard let range = line.range(of: text) else { continue }
            let x = DisplayWidth.of(line[..<range.lowerBound]) + offset
            return script.press(.mouse(MouseEvent(x: x, y: y, action: .press)))
        }
        Issue.record("“\(text)” is not there")
        return []
    }

    @Test func tabsHintsHeadersAndButtonsAreClicked() {
        var script = Script(width: 160, height: 40)
        _ = click(&script, "events")
        #expect(script.state.view == .events)
        _ = click(&script, "2 adapters")
        #expect(script.state.view == .adapters)
        script.select("pirate-games")
        #expect(click(&script, "e evict") == [])
        #expect(script.shows("evict adapter"))
        // Beside the buttons nothing happens.
        #expect(click(&script, "frees") == [])
        #expect(script.state.overlay != nil)
        #expect(click(&script, "[ Cancel ]", offset: 3) == [])
        #expect(script.state.overlay == nil)
        _ = click(&script, "e evict")
        #expect(click(&script, "Evict").first?.command?.commandLine == "evict pirate-games")
        // A hint that is off says why.
        script.select("harbor-bank")
        _ = click(&script, "(e evict)", offset: 2)
        #expect(script.shows("pinned: unpin first"))
    }

    @Test func headersSortAndTurnRound() {
        var script = Script(width: 160, height: 40)
        script.press(.character("2"))
        _ = click(&script, " run", offset: 1, below: "─ adapters")
        #expect(script.state.adapterList.sort == .running)
        #expect(script.state.adapterList.isDescending)
        _ = click(&script, "run", below: "─ adapters")
        #expect(!script.state.adapterList.isDescending)
    }

    @Test func theScrollBarIsDragged() {
        let adapters = (0..<200).map { SampleDeck.adapter("adapter-\(1000 + $0)") }
        var script = Script(width: 80, height: 24, snapshot: SampleDeck.snapshot(adapters: adapters, pages: 9_000))
        script.press(.character("2"))
        let area = Regions(script.state).content
        script.press(.mouse(MouseEvent(x: area.maxX - 1, y: area.maxY - 2, action: .press)))
        #expect(script.state.selected == .adapter("adapter-1199"))
        script.press(.mouse(MouseEvent(x: area.maxX - 1, y: area.y + 2, action: .drag)))
        #expect(script.state.selected == .base)
        // Elsewhere a drag means nothing.
        script.press(.mouse(MouseEvent(x: 5, y: area.y + 9, action: .drag)))
        #expect(script.state.selected == .base)
    }

    @Test func menusAndThemesTakeClicks() {
        var script = Script()
        script.press(.character("T"))
        #expect(click(&script, "mono") == [.setTheme("mono")])
        #expect(script.state.overlay != nil)
        #expect(click(&script, "mono") == [.setTheme("mono")])
        #expect(script.state.overlay == nil)
    }

    /// No click anywhere, in any state, does what a confirmation would be asked for.
    @Test func clicksAnywhereAreHarmless() {
        for (name, script) in LayoutSweepTests.scripts(.unicode) {
            for y in stride(from: -1, to: 42, by: 3) {
                for x in stride(from: -1, to: 122, by: 7) {
                    for button in [MouseEvent.Button.left, .right] {
                        var script = script
                        let isDialog = script.state.overlay != nil
                        let effects = script.press(.mouse(MouseEvent(x: x, y: y, action: .press, button: button)))
                        guard !isDialog else { continue }
                        let harm = effects.compactMap(\.command).filter { $0.loss(in: script.state.snapshot) != nil }
                        #expect(harm.isEmpty, "\(name) at \(x),\(y)")
                    }
                }
            }
        }
    }

    @Test func theMouseIsSwitchedOff() {
        var script = Script()
        #expect(script.press(.character("M")) == [.setMouse(false)])
        #expect(script.shows("mouse off: the terminal selects text"))
        script.press(.character(":"))
        script.type("mouse on")
        #expect(script.press(.enter) == [.setMouse(true)])
    }
}

import DeckCore
import Foundation
import TerminalKit
import TestSupport
import Testing

@testable import Console

/// Names, messages and model output that try to leave their place on the screen.
@Suite struct HostileTextTests {
    static let pieces = [
        "\u{1B}[31mred", "\u{1B}]0;title\u{7}", "\u{1B}[2J", "\u{9B}31m", "\u{202E}evil", "\u{2066}iso", "\u{200B}",
        "\u{200D}", "👨‍👩‍👧‍👦", "⚠️", "🇩🇪", "👍🏽", "漢字", "ｆｕｌｌ", "e\u{301}\u{301}\u{301}\u{301}", "\u{FEFF}", "\r\n",
        "\n", "\t", "\u{0}", "\u{7F}", "\u{8}\u{8}\u{8}", "नमस्ते", "ก็็็็็", "\u{E0041}\u{E0042}", "\u{1FAE8}", "한글", "│┌┐",
        "plain", " ",
    ]

    static func text(_ generator: inout SeededGenerator) -> String {
        (0..<Int.random(in: 1...12, using: &generator)).map { _ in
            pieces[Int.random(in: 0..<pieces.count, using: &generator)]
        }.joined()
    }

    private static func snapshot(_ generator: inout SeededGenerator) -> DeckSnapshot {
        var adapters: [AdapterSnapshot] = []
        for _ in 0..<12 {
            let name = text(&generator)
            let state: Residency = Bool.random(using: &generator) ? .resident : .failed(reason: text(&generator))
            adapters.append(
                SampleDeck.adapter(
                    name, tenant: text(&generator), state: state, running: 1,
                    verdict: .unverified(reason: text(&generator))))
        }
        var events: [DeckEvent] = []
        for index in 0..<20 {
            events.append(
                DeckEvent(
                    id: Int64(index), time: SampleDeck.start, kind: .refusal, level: .error, actor: text(&generator),
                    subject: text(&generator), message: text(&generator), command: text(&generator)))
        }
        return SampleDeck.snapshot(
            adapters: adapters, disabled: [.load: text(&generator)], requests: SampleDeck.requests(), events: events)
    }

    /// Every cell holds what a terminal shows in one place, and nothing a terminal obeys.
    static func check(_ grid: CellGrid, _ what: String, dialog: String? = nil) {
        let bad = grid.cells.compactMap(\.character).first { character in
            character.unicodeScalars.contains { scalar in
                switch scalar.properties.generalCategory {
                case .control, .format, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: true
                default: false
                }
            }
        }
        if let bad { Issue.record("\(what): \(bad.unicodeScalars.map { String($0.value, radix: 16) })") }
        for y in 0..<grid.size.height {
            if DisplayWidth.of(grid.line(y)) > grid.size.width { Issue.record("\(what): row \(y) is too wide") }
        }
        if let flaw = BoxCheck(grid).flaw(titled: dialog) { Issue.record("\(what): \(flaw)") }
    }

    @Test(arguments: 1...6) func bordersHold(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for size in [
            Size(width: 61, height: 17), Size(width: 80, height: 24), Size(width: 121, height: 41),
            Size(width: 200, height: 60),
        ] {
            var script = Script(width: size.width, height: size.height, snapshot: Self.snapshot(&generator))
            for key in ["1", "2", "8", "?"] {
                script.press(.character(Character(key)))
                Self.check(script.frame, "screen \(key) of \(seed)")
            }
            script.press(.escape, .character("2"), .character("G"), .enter)
            Self.check(script.frame, "detail of \(seed)")
            script.press(.escape, .character("/"), .paste(Self.text(&generator)))
            Self.check(script.frame, "filter of \(seed)")
            script.press(.escape, .character(":"), .paste(Self.text(&generator)))
            Self.check(script.frame, "command of \(seed)")
            script.press(.enter)
            // What is too long for the foot stands over the panels.
            let toast = ["refused", "warning", "done"].first { script.shows("┌─ \($0) ") }
            Self.check(script.frame, "flash of \(seed)", dialog: toast)
            script.send(.tick(1_000))
            script.send(.tick(100))
            script.press(.character("g"), .character(" "), .character(" "), .character("c"))
            script.press(.paste(Self.text(&generator)), .enter)
            for _ in 0..<60 {
                let column = Int.random(in: 0..<3, using: &generator)
                script.send(
                    .prompt(
                        session: 1, column: column, .token(id: 1, text: Self.text(&generator), logprob: nil, top: [])))
            }
            Self.check(script.frame, "answers of \(seed)")
        }
    }

    /// A moment whose every text is hostile, wherever a deck may put one: names, tenants, who asked, why it waits, steps,
    /// owners of pages, replicas, versions, what is unknown.
    private static func everywhere(_ generator: inout SeededGenerator, second: Int) throws -> DeckSnapshot {
        var document = try JSONSerialization.jsonObject(
            with: try JSONEncoder().encode(
                Bool.random(using: &generator) ? SampleFleet.full() : SampleTraffic.snapshot(second)))
        let words = Set(
            SampleDeck.adapters.map(\.name) + SampleDeck.adapters.compactMap(\.tenant)
                + ["demo", "visitor", "console", "engine", "big-one"])
        var names: [String: String] = [:]
        func spoilt(_ value: Any, _ key: String) -> Any {
            switch value {
            case let list as [Any]: return list.map { spoilt($0, key) }
            case let table as [String: Any]:
                return Dictionary(uniqueKeysWithValues: table.map { ($0, spoilt($1, $0)) })
            case let word as String:
                // The same name is the same text everywhere, as in a deck.
                if words.contains(word) || ["name", "adapter", "tenant", "origin", "actor", "subject"].contains(key) {
                    guard key != "kind" else { return word }
                    let name = names[word] ?? text(&generator)
                    names[word] = name
                    return name
                }
                let free = [
                    "message", "reason", "held", "command", "path", "note", "_0", "declaredBase", "format", "detail",
                ]
                // Words of enumerations stay, or nothing could be read.
                return free.contains(key) && word.contains(" ") ? text(&generator) : word
            default: return value
            }
        }
        document = spoilt(document, "")
        return try JSONDecoder().decode(DeckSnapshot.self, from: try JSONSerialization.data(withJSONObject: document))
    }

    @Test(arguments: 11...14) func everyScreenHolds(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for size in [Size(width: 80, height: 24), Size(width: 121, height: 41), Size(width: 200, height: 60)] {
            var script = Script(width: size.width, height: size.height, snapshot: nil)
            for second in 0..<5 {
                script.send(.tick(100 + Double(second)))
                script.send(.snapshot(try Self.everywhere(&generator, second: 296 + second)))
            }
            for key in "123456789w" {
                script.press(.character(key))
                Self.check(script.frame, "screen \(key) of \(seed)")
                script.press(.down, .down)
                // The page, step, adapter or request under the cursor.
                if !"789w".contains(key) {
                    script.press(.enter)
                    Self.check(script.frame, "what screen \(key) of \(seed) opens")
                    script.press(.escape)
                }
                if key == "7" { script.press(.escape) }
            }
            script.press(.character("1"), .character("2"), .character("G"))
            // A dialog covers what is below it: only what it draws itself is looked at.
            for (key, title) in [
                (Key.character("v"), "versions"), (.character("X"), "unregister"), (.character("y"), "copy"),
                (.character("T"), "theme"), (.control("s"), "dump"),
            ] {
                script.press(key)
                Self.check(script.frame, "dialog \(title) of \(seed)", dialog: title)
                script.press(.escape)
            }
            script.press(.character("9"), .left, .left, .character("1"))
            Self.check(script.frame, "the past of \(seed)")
        }
    }

    @Test func dialogNamesAreClean() throws {
        let adapters = [SampleDeck.adapter("bad\u{1B}[2J\u{202E}name", running: 1)]
        var script = Script(width: 80, height: 24, snapshot: SampleDeck.snapshot(adapters: adapters))
        script.press(.character("2"), .character("G"), .character("e"))
        #expect(script.state.overlay != nil)
        Self.check(script.frame, "dialog", dialog: "evict adapter")
        #expect(script.shows("evict adapter"))
        // The order names the adapter as the deck knows it.
        guard case .evict(let name, _, _)? = script.press(.character("y")).first?.command else {
            Issue.record("no command")
            return
        }
        #expect(name == "bad\u{1B}[2J\u{202E}name")
    }

    @Test func namesThatCleanToTheSameStayApart() throws {
        let names = ["twin\u{202E}", "twin\u{202D}", "twin\u{FFFD}"]
        var script = Script(
            snapshot: SampleDeck.snapshot(adapters: names.map { SampleDeck.adapter($0, state: .registered) }))
        script.press(.character("2"))
        var loaded: Set<String> = []
        for target in script.state.adapterList.rows where target != .base {
            script.select(target.label)
            if case .load(let name)? = script.press(.character("l")).first?.command { loaded.insert(name) }
        }
        #expect(loaded == Set(names))
    }

    @Test func aCharacterSplitOverTokensIsWhole() {
        var script = Script()
        script.press(.character("t"))
        script.type("x")
        script.press(.enter)
        for piece in ["e", "\u{301}", "\u{1B}", "[2J"] {
            script.send(.prompt(session: 1, column: 0, .token(id: 1, text: piece, logprob: nil, top: [])))
        }
        #expect(script.state.desk.session?.columns.first?.text.hasPrefix("e\u{301}") == true)
        #expect(script.state.desk.session?.columns.first?.text.contains("\u{1B}") == false)
    }
}

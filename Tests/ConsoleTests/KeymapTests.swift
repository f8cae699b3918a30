import DeckCore
import Foundation
import TerminalKit
import TestSupport
import Testing

@testable import Console

@Suite struct KeymapTests {
    @Test(arguments: View.Kind.allCases) func noKeyIsBoundTwice(_ view: View.Kind) {
        var seen: [Key: ActionID] = [:]
        for action in Keymap.actions(in: view) {
            for key in [action.key] + action.aliases {
                #expect(seen[key] == nil, "\(key.label) means \(action.id) and \(seen[key]?.rawValue ?? "") in \(view)")
                seen[key] = action.id
            }
        }
    }

    @Test func everyActionIsReachable() {
        let bound = Set(Keymap.actions.map(\.id))
        for action in ActionID.allCases { #expect(bound.contains(action), "\(action)") }
        for action in Keymap.actions { #expect(!action.views.isEmpty) }
    }

    @Test(arguments: ["1", "2", "3", "4", "5", "6", "7", "8", "9", "w"]) func everyVisibleKeyIsInHelp(_ screen: String)
        throws
    {
        var script = Script(width: 160, height: 100)
        script.press(.character(Character(screen)))
        // On the prompt screen keys go to the text until it is left.
        if screen == "7" { script.press(.escape) }
        script.press(.character("?"))
        let text = script.lines.joined(separator: "\n")
        for action in Keymap.actions(in: script.state.view.kind) where action.isVisible {
            #expect(text.contains(action.title), "\(action.id)")
            #expect(text.contains(action.keyLabel), "\(action.id)")
        }
    }

    @Test func everyScreenHasItsNumber() {
        for (index, kind) in View.Kind.main.enumerated() {
            var script = Script()
            script.press(.character(Character("\(index + 1)")))
            #expect(script.state.view.kind == kind)
            #expect(script.shows("[\(kind.rawValue)]"))
        }
    }

    @Test func dangerousActionsAskFirst() throws {
        for action in Keymap.actions where action.isDangerous {
            var script = Script()
            script.select("pirate-games")
            if !action.views.contains(.overview) { script.press(.character("6")) }
            #expect(action.views.contains(script.state.view.kind))
            #expect(script.press(action.key) == [])
            #expect(script.state.overlay != nil, "\(action.id)")
            // Neither the opener nor Enter on what is focused does it.
            #expect(script.press(action.key) == [], "\(action.id)")
            #expect(script.press(.enter) == [], "\(action.id)")
            #expect(script.state.overlay == nil)
        }
    }

    @Test func disabledActionsStayVisibleWithTheirReason() {
        var script = Script(width: 160, height: 50, snapshot: SampleDeck.snapshot(disabled: [.load: "read-only mode"]))
        script.select("harbor-bank")
        #expect(script.shows("(l load)"))
        #expect(script.shows("(e evict)"))
        #expect(script.press(.character("e")) == [])
        #expect(script.shows("evict: pinned: unpin first (p)"))
        #expect(script.press(.character("l")) == [])
        #expect(script.shows("load: read-only mode"))
        script.press(.character("?"))
        #expect(script.shows("(pinned: unpin first (p))"))
        #expect(script.shows("(read-only mode)"))
    }

    /// The page of keys is the keymap's own. `LORADECK_WRITE_GOLDENS=1` writes it anew.
    @Test func thePageOfKeysIsTheKeymaps() throws {
        let file = Fixture.root.appendingPathComponent("Sources/Console/KEYS.md")
        if Self.writes { try KeyManual.page.write(to: file, atomically: true, encoding: .utf8) }
        let page = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        let wanted = KeyManual.page.split(separator: "\n")
        for (row, line) in wanted.enumerated() { #expect(page.dropFirst(row).first == line) }
        #expect(page.count == wanted.count)
        for action in Keymap.actions { #expect(KeyManual.page.contains("`\(action.key.label)`"), "\(action.id)") }
    }

    /// README has ten keys of the keymap, and leads to the others. `LORADECK_WRITE_GOLDENS=1` writes them anew.
    @Test func theManualHasTenKeysAndLeadsToTheOthers() throws {
        let file = Fixture.root.appendingPathComponent("README.md")
        var text = try String(contentsOf: file, encoding: .utf8)
        let start = try #require(text.range(of: "| key | does |"))
        let end = try #require(text.range(of: "\n\n", range: start.lowerBound..<text.endIndex))
        let table = start.lowerBound..<end.lowerBound
        #expect(text.contains("(Sources/Console/KEYS.md)"))
        #expect(KeyManual.firstKeys.split(separator: "\n").count == 12)
        if Self.writes {
            text.replaceSubrange(table, with: KeyManual.firstKeys)
            try text.write(to: file, atomically: true, encoding: .utf8)
        } else {
            #expect(text[table] == KeyManual.firstKeys)
        }
    }

    private static let writes = ProcessInfo.processInfo.environment["LORADECK_WRITE_GOLDENS"] != nil
}

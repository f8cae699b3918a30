import DeckCore
import TerminalKit
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

    @Test func dangerousActionsAskFirst() {
        for action in Keymap.actions where action.isDangerous {
            var script = Script()
            script.select("pirate-games")
            #expect(script.press(action.key) == [])
            #expect(script.state.overlay != nil, "\(action.id)")
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
}

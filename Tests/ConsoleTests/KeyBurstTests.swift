import DeckCore
import TerminalKit
import Testing

@testable import Console

/// Keys that came together do one thing at most, and no question that they opened is answered by them.
@Suite struct KeyBurstTests {
    /// The keys of bytes as they are typed: a line break is Enter.
    private static func keys(_ text: String) -> [Key] {
        text.map { $0 == "\r" ? .enter : $0 == "\t" ? .tab : $0 == "\u{1B}" ? .escape : .character($0) }
    }

    private func script() -> Script {
        var script = Script()
        script.select("pirate-games")
        return script
    }

    private func orders(_ effects: [ConsoleEffect]) -> [DeckCommand] { effects.compactMap(\.command) }

    /// Public case 34 and its neighbours.
    @Test(arguments: [
        ("e\t\r", "evict adapter", 2), ("X\t\r", "unregister adapter", 2), ("hey everybody\r", "evict adapter", 12),
        ("ey", "evict adapter", 1), ("eyyyyyy", "evict adapter", 6), ("Ay", "pause admission", 1),
        ("\u{1B}evict it\r", "evict adapter", 8), (":evict pirate-games\ry", "evict adapter", 1),
        (":unregister pirate-games\r\t\r", "unregister adapter", 2),
    ])
    func aQuestionWaitsForAKeyByItself(_ text: String, question: String, ignored: Int) {
        var script = script()
        #expect(orders(script.send(.keys(Self.keys(text), continues: false))) == [])
        #expect(script.shows(question))
        #expect(script.shows("\(ignored) key\(ignored == 1 ? "" : "s") of a paste ignored: the question waits"))
        // A person answers it.
        #expect(orders(script.press(.character("y"))).count == 1)
    }

    @Test func theRestOfABurstThatComesLaterIsOfTheBurst() {
        var script = script()
        script.send(.keys([.character("e")], continues: false))
        #expect(script.send(.keys([.tab, .enter], continues: true)) == [])
        #expect(script.shows("2 keys of a paste ignored"))
        #expect(script.send(.keys([.character("y")], continues: true)) == [])
        #expect(script.shows("3 keys of a paste ignored"))
        #expect(orders(script.send(.keys([.character("y")], continues: false))).count == 1)
    }

    /// A question that a person opened is not answered by a paste either.
    @Test(arguments: ["yes", "\t\r", "yes, do", "my y"]) func aPasteAnswersNoQuestion(_ text: String) {
        var script = script()
        script.press(.character("e"))
        #expect(orders(script.send(.keys(Self.keys(text), continues: false))) == [])
        #expect(script.state.overlay != nil)
        #expect(script.shows("of a paste ignored: the question waits for a key by itself"))
    }

    @Test func oneActionOfABurst() {
        var script = Script()
        script.select("kids-garden")
        let effects = script.send(.keys(Self.keys("lpl"), continues: false))
        #expect(orders(effects) == [.load(adapter: "kids-garden")])
        #expect(script.shows("2 keys of a paste ignored"))
        #expect(
            orders(script.send(.keys(Self.keys(":load kids-garden\r:pin kids-garden\r"), continues: false))).count == 1)
    }

    /// The console does not end by a letter of a paste; a person's key, or a whole command, ends it.
    @Test func aPasteEndsNothing() {
        var script = Script()
        #expect(script.send(.keys(Self.keys("Quick"), continues: false)) == [])
        #expect(script.send(.keys(Self.keys("qq"), continues: false)) == [])
        #expect(script.shows("2 keys of a paste ignored"))
        #expect(script.send(.keys(Self.keys(":quit\r"), continues: false)) == [.quit])
        #expect(script.send(.keys(Self.keys("Q"), continues: false)) == [.quit])
        #expect(script.send(.keys([.character("q")], continues: false)) == [.quit])
    }

    /// What a fast hand, a slow line and a test harness do works: moving and typing are no actions.
    @Test func movingAndTypingIsNoAction() {
        var script = Script()
        script.send(.keys(Self.keys("2g") + [.down, .down, .up, .down], continues: false))
        #expect(script.state.view == .adapters)
        let here = script.state.selected
        #expect(here != .base)
        script.send(.keys([.up, .up, .up, .up, .up], continues: true))
        #expect(script.state.selected == .base)
        #expect(orders(script.send(.keys(Self.keys(":pin harbor-bank\r"), continues: false))).count == 1)
        script.send(.keys(Self.keys("/sql\r"), continues: false))
        #expect(script.state.adapterList.rows == [.adapter("sql-helper")])
        let effects = script.send(.keys(Self.keys("tWhere is my parcel?\r"), continues: false))
        #expect(effects.contains { if case .submit = $0 { true } else { false } })
        #expect(script.state.flash?.text.contains("ignored") != true)
    }

    /// A size is no key; the release of a button is none either.
    @Test func whatIsNoKeyIsNotCounted() {
        var script = script()
        let press = MouseEvent(x: 5, y: 5, action: .press)
        script.send(
            .keys(
                [
                    .character("e"), .mouse(MouseEvent(x: 5, y: 5, action: .release)),
                    .mouse(MouseEvent(x: 5, y: 5, action: .wheelUp)), .resize(Size(width: 100, height: 30)),
                ], continues: false))
        #expect(script.state.size == Size(width: 100, height: 30))
        #expect(script.state.flash == nil)
        script.send(.keys([.mouse(press)], continues: true))
        #expect(script.shows("1 key of a paste ignored"))
        #expect(script.shows("evict adapter"))
    }

    /// The one table of what acts: every effect is on one side of it.
    @Test func whatActs() {
        #expect(ConsoleEffect.perform(.load(adapter: "a")).isAction)
        #expect(
            ConsoleEffect.quit.isAction && ConsoleEffect.suspend.isAction && ConsoleEffect.cancel(session: 1).isAction)
        #expect(ConsoleEffect.savePrompts(adapter: "a", []).isAction)
        #expect(!ConsoleEffect.redraw.isAction && !ConsoleEffect.saveCommands([]).isAction)
        #expect(!ConsoleEffect.setTheme("dark").isAction && !ConsoleEffect.setRefresh(4).isAction)
    }
}

import DeckCore
import TerminalKit

@testable import Console

/// A console without a terminal or a deck: events in, effects and frames out.
struct Script {
    var state: ConsoleState
    /// Everything that was asked for so far.
    var effects: [ConsoleEffect] = []

    init(
        width: Int = 120, height: Int = 40, glyphs: GlyphSet = .unicode,
        snapshot: DeckSnapshot? = SampleDeck.snapshot(),
        configuration: ConsoleConfiguration = SampleDeck.configuration
    ) {
        state = ConsoleState(
            configuration: configuration, size: Size(width: width, height: height), glyphs: glyphs)
        send(.tick(100))
        if let snapshot { send(.snapshot(snapshot)) }
    }

    /// Returns what was asked for, without the command line's history, which is kept after every line.
    @discardableResult
    mutating func send(_ event: ConsoleEvent) -> [ConsoleEffect] {
        let new = reduce(&state, event)
        effects += new
        return new.filter { if case .saveCommands = $0 { false } else { true } }
    }

    @discardableResult
    mutating func press(_ keys: Key...) -> [ConsoleEffect] { keys.flatMap { send(.key($0)) } }

    /// Types characters one by one.
    @discardableResult
    mutating func type(_ text: String) -> [ConsoleEffect] { text.flatMap { send(.key(.character($0))) } }

    var frame: CellGrid { render(state, size: state.size) }
    var lines: [String] { frame.lines }

    func shows(_ text: String) -> Bool { lines.contains { $0.contains(text) } }

    /// Puts the cursor of the visible table on an adapter.
    mutating func select(_ name: String) {
        press(.character("g"))
        while state.selected != .adapter(name) {
            let before = state.selected
            press(.down)
            if state.selected == before { return }
        }
    }
}

extension ConsoleEffect {
    var command: DeckCommand? {
        if case .perform(let command) = self { command } else { nil }
    }
}

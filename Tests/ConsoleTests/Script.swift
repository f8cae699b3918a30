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
        if case .perform(let gated) = self { gated.command } else { nil }
    }

    /// A command on its way out, as the gate makes it: by itself, or as the answer to a question.
    static func perform(_ command: DeckCommand) -> ConsoleEffect {
        if let gated = CommandGate.harmless(command, in: SampleDeck.snapshot(adapters: [])) { return .perform(gated) }
        var plain = command
        var replica: String?
        if case .only(let name, let inner) = command { (replica, plain) = (name, inner) }
        func frozen(_ name: String, _ digest: Digest? = nil) -> Confirmation.Frozen {
            Confirmation.Frozen(name: name, digest: digest, pages: 0, bytes: 0, running: 0, waiting: 0, asked: nil)
        }
        let subject: Confirmation.Subject =
            switch plain {
            case .evict(let name, let digest, _): .evict([frozen(name, digest)])
            case .unregister(let name): .unregister(frozen(name))
            case .rollback(let name, let digest): .rollback(frozen(name), to: digest)
            case .register(let name, let path, let override): .replace(frozen(name), path: path, overrideBase: override)
            case .abort(let id): .abort(id, adapter: nil, origin: "", generated: 0)
            case .setAdmission: .pauseAdmission(running: 0, waiting: 0)
            case .resizePool(let bytes): .resize(bytes: bytes, now: nil, then: nil)
            case .load, .pin, .unpin, .verify, .forecastResize, .only: preconditionFailure("\(plain) takes nothing")
            }
        var confirmation = Confirmation(subject)
        confirmation.replica = replica
        if case .evict(_, _, let mode) = plain { confirmation.mode = mode }
        return .perform(CommandGate.answered(confirmation)[0])
    }
}

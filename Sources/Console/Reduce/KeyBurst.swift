import DeckCore
import TerminalKit

/// Keys that came together, as no person presses them: a paste without brackets, a script, a line that stalled.
struct KeyBurst: Hashable, Sendable {
    /// Keys that it has so far, those to come in the same read among them.
    var count = 0
    /// Whether one of them did something, or opened a question. Nothing after it is taken.
    var hasActed = false
    /// Keys that were not taken.
    var ignored = 0
}

extension ConsoleEffect {
    /// Whether it changes the deck, takes something away or ends the console: what only a person orders, one at a time.
    /// All others change what is on screen.
    var isAction: Bool {
        switch self {
        case .perform, .submit, .cancel, .savePrompts, .suspend, .quit: true
        case .redraw, .setTheme, .setRefresh, .listFolder, .saveCommands, .copy, .dumpScreen, .dumpText, .reload,
            .setMouse:
            false
        }
    }
}

extension ConsoleState {
    /// Takes keys that came together. At most one of them acts; a question that it opens waits for a key of another
    /// burst. Typing and moving need no person.
    mutating func press(_ keys: [Key], continues: Bool) -> [ConsoleEffect] {
        if !continues { burst = KeyBurst() }
        burst.count += keys.count(where: \.isPressed)
        let ignored = burst.ignored
        var effects: [ConsoleEffect] = []
        for key in keys {
            effects += pressInBurst(key)
            settle()
        }
        if burst.ignored > ignored { sayIgnored() }
        return effects
    }

    private mutating func pressInBurst(_ key: Key) -> [ConsoleEffect] {
        if case .resize(let size) = key {
            self.size = size
            return []
        }
        guard !burst.hasActed else {
            if key.isPressed { burst.ignored += 1 }
            return []
        }
        let wasAsking = isAsking
        let before = burst.count > 1 ? self : nil
        let effects = handle(key)
        let acts = effects.contains(where: \.isAction)
        if let before, acts, before.needsLoneKey(key, for: effects) {
            self = before
            burst.ignored += 1
            return []
        }
        burst.hasActed = acts || isAsking && !wasAsking
        return effects
    }

    private var isAsking: Bool { if case .confirmation? = overlay { true } else { false } }

    /// What no burst does at all: it neither answers a question, nor does a letter of it end the console.
    private func needsLoneKey(_ key: Key, for effects: [ConsoleEffect]) -> Bool {
        if isAsking { return true }
        if case .character = key { return effects.contains(.quit) }
        return false
    }

    private mutating func sayIgnored() {
        say(
            "\(burst.ignored.counted("key")) of a paste ignored"
                + (isAsking ? ": the question waits for a key by itself" : ""), .warning)
    }
}

extension Key {
    /// Whether somebody pressed it: neither a size nor what a mouse does besides its presses.
    fileprivate var isPressed: Bool {
        switch self {
        case .resize: false
        case .mouse(let mouse): mouse.action == .press
        default: true
        }
    }

    var isResize: Bool { if case .resize = self { true } else { false } }
}

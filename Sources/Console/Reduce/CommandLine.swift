import DeckCore
import TerminalKit

/// One command of the `:` line.
enum ConsoleWord: String, CaseIterable {
    case load, evict, pin, unpin, register, abort, resize, detail, test, filter, sort, go, theme, refresh, max
    case temperature, pause, help, quit

    /// What follows it, for the help.
    var arguments: String {
        switch self {
        case .load, .pin, .unpin, .detail, .test: "NAME"
        case .evict: "NAME [--abort]"
        case .register: "NAME PATH [--override-base]"
        case .abort: "REQUEST"
        case .resize: "BYTES, such as 512M"
        case .filter: "[TEXT]"
        case .sort: "COLUMN"
        case .go: "SCREEN, such as pages"
        case .theme: "NAME"
        case .refresh: "FRAMES-A-SECOND"
        case .max: "TOKENS"
        case .temperature: "NUMBER"
        case .pause, .help, .quit: ""
        }
    }

    var takesAdapter: Bool {
        switch self {
        case .load, .evict, .pin, .unpin, .detail, .test: true
        default: false
        }
    }
}

/// What Tab makes of a command line: its longest certain continuation.
struct Completion {
    /// The completed line; nil when nothing fits.
    let text: String?
    /// The words that fit.
    let candidates: [String]

    init(_ line: String, state: ConsoleState) {
        let parts = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let typed = parts.last ?? ""
        let pool: [String]
        if parts.count <= 1 {
            pool = ConsoleWord.allCases.map(\.rawValue)
        } else if parts.count == 2, let word = ConsoleWord(rawValue: parts[0]) {
            pool = Self.arguments(of: word, state: state)
        } else {
            pool = []
        }
        candidates = pool.filter { $0.hasPrefix(typed) }
        guard var common = candidates.first else {
            text = nil
            return
        }
        for candidate in candidates { common = String(zip(common, candidate).prefix { $0 == $1 }.map(\.0)) }
        let isCertain = candidates.count == 1
        text = (parts.dropLast() + [common]).joined(separator: " ") + (isCertain && parts.count == 1 ? " " : "")
    }

    private static func arguments(of word: ConsoleWord, state: ConsoleState) -> [String] {
        if word.takesAdapter { return (state.snapshot?.adapters ?? []).map(\.name) }
        return switch word {
        case .theme: state.configuration.themes
        case .sort: SortKey.allCases.map(\.title)
        case .go: View.named.keys.sorted()
        default: []
        }
    }
}

extension ConsoleState {
    /// Runs a line of the `:` prompt. What it cannot read it refuses, saying what it expects.
    mutating func runCommandLine(_ line: String) -> [ConsoleEffect] {
        let parts = line.split(separator: " ").map(String.init)
        guard let first = parts.first else { return [] }
        if first == "q" { return [.quit] }
        guard let word = ConsoleWord(rawValue: first) else {
            say("no such command: \(first) (? lists them)", .error)
            return []
        }
        let arguments = Array(parts.dropFirst())
        if let effects = runDeckWord(word, arguments) ?? runScreenWord(word, arguments) { return effects }
        say("usage: \(word.rawValue) \(word.arguments)", .error)
        return []
    }

    /// Words that order the deck; nil when the arguments do not fit.
    private mutating func runDeckWord(_ word: ConsoleWord, _ arguments: [String]) -> [ConsoleEffect]? {
        let name = arguments.first
        switch (word, arguments.count) {
        case (.load, 1): return name.map { perform(.load(adapter: original($0))) }
        case (.pin, 1): return name.map { perform(.pin(adapter: original($0))) }
        case (.unpin, 1): return name.map { perform(.unpin(adapter: original($0))) }
        case (.evict, 1), (.evict, 2):
            guard let name, arguments.count == 1 || arguments[1] == "--abort" else { return nil }
            return confirmEviction(named: name, mode: arguments.count == 1 ? .drain : .abort)
        case (.register, 2), (.register, 3):
            guard arguments.count == 2 || arguments[2] == "--override-base" else { return nil }
            return perform(
                .register(name: arguments[0], path: arguments[1], overrideBase: arguments.count == 3))
        case (.abort, 1):
            guard let value = name.flatMap({ UInt64($0.drop { $0 == "#" }) }) else { return nil }
            return confirmAbort(RequestID(value))
        case (.resize, 1):
            guard let bytes = name.flatMap(Format.byteCount) else { return nil }
            return perform(.resizePool(bytes: bytes))
        default: return nil
        }
    }

    /// Words that change the screen; nil when the arguments do not fit.
    private mutating func runScreenWord(_ word: ConsoleWord, _ arguments: [String]) -> [ConsoleEffect]? {
        let name = arguments.first
        switch (word, arguments.count) {
        case (.detail, 1): return name.flatMap(target).map { openNamed(.detail($0)) } ?? unknown(name)
        case (.test, 1):
            guard let target = name.flatMap(target) else { return unknown(name) }
            openPrompt([target])
        case (.filter, _): setFilter(arguments.joined(separator: " "))
        case (.sort, 1):
            guard let key = SortKey.allCases.first(where: { $0.title == name || $0.rawValue == name }), list != nil
            else { return nil }
            sort(by: key, descending: key.startsDescending)
        case (.go, 1):
            guard let view = name.flatMap({ View.named[$0] }) else { return nil }
            if view == .replicas, let reason = disabledReason(.showReplicas) {
                say("replicas: \(reason)", .warning)
                return []
            }
            show(view)
        case (.theme, 1):
            guard let name, configuration.themes.contains(name) else {
                say("themes: \(configuration.themes.joined(separator: ", "))", .error)
                return []
            }
            return setTheme(name)
        case (.refresh, 1):
            guard let rate = name.flatMap({ Int($0) }), (1...30).contains(rate) else { return nil }
            return setRefresh(rate)
        case (.max, 1):
            guard let tokens = name.flatMap({ Int($0) }), tokens > 0 else { return nil }
            desk.maxTokens = tokens
            say("answers of at most \(tokens) tokens")
        case (.temperature, 1):
            guard let value = name.flatMap({ Float($0) }), value >= 0, value.isFinite else { return nil }
            desk.temperature = value
            say(value == 0 ? "greedy sampling" : "temperature \(value)")
        case (.pause, 0): return run(.pause)
        case (.help, 0): return run(.help)
        case (.quit, 0): return [.quit]
        default: return nil
        }
        return []
    }

    private func target(_ name: String) -> Target? {
        if snapshot?.adapters.contains(where: { $0.name == name }) == true { return .adapter(name) }
        return name == "base" ? .base : nil
    }

    private mutating func openNamed(_ view: View) -> [ConsoleEffect] {
        open(view)
        return []
    }

    private mutating func unknown(_ name: String?) -> [ConsoleEffect] {
        say("no adapter is named \(name ?? "")", .error)
        return []
    }

    private mutating func confirmEviction(named name: String, mode: DeckCommand.EvictMode) -> [ConsoleEffect] {
        guard let adapter = adapter(.adapter(name)) else { return unknown(name) }
        if let reason = snapshot?.disabled[.evict] ?? Self.evictReason(adapter) {
            say("evict: \(reason)", .warning)
            return []
        }
        var confirmation = confirmEviction(of: adapter)
        if confirmation.hasModes { confirmation.mode = mode }
        overlay = .confirmation(confirmation)
        return []
    }

    private mutating func confirmAbort(_ id: RequestID) -> [ConsoleEffect] {
        guard let request = snapshot?.requests.first(where: { $0.id == id && $0.phase.isLive }) else {
            say("no live request \(id)", .error)
            return []
        }
        if let reason = snapshot?.disabled[.abort] {
            say("abort: \(reason)", .warning)
            return []
        }
        overlay = .confirmation(
            Confirmation(.abort(id, adapter: request.adapter, generated: request.generatedTokens)))
        return []
    }
}

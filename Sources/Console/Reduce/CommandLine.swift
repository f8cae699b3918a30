import DeckCore
import TerminalKit

extension ConsoleState {
    /// Runs a line of the `:` prompt. What it cannot read it refuses, saying what it expects.
    mutating func runCommandLine(_ line: String) -> [ConsoleEffect] {
        var parts = line.split(separator: " ").map(String.init)
        guard let first = parts.first else { return [] }
        if first == "q" { return [.quit] }
        guard let word = ConsoleWord(rawValue: first) else { return complain(about: first) }
        var replica: String?
        if let flag = parts.firstIndex(of: "--replica") {
            guard word.takesReplica, flag + 1 < parts.count else { return usage(word) }
            replica = parts[flag + 1]
            parts.removeSubrange(flag...(flag + 1))
            guard snapshot?.replicas.contains(where: { $0.name == replica }) == true else {
                let names = (snapshot?.replicas ?? []).map(\.name)
                say(
                    names.isEmpty
                        ? "--replica: this deck is one engine, not a fleet"
                        : "replicas: \(names.joined(separator: ", "))",
                    .error)
                return []
            }
        }
        let arguments = Array(parts.dropFirst())
        return runDeckWord(word, arguments, replica) ?? runScreenWord(word, arguments) ?? usage(word)
    }

    private mutating func usage(_ word: ConsoleWord) -> [ConsoleEffect] {
        say("usage: \(word.rawValue) \(word.arguments)", .error)
        return []
    }

    private mutating func complain(about word: String) -> [ConsoleEffect] {
        let near = ConsoleWord.allCases.map(\.rawValue).first { $0.hasPrefix(word.prefix(2)) }
        say("no such command: \(word) (\(near.map { "perhaps \($0); " } ?? "")? lists them)", .error)
        return []
    }

    /// Gives an order, unless the deck does not take it.
    private mutating func give(_ command: DeckCommand, _ replica: String?) -> [ConsoleEffect] {
        if let reason = snapshot?.disabled[command.action] {
            say("\(command.action.rawValue): \(reason)", .warning)
            return []
        }
        return ask(command, replica: replica)
    }

    /// Words that order the deck; nil when the arguments do not fit.
    private mutating func runDeckWord(
        _ word: ConsoleWord, _ arguments: [String], _ replica: String?
    ) -> [ConsoleEffect]? {
        let name = arguments.first ?? ""
        switch (word, arguments.count) {
        case (.load, 1):
            if LoadDialog.isPath(name), adapter(.adapter(name)) == nil {
                guard replica == nil else {
                    say("a path is loaded on the whole fleet; register it on one with :register", .error)
                    return []
                }
                return openLoad(path: name)
            }
            guard adapter(.adapter(name)) != nil else { return unknown(name, hint: "; for a path write ./\(name)") }
            return give(.load(adapter: name), replica)
        case (.pin, 1): return known(name) ?? give(.pin(adapter: name), replica)
        case (.unpin, 1): return known(name) ?? give(.unpin(adapter: name), replica)
        case (.unregister, 1): return known(name) ?? give(.unregister(adapter: name), replica)
        case (.evict, 1), (.evict, 2):
            guard arguments.count == 1 || arguments[1] == "--abort" else { return nil }
            return evict(name, arguments.count == 1 ? .drain : .abort, replica)
        case (.register, 2), (.register, 3):
            guard arguments.count == 2 || arguments[2] == "--override-base" else { return nil }
            return give(
                .register(name: name, path: arguments[1], overrideBase: arguments.count == 3), replica)
        case (.verify, 1): return give(.verify(path: name), replica)
        case (.rollback, 2): return known(name) ?? rollBack(name, to: arguments[1], replica)
        case (.abort, 1):
            guard let value = UInt64(name.drop { $0 == "#" }) else { return nil }
            return give(.abort(RequestID(value)), replica)
        case (.resize, 1):
            guard let bytes = Format.byteCount(name) else { return nil }
            return give(.resizePool(bytes: bytes), replica)
        case (.resize, 2):
            guard let bytes = Format.byteCount(name), arguments[1] == "--dry-run" else { return nil }
            return give(.forecastResize(bytes: bytes), replica)
        case (.pause, 0): return give(.setAdmission(isOpen: false), replica)
        case (.resume, 0): return give(.setAdmission(isOpen: true), replica)
        default: return nil
        }
    }

    private mutating func evict(_ name: String, _ mode: DeckCommand.EvictMode, _ replica: String?) -> [ConsoleEffect] {
        guard let adapter = adapter(.adapter(name)) else { return unknown(name) }
        if let reason = Self.evictReason(adapter), replica == nil {
            say("evict: \(reason)", .warning)
            return []
        }
        return give(.evict(adapter: name, digest: adapter.digest, mode: mode), replica)
    }

    /// The version is named by the beginning of its digest.
    private mutating func rollBack(_ name: String, to digest: String, _ replica: String?) -> [ConsoleEffect] {
        let versions = adapter(.adapter(name))?.versions ?? []
        let found = versions.filter { $0.digest.hex.hasPrefix(digest.lowercased()) }
        guard found.count == 1, let version = found.first else {
            let known = versions.filter { !$0.isCurrent }.map(\.digest.short).joined(separator: ", ")
            say(
                found.isEmpty
                    ? "\(name) has no version \(digest)" + (known.isEmpty ? "" : ", but \(known)")
                    : "\(found.count.counted("version")) begin with \(digest): give more of it", .error)
            return []
        }
        guard !version.isCurrent else {
            say("\(version.digest.short) is the current version of \(name)", .warning)
            return []
        }
        return give(.rollback(adapter: name, to: version.digest), replica)
    }

    /// A message when nobody has that name; nil when somebody does.
    private mutating func known(_ name: String) -> [ConsoleEffect]? {
        adapter(.adapter(name)) == nil ? unknown(name) : nil
    }

    private mutating func unknown(_ name: String, hint: String = "") -> [ConsoleEffect] {
        say("no adapter is named \(name)\(hint)", .error)
        return []
    }

    /// Words that change the screen; nil when the arguments do not fit.
    private mutating func runScreenWord(_ word: ConsoleWord, _ arguments: [String]) -> [ConsoleEffect]? {
        let name = arguments.first ?? ""
        switch (word, arguments.count) {
        case (.detail, 1):
            guard let target = target(name) else { return unknown(name) }
            open(.detail(target))
        case (.test, 1):
            guard let target = target(name) else { return unknown(name) }
            openPrompt([target])
        case (.filter, _): setFilter(arguments.joined(separator: " "))
        case (.sort, 1): return sort(named: name)
        case (.go, 1): return go(to: name)
        case (.at, 1): return travel(to: name) ? [] : nil
        case (.theme, 0): openThemes()
        case (.theme, 1):
            guard configuration.themes.contains(name) else {
                say("themes: \(configuration.themes.joined(separator: ", "))", .error)
                return []
            }
            return setTheme(name)
        case (.refresh, 1):
            guard let rate = Int(name), (1...30).contains(rate) else { return nil }
            return setRefresh(rate)
        case (.max, 1), (.temperature, 1), (.seed, 0), (.seed, 1): return setOption(word, name) ? [] : nil
        case (.dump, 1), (.dump, 2):
            guard let format = DumpFormat(rawValue: name) else { return nil }
            return dump(format, path: arguments.count == 2 ? arguments[1] : nil)
        case (.mouse, 1):
            guard name == "on" || name == "off" else { return nil }
            return takesMouse == (name == "on") ? [] : run(.mouse)
        case (.undo, 0), (.copy, 0): return Keymap.action(word == .undo ? .undo : .copy).map { attempt($0) }
        case (.freeze, 0): return run(.pause)
        case (.reload, 0): return [.reload]
        case (.help, 0): return run(.help)
        case (.quit, 0): return [.quit]
        default: return nil
        }
        return []
    }

    private mutating func sort(named name: String) -> [ConsoleEffect]? {
        guard let key = SortKey.allCases.first(where: { $0.title == name || $0.rawValue == name }), list != nil
        else { return nil }
        sort(by: key, descending: key.startsDescending)
        return []
    }

    private mutating func go(to name: String) -> [ConsoleEffect]? {
        guard let view = View.named[name] else {
            say("screens: \(View.named.keys.sorted().joined(separator: ", "))", .error)
            return []
        }
        if view == .replicas, let reason = disabledReason(.showReplicas) {
            say("replicas: \(reason)", .warning)
            return []
        }
        show(view)
        return []
    }

    /// False when the value does not fit.
    private mutating func setOption(_ word: ConsoleWord, _ value: String) -> Bool {
        switch word {
        case .max:
            guard let tokens = Int(value), tokens > 0 else { return false }
            desk.maxTokens = tokens
        case .temperature:
            guard let number = Float(value), number >= 0, number.isFinite else { return false }
            desk.temperature = number
        default:
            guard value.isEmpty || UInt64(value) != nil else { return false }
            desk.seed = UInt64(value)
        }
        say("answers of at most \(desk.maxTokens.counted("token")), \(desk.samplingWords)")
        return true
    }

    private func target(_ name: String) -> Target? {
        if snapshot?.adapters.contains(where: { $0.name == name }) == true { return .adapter(name) }
        return name == "base" ? .base : nil
    }
}

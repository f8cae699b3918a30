import DeckCore
import TerminalKit

extension ConsoleState {
    /// Opens the load dialog; with a path, its dry run begins at once.
    mutating func openLoad(path: String = "", name: String? = nil) -> [ConsoleEffect] {
        var dialog = LoadDialog(path: path)
        if let name {
            dialog.name.replace(with: name)
            dialog.isNameTyped = true
        }
        paths.begin()
        overlay = .load(dialog)
        return paths.need(for: path) + (path.isEmpty ? [] : check(dialog))
    }

    /// Keys while the load dialog is open.
    mutating func fill(_ dialog: LoadDialog, _ key: Key) -> [ConsoleEffect] {
        var next = dialog
        switch key {
        case .escape:
            overlay = nil
            return []
        case .enter: return enter(dialog)
        case .tab where dialog.phase == .typing: return complete(dialog)
        case .tab: next.turn(1)
        case .backTab: next.turn(-1)
        case .left where dialog.focus.isButton: next.turn(-1)
        case .right where dialog.focus.isButton: next.turn(1)
        case .up where dialog.phase == .typing: next.choose(-1, of: paths.candidates(dialog.path.text).count)
        case .down where dialog.phase == .typing: next.choose(1, of: paths.candidates(dialog.path.text).count)
        default:
            guard !dialog.isBusy else { return [] }
            return edit(dialog, Self.safeLine(key))
        }
        overlay = .load(next)
        return []
    }

    private mutating func edit(_ dialog: LoadDialog, _ key: Key) -> [ConsoleEffect] {
        var next = dialog
        switch dialog.focus {
        case .path:
            guard next.path.handle(key) else { return [] }
            if next.path != dialog.path { next.pathChanged() }
        case .name:
            guard next.name.handle(key) else { return [] }
            next.isNameTyped = true
        case .cancel, .register, .load: return []
        }
        overlay = .load(next)
        return paths.need(for: next.path.text)
    }

    /// Tab: the chosen candidate, or the longest certain continuation.
    private mutating func complete(_ dialog: LoadDialog) -> [ConsoleEffect] {
        var next = dialog
        let candidates = paths.candidates(dialog.path.text)
        let completed = dialog.candidate.flatMap { candidates.indices.contains($0) ? candidates[$0] : nil }
        guard let text = completed ?? candidates.commonBeginning else { return [] }
        next.path.replace(with: text)
        next.pathChanged()
        overlay = .load(next)
        return paths.need(for: text)
    }

    private mutating func enter(_ dialog: LoadDialog) -> [ConsoleEffect] {
        switch (dialog.phase, dialog.focus) {
        case (.typing, _):
            let candidates = paths.candidates(dialog.path.text)
            guard let index = dialog.candidate, candidates.indices.contains(index) else { return check(dialog) }
            // A chosen folder opens, a chosen adapter is looked at.
            var next = dialog
            next.path.replace(with: candidates[index])
            next.pathChanged()
            overlay = .load(next)
            return candidates[index].hasSuffix("/") ? paths.need(for: candidates[index]) : check(next)
        case (.refused, .path): return check(dialog)
        case (.checked, .name), (.checked, .path):
            var next = dialog
            next.focus = .load
            overlay = .load(next)
        case (.checked, .register): return register(dialog, loads: false)
        case (.checked, .load): return register(dialog, loads: true)
        default: overlay = nil
        }
        return []
    }

    /// The dry run. Where the deck knows none, the dialog says so and goes on.
    private mutating func check(_ dialog: LoadDialog) -> [ConsoleEffect] {
        var next = dialog
        let path = dialog.path.text
        guard !path.allSatisfy(\.isWhitespace) else {
            say("type the path of an adapter folder or a .gguf file", .warning)
            return []
        }
        if let reason = snapshot?.disabled[.register] {
            next.phase = .refused("register: \(reason)")
            next.focus = .path
            overlay = .load(next)
            return []
        }
        if let reason = snapshot?.disabled[.verify] {
            next.found("not possible on this deck (\(reason))", replaces: adapter(.adapter(next.name.text)) != nil)
            overlay = .load(next)
            return []
        }
        let command = DeckCommand.verify(path: path)
        next.phase = .checking
        next.awaited = command
        overlay = .load(next)
        return ask(command)
    }

    private mutating func register(_ dialog: LoadDialog, loads: Bool) -> [ConsoleEffect] {
        let name = dialog.name.text
        guard !name.isEmpty, name != "base", !name.contains(" ") else {
            say("an adapter needs a name of its own, without blanks", .warning)
            var next = dialog
            next.focus = .name
            overlay = .load(next)
            return []
        }
        let gated = CommandGate.answered(dialog).renamed(original)
        var next = dialog
        next.loads = loads
        next.phase = .registering
        next.focus = .cancel
        next.awaited = gated.command
        overlay = .load(next)
        return perform(gated)
    }

    /// The outcome that the open dialog waits for takes it a step further.
    mutating func advanceLoad(_ outcome: CommandOutcome, of command: DeckCommand) -> [ConsoleEffect] {
        guard case .load(var dialog)? = overlay, dialog.awaited == command else { return [] }
        dialog.awaited = nil
        let text = Sanitiser.line(outcome.message, limit: 2_000)
        var effects: [ConsoleEffect] = []
        switch (dialog.phase, outcome.succeeded) {
        case (_, false):
            dialog.phase = .refused(text)
            dialog.focus = .path
        case (.checking, true): dialog.found(text, replaces: adapter(.adapter(dialog.name.text)) != nil)
        case (.registering, true) where dialog.loads:
            let load = DeckCommand.load(adapter: dialog.name.text)
            dialog.phase = .loading
            dialog.awaited = load.renamed(original)
            effects = ask(load)
        default: dialog.phase = .loaded(text)
        }
        overlay = .load(dialog)
        return effects
    }
}

extension LoadDialog.Focus {
    fileprivate var isButton: Bool { self == .cancel || self == .register || self == .load }
}

extension LoadDialog {
    /// What its buttons order, by the name that the screen shows.
    var registration: DeckCommand { .register(name: name.text, path: path.text, overrideBase: false) }

    /// The dry run's word. A name that is taken is replaced only by who goes to that button.
    fileprivate mutating func found(_ text: String, replaces: Bool) {
        phase = .checked(text)
        focus = replaces ? .cancel : .load
    }

    fileprivate mutating func choose(_ direction: Int, of count: Int) {
        guard count > 0 else { return }
        candidate = candidate.map { max(0, min(count - 1, $0 + direction)) } ?? 0
    }
}

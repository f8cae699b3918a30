import DeckCore
import TerminalKit

/// Takes one event into the state and says what is to be done. Pure: no deck, no terminal, no clock.
public func reduce(_ state: inout ConsoleState, _ event: ConsoleEvent) -> [ConsoleEffect] {
    var effects: [ConsoleEffect] = []
    switch event {
    case .tick(let now): state.advance(to: now)
    case .resize(let size): state.size = size
    case .snapshot(let snapshot): state.take(snapshot)
    case .prompt(let session, let column, let update):
        if state.desk.session?.id == session {
            state.desk.session?.apply(update, column: column, now: state.now)
        }
    case .outcome(let command, let outcome): state.take(outcome, of: command)
    case .key(.resize(let size)): state.size = size
    case .key(let key): effects = state.handle(key)
    }
    state.settle()
    return effects
}

extension ConsoleState {
    mutating func advance(to time: Double) {
        now = max(now, time)
        if let flash, flash.expires <= now { self.flash = nil }
    }

    mutating func say(_ text: String, _ level: Flash.Level = .info) { flash = Flash(text, level, now: now) }

    mutating func take(_ raw: DeckSnapshot) {
        let safe = SafeSnapshot(raw)
        snapshotArrived = now
        guard !isPaused || shown == nil else {
            held = safe
            var later = heldLog ?? log
            later.take(safe.snapshot.events)
            heldLog = later
            return
        }
        log.take(safe.snapshot.events)
        show(safe)
    }

    mutating func show(_ safe: SafeSnapshot) {
        shown = safe
        letters.learn(safe.snapshot.adapters.map(\.name))
        let isFrozen = overlay != nil
        overviewList.update(from: safe.snapshot, now: now, isFrozen: isFrozen)
        adapterList.update(from: safe.snapshot, now: now, isFrozen: isFrozen)
        let names = Set(safe.snapshot.adapters.map(\.name))
        history.take(safe.snapshot)
        marks = marks.filter { $0.adapter.map(names.contains) ?? true }
        desk.targets = desk.targets.filter { $0.adapter.map(names.contains) ?? true }
    }

    mutating func take(_ outcome: CommandOutcome, of command: DeckCommand) {
        pending = max(0, pending - 1)
        let text = Sanitiser.line(outcome.message, limit: 500)
        say(text.isEmpty ? Sanitiser.line(command.commandLine) : text, outcome.succeeded ? .success : .error)
    }

    /// What must hold after every event: the cursor on a row that exists, and in sight.
    mutating func settle() { view.screen.settle(&self, in: Regions(self).content) }

    mutating func handle(_ key: Key) -> [ConsoleEffect] {
        if case .mouse(let mouse) = key { return handle(mouse) }
        if key == .control("c") { return [.quit] }
        if key == .control("l") { return [.redraw] }
        if key == .control("z") { return [.suspend] }
        // Below the smallest size nobody sees what a key would do.
        if isTooSmall { return key == .character("q") || key == .character("Q") ? [.quit] : [] }
        switch overlay {
        case .confirmation(let confirmation): return answer(confirmation, key)
        case .help(let top): return scrollHelp(top, key)
        case nil: break
        }
        if entry != nil { return type(key) }
        if let effects = view.screen.type(key, &self) { return effects }
        if key == .escape { return escape() }
        guard let action = Keymap.action(for: key, in: view.kind) else { return [] }
        if let reason = disabledReason(action.id) {
            say("\(action.hint ?? action.title): \(reason)", .warning)
            return []
        }
        return run(action.id)
    }

    private mutating func handle(_ mouse: MouseEvent) -> [ConsoleEffect] {
        guard overlay == nil, entry == nil, !isTooSmall else { return [] }
        switch mouse.action {
        case .wheelUp: return run(.up)
        case .wheelDown: return run(.down)
        case .release: return []
        case .press:
            let area = Regions(self).content
            if area.contains(x: mouse.x, y: mouse.y) { view.screen.press(&self, x: mouse.x, y: mouse.y, in: area) }
            return []
        }
    }
}

import DeckCore
import TerminalKit

/// Takes one event into the state and says what is to be done. Pure: no deck, no terminal, no clock.
public func reduce(_ state: inout ConsoleState, _ event: ConsoleEvent) -> [ConsoleEffect] {
    var effects: [ConsoleEffect] = []
    switch event {
    case .tick(let now): state.advance(to: now)
    case .resize(let size): state.size = size
    case .snapshot(let snapshot): state.take(SafeSnapshot(snapshot, after: state.held ?? state.shown))
    case .cleaned(let safe, _): state.take(safe)
    case .prompt(let session, let column, let update):
        if state.desk.session?.id == session {
            state.desk.session?.apply(update, column: column, now: state.now)
        }
    case .outcome(let command, let outcome): effects = state.take(outcome, of: command)
    case .folder(let listing): state.paths.take(listing)
    case .notice(let text, let level): state.say(Sanitiser.line(text, limit: 500), level)
    case .reloaded(let reload): effects = state.take(reload)
    case .cost(let frame):
        // Nothing on screen moves by it.
        state.cost.add(frame)
        return []
    case .key(let key): return state.press([key], continues: false)
    case .keys(let keys, let continues): return state.press(keys, continues: continues)
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

    mutating func take(_ safe: SafeSnapshot) {
        snapshotArrived = now
        // What happens is recorded while the screen stands still too.
        chronicle.take(safe)
        guard (!isPaused && past == nil) || shown == nil else {
            held = safe
            var later = heldLog ?? log
            later.take(safe.snapshot.events)
            heldLog = later
            return
        }
        if let before = shown?.snapshot, now - moved < configuration.movingSeconds {
            let snapshot = safe.snapshot
            let still = snapshot.withLists(
                pool: snapshot.pool.withPages(of: before.pool), adapters: snapshot.adapters,
                requests: snapshot.requests, recentSteps: before.recentSteps,
                events: before.events)
            return show(safe.replacing(still), isMoving: false)
        }
        moved = now
        log.take(safe.snapshot.events)
        show(safe)
    }

    /// Puts a moment on screen. Lists keep their order while they may not move.
    mutating func show(_ safe: SafeSnapshot, isMoving: Bool = true) {
        batch.held = isMoving ? nil : batch.held ?? snapshot.map { WaitingView.requests($0).map(\.id) }
        shown = safe
        shownShare = cost.share
        letters.learn(safe.snapshot.adapters.map(\.name))
        let isFrozen = overlay != nil || !isMoving
        overviewList.update(from: safe.snapshot, now: now, isFrozen: isFrozen)
        adapterList.update(from: safe.snapshot, now: now, isFrozen: isFrozen)
        let names = Set(safe.snapshot.adapters.map(\.name))
        if view == .requests { RequestsScreen().update(&self, isFrozen: isFrozen) }
        if view == .latency { LatencyScreen().update(&self, isFrozen: isFrozen) }
        // A mark outlives a look at a past without its adapter.
        guard past == nil else { return }
        marks = marks.filter { $0.adapter.map(names.contains) ?? true }
        desk.targets = desk.targets.filter { $0.adapter.map(names.contains) ?? true }
    }

    mutating func take(_ outcome: CommandOutcome, of command: DeckCommand) -> [ConsoleEffect] {
        pending = max(0, pending - 1)
        if complete(outcome, of: command) { return [] }
        undo.finish(command, succeeded: outcome.succeeded)
        let text = Sanitiser.line(outcome.message, limit: 500)
        say(text.isEmpty ? Sanitiser.line(command.commandLine) : text, outcome.succeeded ? .success : .error)
        return advanceLoad(outcome, of: command)
    }

    /// What must hold after every event: the cursor on a row that exists, and in sight.
    mutating func settle() { view.screen.settle(&self, in: Regions(self).content) }

    mutating func handle(_ key: Key) -> [ConsoleEffect] {
        if case .mouse(let mouse) = key { return handle(mouse) }
        if key == .control("c") { return [.quit] }
        if key == .control("l") { return [.redraw] }
        if key == .control("z") { return [.suspend] }
        if isTooSmall { return handleUnseen(key) }
        if let overlay { return handle(key, on: overlay) }
        if entry != nil { return type(key) }
        if let effects = view.screen.type(key, &self) { return effects }
        if key == .escape { return escape() }
        return Keymap.action(for: key, in: view.kind).map { attempt($0) } ?? []
    }

    /// Below the smallest size nobody sees what a key would do: those that only change the screen work, nothing else.
    private mutating func handleUnseen(_ key: Key) -> [ConsoleEffect] {
        if key == .character("q") || key == .character("Q") { return [.quit] }
        guard overlay == nil, entry == nil, !view.screen.isTyping(self),
            let action = Keymap.action(for: key, in: view.kind), action.id.view != nil || action.id == .pause
        else { return [] }
        return attempt(action)
    }

    /// Carries out an action, or says why it is not possible.
    mutating func attempt(_ action: KeyAction) -> [ConsoleEffect] {
        if let reason = disabledReason(action.id) {
            say("\(action.hint ?? action.title): \(reason)", .warning)
            return []
        }
        return run(action.id)
    }
}

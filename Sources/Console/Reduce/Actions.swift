import DeckCore
import TerminalKit

extension ConsoleState {
    /// Carries out an action that is possible.
    mutating func run(_ action: ActionID) -> [ConsoleEffect] {
        let area = Regions(self).content
        if let effects = view.screen.run(action, &self, in: area) { return effects }
        switch action {
        case .load: return actionTarget?.adapter.map { perform(.load(adapter: original($0))) } ?? []
        case .evict: openEviction()
        case .pin: return togglePin()
        case .prompt: if let target = actionTarget { openPrompt([target]) }
        case .compare: openPrompt(marks.union([.base]))
        case .mark: toggleMark()
        case .detail: if let target = actionTarget { open(.detail(target)) }
        case .filter: openFilter()
        case .command: entry = EntryLine(kind: .command)
        case .reverse: reverse()
        case .up: move(-1)
        case .down: move(1)
        case .pageUp: move(-pageLength)
        case .pageDown: move(pageLength)
        case .top: move(-1_000_000)
        case .bottom: move(1_000_000)
        case .help: overlay = .help(top: 0)
        case .pause: togglePause()
        case .theme: return nextTheme()
        case .faster: return changeRefresh(1)
        case .slower: return changeRefresh(-1)
        case .redraw: return [.redraw]
        case .suspend: return [.suspend]
        case .back: return back()
        case .quit: return [.quit]
        default: if let view = action.view { show(view) }
        }
        return []
    }

    func original(_ name: String) -> String { shown?.original(name) ?? name }

    mutating func perform(_ command: DeckCommand) -> [ConsoleEffect] {
        pending += 1
        say(Sanitiser.line(command.commandLine) + " " + String(glyphs.ellipsis))
        return [.perform(command)]
    }

    private mutating func togglePin() -> [ConsoleEffect] {
        guard let target = actionTarget, let adapter = adapter(target) else { return [] }
        let name = original(adapter.name)
        return perform(adapter.isPinned ? .unpin(adapter: name) : .pin(adapter: name))
    }

    private mutating func openEviction() {
        guard let target = actionTarget, let adapter = adapter(target) else { return }
        overlay = .confirmation(confirmEviction(of: adapter))
    }

    func confirmEviction(of adapter: AdapterSnapshot) -> Confirmation {
        Confirmation(
            .evict(
                name: adapter.name, digest: adapter.digest, pages: adapter.pages,
                bytes: adapter.pages * (snapshot?.pool.pageBytes ?? 0), running: adapter.running,
                waiting: adapter.waiting))
    }

    private mutating func toggleMark() {
        guard let target = selected else { return }
        if marks.remove(target) == nil { marks.insert(target) }
        move(1)
    }

    // MARK: moving

    /// A page, less what stays in sight.
    private var pageLength: Int { view.screen.pageLength(self, in: Regions(self).content) }

    mutating func move(_ rows: Int) { view.screen.move(&self, by: rows, in: Regions(self).content) }

    // MARK: views

    /// Goes to a main screen; one that is open already comes back to the front.
    mutating func show(_ view: View) {
        stack.removeAll { $0 == view }
        open(view)
    }

    mutating func open(_ view: View) {
        stack.append(view)
        detailTop = 0
        view.screen.enter(&self)
    }

    /// One level out; at the first screen, out of the console.
    mutating func back() -> [ConsoleEffect] {
        guard stack.count > 1 else { return [.quit] }
        stack.removeLast()
        detailTop = 0
        view.screen.enter(&self)
        return []
    }

    /// Esc takes one thing back: the filter, the view, the marks. It never ends the console.
    mutating func escape() -> [ConsoleEffect] {
        if !filterText.isEmpty {
            setFilter("")
        } else if stack.count > 1 {
            return back()
        } else {
            marks = []
        }
        return []
    }

    // MARK: lists

    private mutating func reverse() {
        guard let list else { return }
        sort(by: list.sort, descending: !list.isDescending)
    }

    mutating func sort(by key: SortKey, descending: Bool) {
        changeList { list, snapshot, now in
            list.sort = key
            list.isDescending = descending
            list.release()
            if let snapshot { list.update(from: snapshot, now: now, isFrozen: false) }
        }
        say("sorted by \(key.title), \(descending ? "largest" : "smallest") first")
    }

    mutating func changeList(_ change: (inout AdapterList, DeckSnapshot?, Double) -> Void) {
        switch view {
        case .overview: change(&overviewList, snapshot, now)
        case .adapters, .detail: change(&adapterList, snapshot, now)
        default: break
        }
    }

    // MARK: screen

    private mutating func togglePause() {
        isPaused.toggle()
        guard !isPaused else { return }
        if let heldLog { log.take(heldLog.events) }
        if let held { show(held) }
        held = nil
        heldLog = nil
    }

    private mutating func nextTheme() -> [ConsoleEffect] {
        let themes = configuration.themes
        guard !themes.isEmpty else { return [] }
        let next = themes.firstIndex(of: theme).map { themes[($0 + 1) % themes.count] } ?? themes[0]
        return setTheme(next)
    }

    mutating func setTheme(_ name: String) -> [ConsoleEffect] {
        theme = name
        say("theme \(name)")
        return [.setTheme(name)]
    }

    /// Frames a second to choose from.
    static let refreshSteps = [1, 2, 4, 5, 10, 15, 20, 30]

    private mutating func changeRefresh(_ direction: Int) -> [ConsoleEffect] {
        let steps = Self.refreshSteps
        let next =
            direction > 0 ? steps.first { $0 > refresh } ?? refresh : steps.last { $0 < refresh } ?? refresh
        return setRefresh(next)
    }

    mutating func setRefresh(_ rate: Int) -> [ConsoleEffect] {
        refresh = rate
        say("refresh at most \(rate) a second")
        return [.setRefresh(rate)]
    }
}

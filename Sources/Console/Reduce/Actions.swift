import DeckCore
import TerminalKit

extension ConsoleState {
    /// Carries out an action that is possible.
    mutating func run(_ action: ActionID) -> [ConsoleEffect] {
        let area = Regions(self).content
        if let effects = view.screen.run(action, &self, in: area) { return effects }
        switch action {
        case .load, .evict, .pin: return order(action)
        case .loadFrom: return openLoad()
        case .versions: openVersions()
        case .unregister: return actionTarget?.adapter.map { ask(.unregister(adapter: $0)) } ?? []
        case .abort: return view.screen.request(self).map { ask(.abort($0)) } ?? []
        case .admission: return ask(.setAdmission(isOpen: snapshot?.admissionPaused != nil))
        case .undo: return undoLast()
        case .copy: openCopies()
        case .dump: openDumps()
        case .mouse: return toggleMouse()
        case .prompt: if let target = actionTarget { openPrompt([target]) }
        case .compare: openPrompt(marks.union([.base]))
        case .mark: toggleMark()
        case .detail: if let target = actionTarget { open(.detail(target)) }
        case .filter: openFilter()
        case .command: openCommandLine()
        case .reverse: reverse()
        case .up: move(-1)
        case .down: move(1)
        case .pageUp: move(-pageLength)
        case .pageDown: move(pageLength)
        case .top: move(-1_000_000)
        case .bottom: move(1_000_000)
        case .help: overlay = .help(HelpDesk())
        case .pause: togglePause()
        case .earlier: travel(by: -1)
        case .later: travel(by: 1)
        case .previousEvent: travelToEvent(-1)
        case .nextEvent: travelToEvent(1)
        case .cost: showsCost.toggle()
        case .theme: openThemes()
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

    mutating func perform(_ gated: GatedCommand) -> [ConsoleEffect] {
        let command = gated.command
        guard past == nil else {
            say(Self.pastReason, .warning)
            return []
        }
        pending += 1
        undo.begin(command, inverse: inverse(of: command))
        say(":" + Sanitiser.line(command.commandLine) + " " + String(glyphs.ellipsis))
        return [.perform(gated)]
    }

    /// What would take a command back, as the deck stands now.
    private func inverse(of command: DeckCommand) -> DeckCommand? {
        let pool = snapshot.flatMap { $0.pool.pageCount > 0 ? $0.pool.totalBytes : nil }
        return command.inverse(poolBytes: pool) { name in
            snapshot?.adapters.first { original($0.name) == name }
        }
    }

    private mutating func toggleMouse() -> [ConsoleEffect] {
        takesMouse.toggle()
        say(takesMouse ? "mouse on" : "mouse off: the terminal selects text")
        return [.setMouse(takesMouse)]
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
        guard stack.count > 1 else {
            guard past != nil else { return [.quit] }
            returnToNow()
            return []
        }
        stack.removeLast()
        detailTop = 0
        view.screen.enter(&self)
        return []
    }

    /// Esc takes one thing back: the filter, the view, the marks. It never ends the console.
    mutating func escape() -> [ConsoleEffect] {
        if past != nil {
            returnToNow()
        } else if !filterText.isEmpty {
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

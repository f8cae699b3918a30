import DeckCore
import Foundation
import TerminalKit

extension ConsoleState {
    /// Keys while a confirmation is open. Every key that it does not name is swallowed.
    mutating func answer(_ confirmation: Confirmation, _ key: Key) -> [ConsoleEffect] {
        var next = confirmation
        switch key {
        case .character("y"), .character("Y"): return confirm(confirmation)
        case .enter: return confirmation.focused == .confirm ? confirm(confirmation) : cancel()
        case .escape, .character("n"), .character("N"), .character("q"): return cancel()
        case .left, .right, .tab, .backTab:
            next.focused = confirmation.focused == .cancel ? .confirm : .cancel
        case .character("a") where confirmation.hasModes:
            next.mode = confirmation.mode == .drain ? .abort : .drain
        case .up: next.top = max(0, confirmation.top - 1)
        case .down:
            let overflow = ConfirmationView(self, confirmation).overflow(in: Regions(self).content)
            next.top = min(overflow, confirmation.top + 1)
        default: return []
        }
        overlay = .confirmation(next)
        return []
    }

    mutating func cancel() -> [ConsoleEffect] {
        overlay = nil
        say("cancelled: nothing was done")
        return []
    }

    /// Gives the frozen orders, whatever the lists look like by now.
    mutating func confirm(_ confirmation: Confirmation) -> [ConsoleEffect] {
        overlay = nil
        if case .deletePrompt(let prompt) = confirmation.subject { return deletePrompt(prompt) }
        if confirmation.undoes != nil { _ = undo.takeNext() }
        if confirmation.targets.count > 1 { marks = [] }
        return CommandGate.answered(confirmation).flatMap { perform($0.renamed(original)) }
    }

    /// An adapter as it is now.
    func frozen(_ adapter: AdapterSnapshot) -> Confirmation.Frozen {
        let pages = adapter.state.holdsPages ? adapter.pages : adapter.pagesNeeded
        return Confirmation.Frozen(
            name: adapter.name, digest: adapter.digest, pages: pages,
            bytes: snapshot?.pool.bytes(of: pages ?? 0) ?? 0, running: adapter.running, waiting: adapter.waiting,
            asked: asked(adapter.name))
    }

    /// Requests for an adapter within the last minute; nil where single requests are not known.
    private func asked(_ name: String) -> Int? {
        guard let snapshot, snapshot.unknown[.requests] == nil else { return nil }
        let start = snapshot.time.addingTimeInterval(-60)
        let live = snapshot.requests.filter(\.phase.isLive)
        return (live + chronicle.requests.ended(within: 60, until: snapshot.time))
            .count { $0.adapter == name && $0.submitted > start }
    }

    // MARK: adapters, one or all marked

    /// What an action on adapters acts on: all that are marked where marks are shown, or the one under the cursor.
    var actionTargets: [Target] {
        list != nil && !marks.isEmpty ? marks.sorted() : actionTarget.map { [$0] } ?? []
    }

    /// Those of the targets that an order can be given for, and the others with the reason.
    func sorted(
        _ targets: [Target], by reason: (AdapterSnapshot) -> String?
    ) -> (possible: [AdapterSnapshot], leftOut: [Confirmation.LeftOut]) {
        var possible: [AdapterSnapshot] = []
        var leftOut: [Confirmation.LeftOut] = []
        for target in targets {
            guard target != .base else {
                leftOut.append(Confirmation.LeftOut(name: target.label, reason: "the base is always in memory"))
                continue
            }
            guard let adapter = adapter(target) else {
                leftOut.append(Confirmation.LeftOut(name: target.label, reason: "the adapter is gone"))
                continue
            }
            if let reason = reason(adapter) {
                leftOut.append(Confirmation.LeftOut(name: adapter.name, reason: reason))
            } else {
                possible.append(adapter)
            }
        }
        return (possible, leftOut)
    }

    /// Asks for all marked at once; one alone is loaded or pinned without asking.
    mutating func order(_ action: ActionID) -> [ConsoleEffect] {
        let (possible, leftOut) = sorted(actionTargets) { Self.reason(action, $0) }
        guard let first = possible.first else { return [] }
        // Marked ones are pinned together; where all are pinned they are unpinned.
        let unpins = action == .pin && possible.allSatisfy(\.isPinned)
        let targets = possible.filter { action != .pin || $0.isPinned == unpins }
        let isOne = actionTargets.count == 1
        if isOne, action != .evict {
            let name = first.name
            return ask(action == .load ? .load(adapter: name) : unpins ? .unpin(adapter: name) : .pin(adapter: name))
        }
        let frozen = targets.map(frozen)
        var confirmation =
            switch action {
            case .load: Confirmation(.load(frozen))
            case .evict: Confirmation(.evict(frozen))
            default: Confirmation(unpins ? .unpin(frozen) : .pin(frozen))
            }
        confirmation.leftOut =
            leftOut
            + possible.filter { action == .pin && $0.isPinned != unpins }
            .map { Confirmation.LeftOut(name: $0.name, reason: "pinned already") }
        overlay = .confirmation(confirmation)
        return []
    }

    /// Why an order cannot be given for an adapter.
    static func reason(_ action: ActionID, _ adapter: AdapterSnapshot) -> String? {
        switch action {
        case .load: loadReason(adapter)
        case .evict: evictReason(adapter)
        default: pinReason(adapter)
        }
    }

    // MARK: others

    /// Asks before an order that takes something away; gives any other at once. Names are those that the screen shows.
    mutating func ask(_ command: DeckCommand, replica: String? = nil, undoes: String? = nil) -> [ConsoleEffect] {
        guard past == nil else {
            say(Self.pastReason, .warning)
            return []
        }
        var plain = command
        var replica = replica
        if case .only(let name, let inner) = command { (plain, replica) = (inner, name) }
        let whole = replica.map { DeckCommand.only(replica: $0, plain) } ?? plain
        if let gated = CommandGate.harmless(whole, in: snapshot) {
            if undoes != nil { _ = undo.takeNext() }
            return perform(gated.renamed(original))
        }
        guard let loss = whole.loss(in: snapshot), var confirmation = question(plain, about: loss) else { return [] }
        confirmation.replica = replica
        confirmation.undoes = undoes
        return open(confirmation)
    }

    /// Opens a question. The deck is asked for what the snapshot cannot tell.
    private mutating func open(_ confirmation: Confirmation) -> [ConsoleEffect] {
        guard case .resize(let bytes, _, _) = confirmation.subject else {
            overlay = .confirmation(confirmation)
            return []
        }
        var next = confirmation
        let forecast = DeckCommand.forecastResize(bytes: bytes)
        let order = confirmation.replica.map { DeckCommand.only(replica: $0, forecast) } ?? forecast
        next.awaited = order
        overlay = .confirmation(next)
        guard let gated = CommandGate.harmless(order, in: snapshot) else { return [] }
        pending += 1
        return [.perform(gated)]
    }

    /// Whether an outcome is what the open question waits for; the question says it then.
    mutating func complete(_ outcome: CommandOutcome, of command: DeckCommand) -> Bool {
        guard case .confirmation(var confirmation)? = overlay, confirmation.awaited == command else { return false }
        confirmation.awaited = nil
        confirmation.forecast = Confirmation.Forecast(
            text: Sanitiser.line(outcome.message, limit: 1_000), isPossible: outcome.succeeded)
        overlay = .confirmation(confirmation)
        return true
    }

    /// The question for what an order takes away; nil, with a message, where its target is gone.
    private mutating func question(_ command: DeckCommand, about loss: DeckLoss) -> Confirmation? {
        switch loss {
        case .residency(let name):
            guard let adapter = named(name) else { return nil }
            var confirmation = Confirmation(.evict([frozen(adapter)]))
            if confirmation.hasModes, case .evict(_, _, let mode) = command { confirmation.mode = mode }
            return confirmation
        case .name(let name): return named(name).map { Confirmation(.unregister(frozen($0))) }
        case .version(let name):
            guard let adapter = named(name) else { return nil }
            if case .rollback(_, let digest) = command,
                let reason = adapter.versions.first(where: { $0.digest == digest })?.goneReason
            {
                say("\(name) cannot go back to \(digest.short): \(reason)", .error)
                return nil
            }
            return switch command {
            case .rollback(_, let digest): Confirmation(.rollback(frozen(adapter), to: digest))
            case .register(_, let path, let overrideBase):
                Confirmation(.replace(frozen(adapter), path: path, overrideBase: overrideBase))
            default: nil
            }
        case .request(let id):
            guard let request = snapshot?.requests.first(where: { $0.id == id && $0.phase.isLive }) else {
                say("no live request \(id)", .error)
                return nil
            }
            return Confirmation(
                .abort(id, adapter: request.adapter, origin: request.origin, generated: request.generatedTokens))
        case .admission:
            return Confirmation(.pauseAdmission(running: snapshot?.running ?? 0, waiting: snapshot?.waiting ?? 0))
        case .pages(let now, let then):
            guard case .resizePool(let bytes) = command else { return nil }
            return Confirmation(.resize(bytes: bytes, now: now, then: then))
        }
    }

    private mutating func named(_ name: String) -> AdapterSnapshot? {
        let found = adapter(.adapter(name))
        if found == nil { say("no adapter is named \(name)", .error) }
        return found
    }

    /// What the next undo would order, by shown names.
    var undoWords: (done: String, inverse: DeckCommand)? {
        guard let entry = undo.next else { return nil }
        return (Sanitiser.line(entry.done.renamed(shownName).commandLine), entry.inverse.renamed(shownName))
    }

    mutating func undoLast() -> [ConsoleEffect] {
        guard let (done, inverse) = undoWords else { return [] }
        return ask(inverse, undoes: done)
    }

    /// The name that the screen shows for one of the deck's.
    func shownName(_ original: String) -> String {
        snapshot?.adapters.first { self.original($0.name) == original }?.name ?? Sanitiser.line(original, limit: 200)
    }
}

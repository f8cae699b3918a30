import DeckCore
import TerminalKit

extension ConsoleState {
    /// Why an action is not possible now; nil when it is. A disabled action stays visible with this reason.
    public func disabledReason(_ action: ActionID) -> String? {
        if past != nil, action.needsPresent { return Self.pastReason }
        if let reason = view.screen.disabledReason(action, self) { return reason }
        return switch action {
        case .load, .evict, .pin: commandReason(action)
        case .loadFrom: snapshot?.disabled[.register]
        case .versions: snapshot?.disabled[.rollback] ?? versionsReason
        case .unregister: snapshot?.disabled[.unregister] ?? adapterReason
        case .abort: snapshot?.disabled[.abort] ?? requestReason
        case .admission: snapshot?.disabled[.admission]
        case .undo: undoReason
        case .copy: view.screen.copies(self).isEmpty ? "nothing to copy here" : nil
        case .prompt: snapshot?.disabled[.prompt] ?? (actionTarget == nil ? "no adapter selected" : nil)
        case .mark, .detail: actionTarget == nil ? "no adapter selected" : nil
        case .compare:
            snapshot?.disabled[.prompt]
                ?? (marks.isEmpty ? "nothing marked: mark adapters first (Space)" : Self.tooMany(marks))
        case .showReplicas: snapshot?.replicas.isEmpty == false ? nil : "this deck is one engine, not a fleet"
        default: nil
        }
    }

    /// Of several marked adapters, one that it is possible for is enough.
    private func commandReason(_ action: ActionID) -> String? {
        let kind: DeckAction = action == .load ? .load : action == .evict ? .evict : .pin
        if let reason = snapshot?.disabled[kind] { return reason }
        let targets = actionTargets
        guard !targets.isEmpty else { return "no adapter selected" }
        let (possible, leftOut) = sorted(targets) { Self.reason(action, $0) }
        guard possible.isEmpty, let first = leftOut.first else { return nil }
        return targets.count == 1
            ? first.reason : "none of the \(targets.count) marked (\(first.name): \(first.reason))"
    }

    private var adapterReason: String? {
        guard let target = actionTarget else { return "no adapter selected" }
        guard target != .base else { return "the base is always in memory" }
        return adapter(target) == nil ? "the adapter is gone" : nil
    }

    private var versionsReason: String? {
        if let adapterReason { return adapterReason }
        let versions = actionTarget.flatMap(adapter)?.versions ?? []
        return versions.contains { !$0.isCurrent } ? nil : "there is no earlier version"
    }

    private var requestReason: String? {
        guard let id = view.screen.request(self) else { return "no request selected" }
        guard let request = snapshot?.requests.first(where: { $0.id == id }) else { return "the request is gone" }
        return request.phase.isLive ? nil : "it has ended"
    }

    private var undoReason: String? {
        guard let next = undo.next else { return "nothing to undo: nothing was done from here" }
        return snapshot?.disabled[next.inverse.action]
    }

    static func loadReason(_ adapter: AdapterSnapshot) -> String? {
        switch adapter.state {
        case .resident: "already resident"
        case .loading: "already loading"
        case .evicting: "being evicted: load it when it is out"
        case .registered, .failed, .quarantined: nil
        }
    }

    static func evictReason(_ adapter: AdapterSnapshot) -> String? {
        if adapter.isPinned { return "pinned: unpin first (p)" }
        return switch adapter.state {
        case .resident, .loading: nil
        case .evicting: "already being evicted"
        case .registered, .failed, .quarantined: "not in the pool"
        }
    }

    static func pinReason(_ adapter: AdapterSnapshot) -> String? {
        if adapter.isPinned { return nil }
        return switch adapter.state {
        case .resident, .loading: nil
        case .evicting: "being evicted"
        case .registered, .failed, .quarantined: "not in the pool: load it first (l)"
        }
    }

    private static func tooMany(_ targets: Set<Target>) -> String? {
        let count = targets.count { $0 != .base }
        return count > PromptDesk.mostAdapters
            ? "\(count.counted("adapter")) are chosen, \(PromptDesk.mostAdapters) and the base are compared at most"
            : nil
    }

    /// Why the text cannot be sent.
    var sendReason: String? {
        if let reason = snapshot?.disabled[.prompt] { return reason }
        guard desk.focus == .field else { return nil }
        if desk.chosen(in: snapshot).isEmpty { return "no target chosen (Tab to the targets, Space)" }
        if let reason = Self.tooMany(desk.targets) { return reason }
        return desk.field.text.allSatisfy(\.isWhitespace) ? "nothing to send: type a prompt" : nil
    }
}

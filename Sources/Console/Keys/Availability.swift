import DeckCore
import TerminalKit

extension ConsoleState {
    /// Why an action is not possible now; nil when it is. A disabled action stays visible with this reason.
    public func disabledReason(_ action: ActionID) -> String? {
        if let reason = view.screen.disabledReason(action, self) { return reason }
        return switch action {
        case .load, .evict, .pin: commandReason(action)
        case .prompt: snapshot?.disabled[.prompt] ?? (actionTarget == nil ? "no adapter selected" : nil)
        case .mark, .detail: actionTarget == nil ? "no adapter selected" : nil
        case .compare:
            snapshot?.disabled[.prompt] ?? (marks.isEmpty ? "nothing marked: mark adapters first (Space)" : nil)
        case .showReplicas: snapshot?.replicas.isEmpty == false ? nil : "this deck is one engine, not a fleet"
        default: nil
        }
    }

    private func commandReason(_ action: ActionID) -> String? {
        let kind: DeckAction = action == .load ? .load : action == .evict ? .evict : .pin
        if let reason = snapshot?.disabled[kind] { return reason }
        guard let target = actionTarget else { return "no adapter selected" }
        guard target != .base else { return "the base is always in memory" }
        guard let adapter = adapter(target) else { return "the adapter is gone" }
        switch action {
        case .load: return Self.loadReason(adapter)
        case .evict: return Self.evictReason(adapter)
        default: return Self.pinReason(adapter)
        }
    }

    private static func loadReason(_ adapter: AdapterSnapshot) -> String? {
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

    private static func pinReason(_ adapter: AdapterSnapshot) -> String? {
        if adapter.isPinned { return nil }
        return switch adapter.state {
        case .resident, .loading: nil
        case .evicting: "being evicted"
        case .registered, .failed, .quarantined: "not in the pool: load it first (l)"
        }
    }

    /// Why the text cannot be sent.
    var sendReason: String? {
        if let reason = snapshot?.disabled[.prompt] { return reason }
        guard desk.focus == .field else { return nil }
        if desk.chosen(in: snapshot).isEmpty { return "no target chosen (Tab to the targets, Space)" }
        return desk.field.text.allSatisfy(\.isWhitespace) ? "nothing to send: type a prompt" : nil
    }
}

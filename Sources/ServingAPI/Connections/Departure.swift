import Synchronization

/// Tells whoever serves a request that it must end before its answer does: its client is gone, or may not stay.
final class Departure: Sendable {
    private struct State {
        var isGone = false
        var reason: APIError?
        var nextID = 0
        var actions: [Int: @Sendable () -> Void] = [:]
        /// Undo what was followed.
        var links: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    var isGone: Bool { state.withLock { $0.isGone } }
    /// What the client is to be told, which is still there; nil when it went, or may stay.
    var reason: APIError? { state.withLock { $0.reason } }

    /// Runs `action` when the client goes, at once when it is gone. Returns a handle for `forget`.
    func whenGone(_ action: @escaping @Sendable () -> Void) -> Int {
        let handle: Int? = state.withLock { state in
            guard !state.isGone else { return nil }
            state.nextID += 1
            state.actions[state.nextID] = action
            return state.nextID
        }
        if handle == nil { action() }
        return handle ?? 0
    }

    func forget(_ handle: Int) { state.withLock { $0.actions[handle] = nil } }

    /// The first one counts.
    func leave(telling reason: APIError? = nil) {
        let actions: [@Sendable () -> Void] = state.withLock { state in
            guard !state.isGone else { return [] }
            state.isGone = true
            state.reason = reason
            defer { state.actions = [:] }
            return Array(state.actions.values)
        }
        for action in actions { action() }
    }

    /// Leaves when `other` does.
    func follow(_ other: Departure) {
        let handle = other.whenGone { [weak self, weak other] in self?.leave(telling: other?.reason) }
        state.withLock { $0.links.append { other.forget(handle) } }
    }

    /// Leaves when `access` is withdrawn.
    func follow(_ directory: LiveDirectory, _ access: Access) {
        let handle = directory.watch(access) { [weak self] reason in self?.leave(telling: reason) }
        state.withLock { $0.links.append { directory.forget(handle) } }
    }

    deinit {
        let links = state.withLock { $0.links }
        for unlink in links { unlink() }
    }
}

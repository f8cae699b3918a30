import Synchronization

/// Tells whoever serves a connection that its client is gone.
final class Departure: Sendable {
    private struct State {
        var isGone = false
        var nextID = 0
        var actions: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    var isGone: Bool { state.withLock { $0.isGone } }

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

    func leave() {
        let actions = state.withLock { state in
            state.isGone = true
            defer { state.actions = [:] }
            return Array(state.actions.values)
        }
        for action in actions { action() }
    }
}

import Synchronization

/// The directory as it is now, and whose requests must end when it changes.
public final class LiveDirectory: Sendable {
    private struct Watch: Sendable {
        let access: Access
        let end: @Sendable (APIError) -> Void
    }

    private struct State {
        var directory: TenantDirectory
        var nextHandle = 0
        var watches: [Int: Watch] = [:]
    }

    private let state: Mutex<State>

    public init(_ directory: TenantDirectory) { state = Mutex(State(directory: directory)) }

    public var current: TenantDirectory { state.withLock { $0.directory } }

    /// Ends the requests of those who would be refused now. Returns whether anything is new.
    @discardableResult
    public func update(_ directory: TenantDirectory) -> Bool {
        let watches: [Watch]? = state.withLock { state in
            let next = directory.following(state.directory)
            guard next != state.directory else { return nil }
            state.directory = next
            return Array(state.watches.values)
        }
        for watch in watches ?? [] {
            if let reason = withdrawal(of: watch.access) { watch.end(reason) }
        }
        return watches != nil
    }

    /// Why who was let in before may not go on; nil when it may.
    func withdrawal(of access: Access) -> APIError? {
        do throws(APIError) {
            let now = try current.access(access.credential)
            return now.covers(access) ? nil : .forbidden("what the API key opens was changed meanwhile: ask again")
        } catch {
            return error
        }
    }

    /// Calls `end` when `access` is withdrawn, at once when it is already. Returns a handle for `forget`.
    func watch(_ access: Access, _ end: @escaping @Sendable (APIError) -> Void) -> Int {
        let handle = state.withLock { state in
            state.nextHandle += 1
            state.watches[state.nextHandle] = Watch(access: access, end: end)
            return state.nextHandle
        }
        if let reason = withdrawal(of: access) { end(reason) }
        return handle
    }

    func forget(_ handle: Int) { state.withLock { $0.watches[handle] = nil } }
}

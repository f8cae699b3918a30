import Synchronization

/// When names were last registered, rolled back or unregistered by order. What is found in the adapter root is registered
/// beside commands, and what was decided of it before an order came must not undo that.
final class NameOrders: Sendable {
    private struct State {
        /// Orders that are not answered yet, by name.
        var underWay: [String: Int] = [:]
        /// When the last one was answered, among the engine's commands.
        var answered: [String: UInt64] = [:]
    }

    private let state = Mutex(State())

    func began(_ name: String) { state.withLock { $0.underWay[name, default: 0] += 1 } }

    func ended(_ name: String, at moment: UInt64) {
        state.withLock { state in
            let left = (state.underWay[name] ?? 1) - 1
            state.underWay[name] = left > 0 ? left : nil
            state.answered[name] = moment
        }
    }

    /// Whether one is under way, or was answered after a moment.
    func came(for name: String, since moment: UInt64) -> Bool {
        state.withLock { $0.underWay[name] != nil || $0.answered[name] ?? 0 > moment }
    }
}

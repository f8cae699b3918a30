import DeckCore
import Synchronization

/// How many requests each tenant has at once, against its limit. The deck itself keeps weights, tokens a minute and contexts.
final class TenantGate: Sendable {
    private let running = Mutex<[String: Int]>([:])

    /// Takes a request in until its permit is released. Throws with what to do.
    func admit(_ tenant: TenantRecord) throws(APIError) -> Permit {
        guard let limit = tenant.maxConcurrent else { return Permit {} }
        let count = running.withLock { running in
            let count = running[tenant.name] ?? 0
            if count < limit { running[tenant.name] = count + 1 }
            return count
        }
        guard count < limit else {
            throw APIError(
                status: 429, message: "tenant \(tenant.name) runs \(count.counted("request")), its limit is \(limit)",
                retryAfter: 1)
        }
        return Permit { [weak self] in self?.leave(tenant.name) }
    }

    private func leave(_ name: String) {
        running.withLock { running in
            let count = (running[name] ?? 1) - 1
            running[name] = count > 0 ? count : nil
        }
    }
}

/// A tenant's place among its requests, given back once.
final class Permit: Sendable {
    private let leave: Mutex<(@Sendable () -> Void)?>

    init(_ leave: @escaping @Sendable () -> Void) { self.leave = Mutex(leave) }

    func release() {
        let leave = leave.withLock { leave in
            defer { leave = nil }
            return leave
        }
        leave?()
    }

    deinit { release() }
}

import DeckCore
import Synchronization

/// How many answers each tenant has under way at once, against its limit. The deck itself keeps weights, tokens a minute and
/// contexts.
final class TenantGate: Sendable {
    private let running = Mutex<[String: Int]>([:])

    /// Takes a request in, with one answer until it is known how many it wants. Throws with what to do.
    func admit(_ tenant: TenantRecord) throws(APIError) -> Permit {
        let permit = Permit(of: tenant, at: self)
        try permit.grow(to: 1)
        return permit
    }

    /// Takes `more` answers of a request that wants `all` and throws where they do not fit.
    fileprivate func take(_ more: Int, all: Int, of tenant: TenantRecord) throws(APIError) {
        guard let limit = tenant.maxConcurrent else { return }
        guard all <= limit else {
            throw .invalid(
                "the request wants \(all.counted("answer")), prompts times n; tenant \(tenant.name) may have "
                    + "\(limit) at once: send fewer", param: "n")
        }
        let count = running.withLock { running in
            let count = running[tenant.name] ?? 0
            if count + more <= limit { running[tenant.name] = count + more }
            return count
        }
        guard count + more > limit else { return }
        let wanted = all > 1 ? ", and the request wants \(all)" : ""
        throw APIError(
            status: 429,
            message:
                "tenant \(tenant.name) has \((count - (all - more)).counted("answer")) under way\(wanted), its limit is "
                + "\(limit)", retryAfter: 1)
    }

    fileprivate func leave(_ count: Int, of tenant: TenantRecord) {
        guard tenant.maxConcurrent != nil, count > 0 else { return }
        running.withLock { running in
            let left = (running[tenant.name] ?? 0) - count
            running[tenant.name] = left > 0 ? left : nil
        }
    }
}

/// A request's places among its tenant's answers, each given back once.
final class Permit: Sendable {
    private let tenant: TenantRecord
    private let gate: TenantGate
    private let held = Mutex(0)

    fileprivate init(of tenant: TenantRecord, at gate: TenantGate) {
        self.tenant = tenant
        self.gate = gate
    }

    /// Takes places until it has `count`; throws, and keeps those that it has, where they are not free.
    func grow(to count: Int) throws(APIError) {
        let more = count - held.withLock { $0 }
        guard more > 0 else { return }
        try gate.take(more, all: count, of: tenant)
        held.withLock { $0 += more }
    }

    /// One answer ended.
    func releaseOne() { give(1) }

    /// Every answer ended, or none will come.
    func release() { give(.max) }

    private func give(_ most: Int) {
        let count = held.withLock { held in
            let count = min(held, most)
            held -= count
            return count
        }
        gate.leave(count, of: tenant)
    }

    deinit { release() }
}

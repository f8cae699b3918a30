import DeckCore
import Synchronization

/// What a tenant may still ask for now: requests at once, and tokens a minute. A state machine; the clock is the caller's.
struct TenantLimits: Sendable {
    private struct Usage {
        var running = 0
        /// Tokens that it may use now; below 0 it has used more than it had.
        var tokens: Double
        var updated: Double
    }

    private var usages: [String: Usage] = [:]

    /// Takes a request in. Throws with what to do.
    mutating func admit(_ tenant: TenantRecord, now: Double) throws(APIError) {
        guard tenant.maxConcurrent != nil || tenant.tokensPerMinute != nil else { return }
        var usage = refilled(tenant, now: now)
        defer { usages[tenant.name] = usage }
        if let limit = tenant.maxConcurrent, usage.running >= limit {
            throw APIError(
                status: 429, message: "tenant \(tenant.name) runs \(usage.running) requests, its limit is \(limit)",
                retryAfter: 1)
        }
        if let limit = tenant.tokensPerMinute, usage.tokens <= 0 {
            throw APIError(
                status: 429,
                message: "tenant \(tenant.name) has used its \(limit) tokens a minute, and \(Int(-usage.tokens)) more",
                retryAfter: (1 - usage.tokens) / Double(limit) * 60)
        }
        usage.running += 1
    }

    mutating func charge(_ tenant: TenantRecord, tokens: Int, now: Double) {
        guard tenant.tokensPerMinute != nil else { return }
        var usage = refilled(tenant, now: now)
        usage.tokens -= Double(tokens)
        usages[tenant.name] = usage
    }

    mutating func leave(_ tenant: TenantRecord) {
        guard let running = usages[tenant.name]?.running, running > 0 else { return }
        usages[tenant.name]?.running = running - 1
    }

    private func refilled(_ tenant: TenantRecord, now: Double) -> Usage {
        let limit = Double(tenant.tokensPerMinute ?? 0)
        var usage = usages[tenant.name] ?? Usage(tokens: limit, updated: now)
        usage.tokens = min(limit, usage.tokens + limit * max(0, now - usage.updated) / 60)
        usage.updated = now
        return usage
    }
}

/// A tenant's place among its requests, given back when it is let go.
final class Permit: Sendable {
    let tenant: TenantRecord
    private let gate: TenantGate
    private let isOpen = Mutex(true)

    init(tenant: TenantRecord, gate: TenantGate) {
        self.tenant = tenant
        self.gate = gate
    }

    func charge(_ tokens: Int) { gate.charge(tenant, tokens: tokens) }

    func release() {
        let wasOpen = isOpen.withLock { open in
            defer { open = false }
            return open
        }
        if wasOpen { gate.leave(tenant) }
    }

    deinit { release() }
}

/// `TenantLimits` for many requests at once.
final class TenantGate: Sendable {
    private let limits = Mutex(TenantLimits())
    private let start = ContinuousClock.now

    private var now: Double { (ContinuousClock.now - start) / .seconds(1) }

    func admit(_ tenant: TenantRecord) throws(APIError) -> Permit {
        let now = now
        let result = limits.withLock { limits in
            Result { () throws(APIError) in try limits.admit(tenant, now: now) }
        }
        try result.get()
        return Permit(tenant: tenant, gate: self)
    }

    fileprivate func charge(_ tenant: TenantRecord, tokens: Int) {
        let now = now
        limits.withLock { $0.charge(tenant, tokens: tokens, now: now) }
    }

    fileprivate func leave(_ tenant: TenantRecord) { limits.withLock { $0.leave(tenant) } }
}

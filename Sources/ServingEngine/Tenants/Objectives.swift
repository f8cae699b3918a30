import DeckCore
import Foundation

/// What a request's first token is expected to take, and from what.
struct Forecast: Hashable, Sendable {
    /// Prompt tokens that come before its own in the fair order.
    let tokensAhead: Int
    let promptTokens: Int
    /// Prompt tokens a second, measured.
    let rate: Double
    /// What its adapter's load takes, measured; nil when it is resident or on its way.
    let loadSeconds: Double?

    var seconds: Double { Double(tokensAhead + promptTokens) / rate + (loadSeconds ?? 0) }

    /// "first token expected in 9.1 s: 2400 prompt tokens ahead and 120 of its own at 310 a second, 1.3 s for its adapter"
    var sentence: String {
        "first token expected in \(Self.tenths(seconds)) s: \(tokensAhead) prompt tokens ahead and \(promptTokens) of its "
            + "own at \(Int(rate.rounded())) a second"
            + (loadSeconds.map { ", \(Self.tenths($0)) s for its adapter" } ?? "")
    }

    /// The same without what others wait for.
    var ownSentence: String { "first token expected in \(Self.tenths(seconds)) s" }

    static func tenths(_ seconds: Double) -> String { String(format: "%.1f", seconds) }
}

/// Refusing early what could not be served in time, as S-LoRA's early abort does: under overload that serves more requests
/// within their objective than serving all of them late.
extension Scheduler {
    /// What a request that comes now can expect; nil before any prompt was measured.
    func forecast(tenant name: String, promptTokens: Int, loadSeconds: Double?) -> Forecast? {
        let key = tenants.key(name).flatMap { tenants[$0].live > 0 ? $0 : nil }
        guard let rate = rate(for: key) else { return nil }
        var backlog: [TenantKey: Int] = [:]
        for id in running {
            guard let sequence = sequences[id], let tenant = sequence.tenant, !sequence.decodes else { continue }
            backlog[tenant, default: 0] += sequence.length - sequence.computed
        }
        for tenant in tenants.active {
            backlog[tenant, default: 0] += tenants[tenant].queue.reduce(0) { $0 + $1.tokens }
        }
        let own = key.map { backlog[$0, default: 0] } ?? 0
        let weight = tenants.policy(name).weight
        let counter = key.map { tenants[$0].counter } ?? tenants.entryCounter(name)
        // Until this request is computed, every other tenant is served up to the counter that this one's will have then.
        let end = counter + Double(own + promptTokens) / weight
        let others = tenants.active.reduce(0.0) { sum, other in
            guard other != key else { return sum }
            let lag = max(0, end - tenants[other].counter) * tenants[other].policy.weight
            return sum + min(Double(backlog[other, default: 0]), lag)
        }
        return Forecast(
            tokensAhead: own + Int(others), promptTokens: promptTokens, rate: rate, loadSeconds: loadSeconds)
    }

    /// A tenant within its share gets its place at once; the others wait for the batch.
    private func rate(for key: TenantKey?) -> Double? {
        let hasPlace = activeCount < limits.maxSequences || key.map(isBelowShare) ?? true
        return hasPlace ? speed.prefillRate : speed.admissionRate ?? speed.prefillRate
    }

    private func isBelowShare(_ key: TenantKey) -> Bool {
        Double(tenants[key].active + 1) <= share(of: tenants[key], in: limits.maxSequences)
    }

    /// Waiting requests that never began and can no longer meet their tenant's objective, with the arithmetic.
    func expired(now: Double) -> [StepPlan.Rejection] {
        var expired: [StepPlan.Rejection] = []
        for key in tenants.active {
            guard let target = tenants[key].policy.targetSeconds, !tenants[key].queue.isEmpty else { continue }
            let name = tenants[key].name
            for request in tenants[key].queue where !request.hasBegun {
                let waited = now - request.arrival
                let own = speed.prefillRate.map { Double(request.tokens) / $0 } ?? 0
                guard waited + own > target else { continue }
                expired.append(
                    .init(
                        id: request.id, kind: .overloaded,
                        reason: Refusal(
                            "waited \(Forecast.tenths(waited)) s and needs \(Forecast.tenths(own)) s for its prompt; "
                                + "tenant \(name)'s objective of \(Forecast.tenths(target)) s cannot be met")))
            }
        }
        return expired
    }
}

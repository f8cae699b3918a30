import DeckCore

/// Every tenant with live requests or with service that still counts: a state machine for their virtual counters.
///
/// The virtual token counter of Sheng et al., "Fairness in Serving Large Language Models" (OSDI 2024), as S-LoRA's
/// `vtc_fair` has it: a prompt token that was computed counts 1, a generated one 2, over the tenant's weight. A tenant that
/// becomes active is lifted to the least active one, so that nobody saves up service while idle.
struct TenantTable: Sendable {
    static let promptCost = 1.0
    static let outputCost = 2.0
    /// Tenants that are remembered while idle. A name is free text, so their number must not follow the names'.
    static let limit = 1024

    private var policies: [String: TenantPolicy]
    private let common: TenantPolicy
    private var slots: [Tenant?] = []
    private var free: [Int] = []
    private var keys: [String: TenantKey] = [:]
    /// Those with live requests, in no order that means anything.
    private(set) var active: [TenantKey] = []
    /// The sum of the active ones' weights.
    var activeWeight: Double { active.reduce(0) { $0 + self[$1].policy.weight } }
    /// The counter of the tenant that became idle last, for when nobody is active.
    private var lastCounter = 0.0

    init(policies: [String: TenantPolicy], common: TenantPolicy) {
        self.policies = policies
        self.common = common
    }

    subscript(key: TenantKey) -> Tenant {
        get { slots[key.index]! }
        _modify { yield &slots[key.index]! }
    }

    func key(_ name: String) -> TenantKey? { keys[name] }
    func policy(_ name: String) -> TenantPolicy { policies[name] ?? common }

    /// Replaces every tenant's policy; what they were served stays.
    mutating func setPolicies(_ policies: [String: TenantPolicy]) {
        self.policies = policies
        for index in slots.indices {
            guard let name = slots[index]?.name else { continue }
            let policy = policy(name)
            slots[index]?.policy = policy
        }
    }

    /// The least counter of those with live requests; nil when there are none.
    var least: Double? { active.lazy.map { self[$0].counter }.min() }

    /// The counter that a tenant without live requests would begin with.
    func entryCounter(_ name: String) -> Double {
        max(keys[name].map { self[$0].counter } ?? 0, least ?? lastCounter)
    }

    /// A request of `name` came in. Lifts a tenant that was idle.
    mutating func join(_ name: String) -> TenantKey {
        let key = keys[name] ?? add(name)
        if self[key].live == 0 {
            self[key].counter = max(self[key].counter, least ?? lastCounter)
            active.append(key)
        }
        self[key].live += 1
        return key
    }

    /// One of its requests ended.
    mutating func leave(_ key: TenantKey) {
        self[key].live -= 1
        guard self[key].live == 0 else { return }
        lastCounter = max(lastCounter, self[key].counter)
        if let index = active.firstIndex(of: key) {
            active.swapAt(index, active.count - 1)
            active.removeLast()
        }
    }

    mutating func charge(_ key: TenantKey, promptTokens: Int, generatedTokens: Int) {
        let cost = Double(promptTokens) * Self.promptCost + Double(generatedTokens) * Self.outputCost
        self[key].counter += cost / self[key].policy.weight
    }

    private mutating func add(_ name: String) -> TenantKey {
        if keys.count >= Self.limit { forgetIdle() }
        let tenant = Tenant(name: name, policy: policy(name), counter: 0)
        let key: TenantKey
        if let index = free.popLast() {
            slots[index] = tenant
            key = TenantKey(index: index)
        } else {
            slots.append(tenant)
            key = TenantKey(index: slots.count - 1)
        }
        keys[name] = key
        return key
    }

    /// Drops idle tenants that a new start would treat no better, and, when that is not enough, every idle one.
    private mutating func forgetIdle() {
        let floor = least ?? lastCounter
        for keepsAhead in [true, false] where keys.count >= Self.limit {
            for index in slots.indices {
                guard let tenant = slots[index], tenant.live == 0, !keepsAhead || tenant.counter <= floor else {
                    continue
                }
                slots[index] = nil
                keys[tenant.name] = nil
                free.append(index)
            }
        }
    }
}

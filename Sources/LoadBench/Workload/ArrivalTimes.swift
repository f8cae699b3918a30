import ServingEngine

/// The moments of an open loop's requests, in seconds after its start, ever later.
public struct ArrivalTimes: Sequence, IteratorProtocol, Sendable {
    private let rate: Double
    /// Nil is Poisson; else the shape of gamma gaps with mean 1/rate.
    private let shape: Double?
    private var random: SplitMix64
    private var time = 0.0

    public init(_ workload: Workload) {
        precondition(workload.rate > 0)
        rate = workload.rate
        shape = workload.arrivals == .gamma ? 1 / (workload.cv * workload.cv) : nil
        random = SplitMix64(seed: workload.seed, index: -1)
    }

    public mutating func next() -> Double? {
        let gap = shape.map { random.gamma(shape: $0) / $0 } ?? random.exponential()
        time += gap / rate
        return time
    }
}

/// Which tenant a stream, or a request of an open loop, belongs to.
struct TenantShares: Sendable {
    private let names: [String]
    private let choice: WeightedChoice

    init(_ tenants: [Workload.Tenant]) {
        names = tenants.isEmpty ? ["bench"] : tenants.map(\.name)
        choice = WeightedChoice(tenants.isEmpty ? [1] : tenants.map(\.share))
    }

    /// `place` is in 0..<1.
    func tenant(at place: Double) -> String { names[choice.item(at: place)] }
}

/// The tenants of an open loop's requests, in order.
struct TenantDraws {
    private let shares: TenantShares
    private var random: SplitMix64

    init(_ shares: TenantShares, seed: UInt64) {
        self.shares = shares
        random = SplitMix64(seed: seed, index: -2)
    }

    mutating func next() -> String { shares.tenant(at: random.unit()) }
}

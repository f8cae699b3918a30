import DeckCore
import LoadBench
import ServingEngine

/// Synthetic tenants: who asks what, and when. The same seed gives the same requests at the same moments.
///
/// Arrivals are an open-loop Poisson process (a slow deck does not slow its customers down); which tenant asks is skewed
/// as Zipf's law has it, which is what traces of multi-LoRA services look like (S-LoRA, Sheng et al. 2023, section 7.1).
struct TenantTraffic: Sendable {
    /// One request and its moment, in seconds after the start.
    struct Arrival: Sendable {
        let time: Double
        let request: PromptRequest
    }

    /// Zipf's exponent: the second tenant asks 2^-skew times as often as the first.
    static let skew = 1.1
    private static let tokenRange = 24...64

    /// Nil is the base. The most popular first.
    private let tenants: [String?]
    private let popularity: WeightedChoice
    private let rate: Double
    private var random: SplitMix64
    private var time = 0.0

    /// `rate` is requests a second over all tenants.
    init(tenants: [String?], rate: Double, seed: UInt64) {
        precondition(!tenants.isEmpty && rate > 0)
        self.tenants = tenants
        self.rate = rate
        random = SplitMix64(seed: seed)
        popularity = .zipf(count: tenants.count, exponent: Self.skew)
    }

    /// The next arrival, later than the one before.
    mutating func next() -> Arrival {
        // Gaps of a Poisson process are exponential.
        time += random.exponential() / rate
        let tenant = tenants[popularity.item(at: random.unit())]
        var sampling = SamplingParameters()
        sampling.temperature = 0.7
        sampling.topP = 0.95
        sampling.seed = random.next()
        let prompt = CustomerPrompts.prompt(for: tenant, using: &random)
        return Arrival(
            time: time,
            request: PromptRequest(
                adapter: tenant, content: .chat([ChatMessage(role: "user", content: prompt)]),
                maxTokens: Int.random(in: Self.tokenRange, using: &random), sampling: sampling,
                origin: tenant ?? "visitor"))
    }
}

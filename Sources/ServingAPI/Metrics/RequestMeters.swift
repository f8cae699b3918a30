import DeckCore
import Synchronization

/// A histogram with fixed edges, as Prometheus reads it.
struct BucketCounts: Sendable {
    let edges: [Double]
    /// One more than the edges: the last holds what lies above them.
    private(set) var counts: [Int]
    private(set) var sum = 0.0

    init(_ edges: [Double]) {
        self.edges = edges
        counts = Array(repeating: 0, count: edges.count + 1)
    }

    var total: Int { counts.reduce(0, +) }

    mutating func record(_ value: Double) {
        // Few edges, and most values small: a walk is as quick as a search.
        counts[edges.firstIndex { value <= $0 } ?? edges.count] += 1
        sum += value
    }

    mutating func add(_ other: BucketCounts) {
        for index in counts.indices { counts[index] += other.counts[index] }
        sum += other.sum
    }
}

/// What requests for one adapter, or for the base, came to, with vLLM's edges.
struct RequestMeter: Sendable {
    private static let seconds = [
        0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680,
    ]
    private static let tokens: [Double] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]

    var timeToFirstToken = BucketCounts([
        0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640,
        2560,
    ])
    var interTokenLatency = BucketCounts([
        0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
    ])
    var endToEnd = BucketCounts(seconds)
    var queue = BucketCounts(seconds)
    var prefill = BucketCounts(seconds)
    var decode = BucketCounts(seconds)
    var promptTokens = BucketCounts(tokens)
    var generatedTokens = BucketCounts(tokens)
    var promptTokenCount = 0
    var generatedTokenCount = 0
    var preemptions = 0
    /// By vLLM's `finished_reason`.
    var finished = ["stop": 0, "length": 0, "abort": 0, "error": 0]
    /// By kind of failure.
    var refused: [String: Int] = [:]

    mutating func add(_ other: RequestMeter) {
        timeToFirstToken.add(other.timeToFirstToken)
        interTokenLatency.add(other.interTokenLatency)
        endToEnd.add(other.endToEnd)
        queue.add(other.queue)
        prefill.add(other.prefill)
        decode.add(other.decode)
        promptTokens.add(other.promptTokens)
        generatedTokens.add(other.generatedTokens)
        promptTokenCount += other.promptTokenCount
        generatedTokenCount += other.generatedTokenCount
        preemptions += other.preemptions
        finished.merge(other.finished, uniquingKeysWith: +)
        refused.merge(other.refused, uniquingKeysWith: +)
    }
}

/// Every request that went through a `MeteredDeck`, by tenant and adapter: a tenant is shown its own alone (invariant 15).
/// Names are bounded: what is beyond is counted together, for the whole.
public final class RequestMeters: Sendable {
    private struct Key: Hashable {
        let tenant: String
        let adapter: String
    }

    private static let limit = 4096
    /// Under no name that an adapter or a tenant can have.
    static let others = ""
    /// The base's name here.
    static let base = "base"

    private let meters = Mutex<[Key: RequestMeter]>([:])

    public init() {}

    func update(_ tenant: String, _ adapter: String?, _ change: (inout RequestMeter) -> Void) {
        meters.withLock { meters in
            let key = Key(tenant: tenant, adapter: adapter ?? Self.base)
            let place =
                meters[key] != nil || meters.count < Self.limit
                ? key : Key(tenant: Self.others, adapter: Self.others)
            change(&meters[place, default: RequestMeter()])
        }
    }

    /// By adapter: of all tenants, or of one.
    func byAdapter(of tenant: String? = nil) -> [String: RequestMeter] {
        var sums: [String: RequestMeter] = [:]
        for (key, meter) in meters.withLock({ $0 }) where tenant == nil || key.tenant == tenant {
            sums[key.adapter, default: RequestMeter()].add(meter)
        }
        return sums
    }
}

import DeckCore

/// The figures of one run of a workload.
public struct RunFigures: Hashable, Sendable, Codable {
    /// Wall time from the first request's start to the last one's end.
    public let seconds: Double
    /// Requests that came to their end, and those that did not.
    public let requests: Int
    public let errors: Int
    public let firstError: String?
    public let promptTokens: Int
    public let outputTokens: Int
    public let outputTokensPerSecond: Double
    public let promptTokensPerSecond: Double
    public let requestsPerSecond: Double
    /// Seconds; nil when nothing arrived.
    public let timeToFirst: Percentiles?
    public let interToken: Percentiles?
    public let endToEnd: Percentiles?
    /// Of tenants that keep to their share; nil when all are one.
    public let othersTimeToFirst: Percentiles?
    /// As the engine stamped them, without the way to the client.
    public let engineTimeToFirst: Percentiles?
    /// From arrival to the first row in a step.
    public let engineQueue: Percentiles?
    /// Nil for a remote server.
    public var steps: StepFigures?
    /// Adapters that the run's churn loaded; nil without churn.
    public var churnLoadsPerSecond: Double?

    /// `flooder` is the tenant whose requests `othersTimeToFirst` leaves out.
    public init(_ records: [RequestRecord], seconds: Double, flooder: String? = nil) {
        let good = records.filter { $0.failure == nil }
        let seconds = max(seconds, 1e-9)
        self.seconds = seconds
        requests = good.count
        errors = records.count - good.count
        firstError = records.lazy.compactMap(\.failure).first
        promptTokens = good.reduce(0) { $0 + $1.promptTokens }
        outputTokens = good.reduce(0) { $0 + $1.outputTokens }
        outputTokensPerSecond = Double(outputTokens) / seconds
        promptTokensPerSecond = Double(promptTokens) / seconds
        requestsPerSecond = Double(requests) / seconds
        timeToFirst = Percentiles(good.compactMap(\.timeToFirst))
        interToken = Percentiles(good.flatMap { zip($0.arrivals.dropFirst(), $0.arrivals).map { $0 - $1 } })
        endToEnd = Percentiles(good.compactMap { record in record.ended.map { $0 - record.began } })
        othersTimeToFirst = flooder.flatMap { flooder in
            Percentiles(good.filter { $0.tenant != flooder }.compactMap(\.timeToFirst))
        }
        engineTimeToFirst = Percentiles(good.compactMap { $0.timeline?.firstToken })
        engineQueue = Percentiles(good.compactMap { $0.timeline?.firstScheduled })
    }

    private enum CodingKeys: String, CodingKey {
        case seconds, requests, errors, steps
        case churnLoadsPerSecond = "churn_loads_per_second"
        case firstError = "first_error"
        case promptTokens = "prompt_tokens"
        case outputTokens = "output_tokens"
        case outputTokensPerSecond = "output_tokens_per_second"
        case promptTokensPerSecond = "prompt_tokens_per_second"
        case requestsPerSecond = "requests_per_second"
        case timeToFirst = "ttft_seconds"
        case interToken = "itl_seconds"
        case endToEnd = "e2e_seconds"
        case othersTimeToFirst = "others_ttft_seconds"
        case engineTimeToFirst = "engine_ttft_seconds"
        case engineQueue = "engine_queue_seconds"
    }
}

/// One number of a run, by which runs are compared.
public enum Figure: String, Hashable, Sendable, Codable {
    case outputRate = "output tokens/s"
    case promptRate = "prompt tokens/s"
    case timeToFirstMedian = "TTFT p50"
    case timeToFirst95 = "TTFT p95"
    case interToken95 = "ITL p95"
    case othersTimeToFirst95 = "TTFT p95 of the others"

    public func value(_ run: RunFigures) -> Double? {
        switch self {
        case .outputRate: run.outputTokensPerSecond
        case .promptRate: run.promptTokensPerSecond
        case .timeToFirstMedian: run.timeToFirst?.p50
        case .timeToFirst95: run.timeToFirst?.p95
        case .interToken95: run.interToken?.p95
        case .othersTimeToFirst95: run.othersTimeToFirst?.p95
        }
    }
}

/// Two things measured in turns: one number a pair, and the middle of them.
public struct Comparison: Hashable, Sendable, Codable {
    public enum Unit: String, Hashable, Sendable, Codable {
        case ratio, milliseconds
    }

    /// Such as `output tokens/s, distinct / base`.
    public let what: String
    public let unit: Unit
    public let pairs: Spread

    /// Nil for no pairs.
    public init?(_ what: String, unit: Unit, pairs: [Double]) {
        guard let pairs = Spread(pairs) else { return nil }
        self.what = what
        self.unit = unit
        self.pairs = pairs
    }

    /// Ratios of runs that ran in turns; a pair where either has no figure is left out.
    public init?(
        _ figure: Figure, _ first: (label: String, runs: [RunFigures]), over second: (label: String, runs: [RunFigures])
    ) {
        let pairs: [Double] = zip(first.runs, second.runs).compactMap { one, other in
            guard let one = figure.value(one), let other = figure.value(other), other > 0 else { return nil }
            return one / other
        }
        self.init("\(figure.rawValue), \(first.label) / \(second.label)", unit: .ratio, pairs: pairs)
    }
}

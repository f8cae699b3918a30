/// What a scenario came to.
public struct ScenarioReport: Hashable, Sendable, Codable {
    /// One of the things that were measured in turns.
    public struct Side: Hashable, Sendable, Codable {
        public let label: String
        public let workload: Workload
        public var runs: [RunFigures] = []

        public init(label: String, workload: Workload) {
            self.label = label
            self.workload = workload
        }

        /// The middle of a figure over the runs; nil when no run has it.
        public func median(_ figure: (RunFigures) -> Double?) -> Double? {
            Spread(runs.compactMap(figure))?.median
        }
    }

    public let name: String
    public let abstract: String
    public let adapters: BenchAdapters
    public var sides: [Side] = []
    /// The first is the one that counts.
    public var comparisons: [Comparison] = []
    public var soak: SoakFigures?

    public init(_ scenario: Scenario) {
        name = scenario.name
        abstract = scenario.abstract
        adapters = scenario.adapters
    }

    public var errors: Int { sides.reduce(0) { $0 + $1.runs.reduce(0) { $0 + $1.errors } } }
    public var requests: Int { sides.reduce(0) { $0 + $1.runs.reduce(0) { $0 + $1.requests } } }
}

/// What a long run left behind.
public struct SoakFigures: Hashable, Sendable, Codable {
    /// Resident memory, in bytes: the mean of the second quarter of the run and of the last one.
    public let residentEarly: Double
    public let residentLate: Double
    public let residentLargest: Int
    /// Pages that nobody should hold once every adapter was evicted; 0 when nothing leaked.
    public let pagesLeft: Int
    /// Requests that had not ended when the grace was over.
    public let stuck: Int
    public let loads: Int
    public let refusedLoads: Int

    /// How far the last quarter is from the second, as a share of it.
    public var growth: Double { residentEarly > 0 ? residentLate / residentEarly - 1 : 0 }

    init(_ watch: DeckWatch, pagesLeft: Int, stuck: Int, loads: Int, refusedLoads: Int) {
        let samples = watch.memory.map(\.residentBytes)
        func mean(_ range: Range<Int>) -> Double {
            range.isEmpty ? 0 : Double(samples[range].reduce(0, +)) / Double(range.count)
        }
        let count = samples.count
        residentEarly = mean(count / 4..<count / 2)
        residentLate = mean(count * 3 / 4..<count)
        residentLargest = samples.max() ?? 0
        self.pagesLeft = pagesLeft
        self.stuck = stuck
        self.loads = loads
        self.refusedLoads = refusedLoads
    }

    private enum CodingKeys: String, CodingKey {
        case stuck, loads
        case residentEarly = "resident_bytes_early"
        case residentLate = "resident_bytes_late"
        case residentLargest = "resident_bytes_largest"
        case pagesLeft = "pages_left"
        case refusedLoads = "refused_loads"
    }
}

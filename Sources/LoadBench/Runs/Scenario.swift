/// A named measurement: a workload, what it is compared with, and the figure that counts.
public struct Scenario: Hashable, Sendable {
    public enum Method: Hashable, Sendable {
        /// The workload by itself, and on other servers.
        case load
        /// The workload against another one on the same deck.
        case compare(with: Workload, label: String, Figure)
        /// A cold adapter's first token against the same resident.
        case cold
        /// A shared prefix: the first request's first token against a later one's.
        case prefix(tokens: Int)
        /// One tenant sends `factor` times its share.
        case flood(factor: Double)
        /// Full load for long: memory, pages, stuck requests.
        case soak
    }

    public var name: String
    /// One line for help.
    public var abstract: String
    public var workload: Workload
    public var adapters: BenchAdapters
    public var method: Method
    /// A flood's rate follows what the deck can serve, rather than the workload.
    public var rateIsMeasured = true
    /// What the workload is called beside another one.
    public var label = "loradeck"
    /// Adapters that the pool is made for beside the KV cache; nil for all.
    public var residentAdapters: Int?
    /// What is compared with other servers, first the one that counts.
    public var figures: [Figure] = [.outputRate, .timeToFirst95, .interToken95]

    public init(name: String, abstract: String, workload: Workload, adapters: BenchAdapters, method: Method) {
        self.name = name
        self.abstract = abstract
        self.workload = workload
        self.adapters = adapters
        self.method = method
    }

    /// Whether other servers can be measured by it.
    public var canRunAgainst: Bool {
        switch method {
        case .load, .prefix: true
        case .compare, .cold, .flood, .soak: false
        }
    }

    /// Sequences at once, at most.
    public var sequences: Int { max(workload.streams, 1) }
    /// Tokens of the longest sequence.
    public var sequenceTokens: Int {
        let prefix = if case .prefix(let tokens) = method { tokens } else { 0 }
        // A word is about one token and a half at worst in usual vocabularies.
        return prefix + workload.promptLength * (workload.promptUnit == .words ? 2 : 1) + workload.outputTokens + 2
    }
}

extension Scenario {
    /// Adapters that must be registered for it.
    public var adaptersNeeded: Int {
        if case .compare(let other, _, _) = method { return max(workload.adaptersNeeded, other.adaptersNeeded) }
        return workload.adaptersNeeded
    }

    /// Turns, where nobody says how many.
    public var usualRuns: Int {
        switch method {
        case .compare, .cold, .prefix, .flood: 5
        case .load, .soak: 1
        }
    }

    /// Keeps prompts of token ids inside the model's vocabulary.
    public mutating func limit(vocabulary: Int) {
        workload.vocabulary = min(workload.vocabulary, vocabulary)
        if case .compare(var other, let label, let figure) = method {
            other.vocabulary = workload.vocabulary
            method = .compare(with: other, label: label, figure)
        }
    }
}

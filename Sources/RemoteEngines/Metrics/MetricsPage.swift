/// One sample of a metrics page.
struct MetricSample: Hashable, Sendable {
    let labels: [String: String]
    let value: Double
}

/// A metrics page in the Prometheus text format (OpenMetrics' too), read without trust: what is no sample is counted and
/// left out, and nothing that the page says makes it take more than a few times its own size.
struct MetricsPage: Sendable {
    /// More samples than any engine has; the rest of a page is not read.
    static let mostSamples = 50_000
    static let mostLabels = 64

    private var samples: [String: [MetricSample]] = [:]
    /// Lines that are no sample and no comment.
    private(set) var unreadableLines = 0
    private(set) var sampleCount = 0

    /// Keeps the samples whose names begin with one of `prefixes`; all without one.
    init(_ bytes: some Collection<UInt8>, prefixes: [String] = []) {
        let wanted = prefixes.map { Array($0.utf8) }
        for line in bytes.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
            var scanner = MetricLine(Array(line))
            scanner.skipSpace()
            guard !scanner.isAtEnd, !scanner.isComment else { continue }
            guard wanted.isEmpty || wanted.contains(where: scanner.starts) else { continue }
            guard sampleCount < Self.mostSamples else { return }
            guard let (name, sample) = scanner.sample() else {
                unreadableLines += 1
                continue
            }
            samples[name, default: []].append(sample)
            sampleCount += 1
        }
    }

    subscript(name: String) -> [MetricSample] { samples[name] ?? [] }

    /// The value of the first of these names that has samples: their sum over all label sets. Nil without any.
    func sum(_ names: String...) -> Double? {
        for name in names {
            let values = self[name].map(\.value).filter(\.isFinite)
            if !values.isEmpty { return values.reduce(0, +) }
        }
        return nil
    }

    /// The largest value under the first of these names that has samples.
    func largest(_ names: String...) -> Double? {
        for name in names {
            if let value = self[name].map(\.value).filter(\.isFinite).max() { return value }
        }
        return nil
    }

    /// The histogram of the first of these names that has buckets, over all its label sets.
    func histogram(_ names: String...) -> BucketCounts? {
        for name in names {
            let buckets = self[name + "_bucket"]
            guard !buckets.isEmpty else { continue }
            var sets: [[String: String]: [(edge: Double, count: Double)]] = [:]
            for bucket in buckets {
                var labels = bucket.labels
                guard let edge = labels.removeValue(forKey: "le").flatMap(MetricLine.number) else { continue }
                sets[labels, default: []].append((edge, bucket.value))
            }
            let counts = sets.values.compactMap { BucketCounts(cumulative: $0) }
            guard let first = counts.first else { continue }
            return counts.dropFirst().reduce(first) { $0.merged(with: $1) }
        }
        return nil
    }
}

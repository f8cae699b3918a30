import DeckCore
import DeckWire
import Foundation

/// One sample of a metrics page.
struct MetricSample: Hashable, Sendable {
    let labels: [String: String]
    let value: Double

    /// The value as a figure of `name`; nil for infinities and what is no number, which such pages write for what was not
    /// measured. Throws for one out of bounds.
    func number(of name: String, in bounds: WireBounds = .count) throws(EngineTrouble) -> Double? {
        guard value.isFinite else { return nil }
        if let complaint = bounds.complaint(value) { throw EngineTrouble("engine sent \(name) \(value): \(complaint)") }
        return value
    }

    /// What a label counts; nil for one that is missing or no whole number.
    func count(inLabel label: String, of name: String) throws(EngineTrouble) -> Int? {
        guard let count = labels[label].flatMap({ Int($0) }) else { return nil }
        if let complaint = WireBounds.count.complaint(Double(count)) {
            throw EngineTrouble("engine sent \(name) \(label) \(count): \(complaint)")
        }
        return count
    }
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

    /// Numbers of the first of these names that has any.
    private func numbers(
        _ names: [String], in bounds: WireBounds = .count, where counts: (MetricSample) -> Bool = { _ in true }
    ) throws(EngineTrouble) -> [Double] {
        for name in names {
            var values: [Double] = []
            for sample in self[name] where counts(sample) {
                if let value = try sample.number(of: name, in: bounds) { values.append(value) }
            }
            if !values.isEmpty { return values }
        }
        return []
    }

    /// The value of the first of these names that has samples: their sum over all label sets. Nil without any.
    func sum(_ names: String...) throws(EngineTrouble) -> Double? {
        let values = try numbers(names)
        return values.isEmpty ? nil : values.reduce(0, +)
    }

    /// The same as a whole number, over those samples that count.
    func count(
        _ name: String, where counts: (MetricSample) -> Bool = { _ in true }
    ) throws(EngineTrouble) -> Int? {
        let values = try numbers([name], where: counts)
        return values.isEmpty ? nil : Int(bounding: values.reduce(0, +))
    }

    /// The largest value under the first of these names that has samples.
    func largest(_ names: String...) throws(EngineTrouble) -> Double? { try numbers(names).max() }

    /// When the youngest of the server's processes began.
    var processStart: Date? {
        get throws(EngineTrouble) {
            try numbers(["process_start_time_seconds"], in: .epoch).max().map { Date(timeIntervalSince1970: $0) }
        }
    }

    /// The histogram of the first of these names that has buckets, over all its label sets.
    func histogram(_ names: String...) throws(EngineTrouble) -> BucketCounts? {
        for name in names {
            let buckets = self[name + "_bucket"]
            guard !buckets.isEmpty else { continue }
            var sets: [[String: String]: [(edge: Double, count: Double)]] = [:]
            for bucket in buckets {
                var labels = bucket.labels
                guard let text = labels.removeValue(forKey: "le"), let edge = MetricLine.number(text) else { continue }
                if edge.isFinite, let complaint = WireBounds.signed.complaint(edge) {
                    throw EngineTrouble("engine sent \(name) le \(edge): \(complaint)")
                }
                sets[labels, default: []].append((edge, try bucket.number(of: name + "_bucket") ?? .nan))
            }
            let counts = sets.values.compactMap { BucketCounts(cumulative: $0) }
            guard let first = counts.first else { continue }
            return counts.dropFirst().reduce(first) { $0.merged(with: $1) }
        }
        return nil
    }
}

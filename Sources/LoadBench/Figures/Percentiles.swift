/// A distribution in a few numbers, in the unit of its values.
public struct Percentiles: Hashable, Sendable, Codable {
    public let count: Int
    public let p50: Double
    public let p95: Double
    public let p99: Double
    public let largest: Double

    /// Nil for no values.
    public init?(_ values: [Double]) {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        count = sorted.count
        p50 = Self.value(0.5, of: sorted)
        p95 = Self.value(0.95, of: sorted)
        p99 = Self.value(0.99, of: sorted)
        largest = sorted[sorted.count - 1]
    }

    /// The value at a share of sorted values, between neighbours in proportion (numpy's and Excel's default).
    static func value(_ share: Double, of sorted: [Double]) -> Double {
        let place = share * Double(sorted.count - 1)
        let low = Int(place)
        guard low + 1 < sorted.count else { return sorted[sorted.count - 1] }
        return sorted[low] + (sorted[low + 1] - sorted[low]) * (place - Double(low))
    }
}

/// The middle of several runs, and how far they spread.
public struct Spread: Hashable, Sendable, Codable {
    public let values: [Double]
    public let median: Double
    public let smallest: Double
    public let largest: Double

    /// Nil for no values.
    public init?(_ values: [Double]) {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        self.values = values
        median = Percentiles.value(0.5, of: sorted)
        smallest = sorted[0]
        largest = sorted[sorted.count - 1]
    }
}

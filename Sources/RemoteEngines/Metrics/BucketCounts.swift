import DeckCore

/// How many values fell into each bucket of a histogram.
struct BucketCounts: Hashable, Sendable {
    /// Upper edges, ascending and finite.
    let edges: [Double]
    /// One for each edge, and those beyond the last.
    private(set) var counts: [Double]

    /// From counts of values up to each edge, as Prometheus writes them, in any order. Nil when they are no histogram.
    init?(cumulative: [(edge: Double, count: Double)]) {
        guard cumulative.count <= 4096,
            cumulative.allSatisfy({ $0.edge > -.infinity && $0.count.isFinite && $0.count >= 0 })
        else { return nil }
        var edges: [Double] = []
        var counts: [Double] = []
        var below = 0.0
        for (edge, count) in cumulative.sorted(by: { $0.edge < $1.edge }) where edge != edges.last {
            // A page that is written while it is counted may lag by a value.
            counts.append(max(0, count - below))
            below = max(below, count)
            guard edge < .infinity else { break }
            edges.append(edge)
        }
        guard !edges.isEmpty else { return nil }
        if counts.count == edges.count { counts.append(0) }
        self.edges = edges
        self.counts = counts
    }

    private init(edges: [Double], counts: [Double]) {
        self.edges = edges
        self.counts = counts
    }

    var total: Double { counts.reduce(0, +) }

    /// What was counted since `earlier`; nil when this is no continuation of it: other edges, or fewer values somewhere.
    func since(_ earlier: BucketCounts) -> BucketCounts? {
        guard edges == earlier.edges else { return nil }
        let counts = zip(counts, earlier.counts).map { $0 - $1 }
        return counts.allSatisfy { $0 >= 0 } ? BucketCounts(edges: edges, counts: counts) : nil
    }

    /// The values of both. Where their edges differ, values are taken to lie evenly inside a bucket.
    func merged(with other: BucketCounts) -> BucketCounts {
        if edges == other.edges {
            return BucketCounts(edges: edges, counts: zip(counts, other.counts).map { $0 + $1 })
        }
        let union = Set(edges).union(other.edges).sorted()
        var merged: [Double] = []
        var below = 0.0
        for edge in union {
            let upTo = count(upTo: edge) + other.count(upTo: edge)
            merged.append(upTo - below)
            below = upTo
        }
        merged.append(max(0, total + other.total - below))
        return BucketCounts(edges: union, counts: merged)
    }

    private func count(upTo value: Double) -> Double {
        var sum = 0.0
        var low = 0.0
        for (index, edge) in edges.enumerated() {
            guard edge > value else {
                sum += counts[index]
                low = edge
                continue
            }
            let width = edge - low
            return width > 0 && value > low ? sum + counts[index] * (value - low) / width : sum
        }
        return sum
    }

    /// The value below which `share` of all lie, between its bucket's edges in proportion; nil without values. A value
    /// beyond the last edge is given as that edge.
    func quantile(_ share: Double) -> Double? {
        let total = total
        guard total > 0 else { return nil }
        let rank = share * total
        var below = 0.0
        for (index, edge) in edges.enumerated() {
            let count = counts[index]
            if count > 0, below + count >= rank {
                let low = index == 0 ? min(0, edge) : edges[index - 1]
                return low + (edge - low) * max(0, rank - below) / count
            }
            below += count
        }
        return edges.last
    }

    /// Nil without values.
    var summary: LatencySummary? {
        guard let p50 = quantile(0.5), let p95 = quantile(0.95), let last = counts.lastIndex(where: { $0 > 0 }) else {
            return nil
        }
        return LatencySummary(
            count: Int(bounding: total), p50: p50, p95: p95, max: edges[min(last, edges.count - 1)], isBucketed: true)
    }
}

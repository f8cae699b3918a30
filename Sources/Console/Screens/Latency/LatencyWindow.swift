import DeckCore
import Foundation

/// What the requests that ended in a stretch of time say: where their time went, and whether objectives were met.
struct LatencyWindow: Sendable {
    /// The sums over one adapter's requests, or over all.
    struct Sums: Sendable {
        var requests = 0
        /// By the place of the stage in `Stage.allCases`.
        private var seconds = Array(repeating: 0.0, count: Stage.allCases.count)
        /// Who asked.
        fileprivate(set) var origins: Set<String> = []
        /// The strictest objective of those who asked, for the time to the first token; nil when none has one.
        fileprivate(set) var objective: Double?
        /// Of the requests that got a first token: all, and those that met the objective.
        fileprivate(set) var answered = 0
        fileprivate(set) var met = 0

        fileprivate mutating func add(_ stages: RequestStages, from origin: String) {
            requests += 1
            for span in stages.spans { seconds[span.stage.rawValue] += span.seconds }
            origins.insert(origin)
        }

        subscript(stage: Stage) -> Double { seconds[stage.rawValue] }

        var total: Double { seconds.reduce(0, +) }

        /// In 0...1; nil where there is no objective, or nothing to judge.
        var metShare: Double? {
            objective == nil || answered == 0 ? nil : Double(met) / Double(answered)
        }
    }

    private(set) var deck = Sums()
    private var targets: [Target: Sums] = [:]

    init() {}

    init(_ requests: ArraySlice<RequestSnapshot>, _ snapshot: DeckSnapshot) {
        for request in requests {
            let stages = RequestStages(request, elapsed: request.timeline.finished ?? 0)
            deck.add(stages, from: request.origin)
            targets[request.target, default: Sums()].add(stages, from: request.origin)
        }
        let goals = Dictionary(
            snapshot.tenants.compactMap { tenant in tenant.targetSeconds.map { (tenant.name, $0) } },
            uniquingKeysWith: { first, _ in first })
        for adapter in snapshot.adapters {
            // An adapter's owner has its objective though nobody asked in this time.
            guard let tenant = adapter.tenant, goals[tenant] != nil else { continue }
            targets[.adapter(adapter.name), default: Sums()].origins.insert(tenant)
        }
        guard !goals.isEmpty else { return }
        for (target, sums) in targets {
            targets[target]?.objective = sums.origins.compactMap { goals[$0] }.min()
        }
        deck.objective = goals.values.min()
        // Each request is judged by the objective of who sent it.
        for request in requests {
            guard let goal = goals[request.origin], let first = request.timeline.firstToken else { continue }
            deck.answered += 1
            targets[request.target]?.answered += 1
            guard first <= goal else { continue }
            deck.met += 1
            targets[request.target]?.met += 1
        }
    }

    /// Of the whole deck for nil.
    subscript(target: Target?) -> Sums { target.map { targets[$0] ?? Sums() } ?? deck }
}

/// Counts of requests by how long they took and when they ended.
struct LatencyMap: Sendable {
    /// From the slowest row down: the longest time of the row in seconds, and how many took that long in each column.
    let rows: [(limit: Double, counts: [Int])]

    /// - Parameters:
    ///   - end: the moment of the right edge; columns keep their places on the clock.
    init(
        _ requests: ArraySlice<RequestSnapshot>, target: Target?, measure: Measure, rows height: Int, columns: Int,
        span: Double, until end: Date
    ) {
        guard height > 0, columns > 0 else {
            rows = []
            return
        }
        let step = span / Double(columns)
        let last = (end.timeIntervalSince1970 / step).rounded(.down)
        var points: [(column: Int, seconds: Double)] = []
        for request in requests where target.map({ $0 == request.target }) ?? true {
            guard let seconds = measure.seconds(request), seconds > 0 else { continue }
            let column = (columns - 1).minus(
                Int(bounding: last - (request.ended.timeIntervalSince1970 / step).rounded(.down)))
            if column >= 0, column < columns { points.append((column, seconds)) }
        }
        guard let least = points.map(\.seconds).min(), let most = points.map(\.seconds).max() else {
            rows = []
            return
        }
        // Each row is twice, or a root of two times, as long as the one below: latencies spread over powers.
        let bottom = Self.power(least).rounded(.down)
        let octaves = max(1, Self.power(most).rounded(.down) - bottom + 1)
        let perOctave = Double(height) >= octaves * 2 ? 2.0 : Double(height) >= octaves ? 1 : 0
        let factor = perOctave > 0 ? 1 / perOctave : (octaves / Double(height)).rounded(.up)
        let count = max(1, min(height, Int(bounding: (octaves / factor).rounded(.up))))
        var counts = Array(repeating: Array(repeating: 0, count: columns), count: count)
        for point in points {
            let row = max(0, min(count - 1, Int(bounding: (Self.power(point.seconds) - bottom) / factor)))
            counts[row][point.column] += 1
        }
        rows = counts.enumerated().reversed().map { row, counts in
            (Self.unit * pow(2, bottom + Double(row + 1) * factor), counts)
        }
    }

    private static let unit = 1e-3
    private static func power(_ seconds: Double) -> Double { log2(max(seconds, unit / 1024) / unit) }
}

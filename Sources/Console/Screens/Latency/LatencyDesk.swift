import DeckCore
import Foundation

/// What the latency screen remembers.
public struct LatencyDesk: Sendable {
    /// What a row is about.
    public enum Row: Hashable, Sendable {
        case deck
        case target(Target)

        /// Nil is the whole deck.
        var target: Target? {
            switch self {
            case .deck: nil
            case .target(let target): target
            }
        }

        var label: String { target?.label ?? "all" }
    }

    /// What stands below the table where there is not room for everything.
    public enum Panel: String, Hashable, Sendable, CaseIterable {
        case graph, map, spent, slowest
    }

    /// What the rows can be ordered by.
    static let sorts: [SortKey] = [
        .firstToken95, .firstToken50, .interToken95, .interToken50, .rate, .activity, .name,
    ]
    /// Seconds for which the order stands still after the cursor moved, and between two looks at ended requests.
    static let holdSeconds = 3.0
    static let windowSeconds = 1.0

    public internal(set) var cursor = RowCursor<Row>(.deck)
    public internal(set) var span = TimeSpan.fiveMinutes
    public internal(set) var measure = Measure.firstToken
    public internal(set) var panel = Panel.graph
    public private(set) var sort = SortKey.firstToken95
    public private(set) var isDescending = true
    public private(set) var rows: [Row] = [.deck]
    private(set) var window = LatencyWindow()
    private var windowTime: Date?
    private var heldUntil = -Double.infinity

    public init() {}

    mutating func hold(now: Double) { heldUntil = now + Self.holdSeconds }

    mutating func order(by sort: SortKey, descending: Bool) {
        self.sort = sort
        isDescending = descending
        heldUntil = -.infinity
    }

    /// The next update looks at the ended requests again.
    mutating func forgetWindow() { windowTime = nil }

    mutating func update(from snapshot: DeckSnapshot, _ log: RequestLog, now: Double, isFrozen: Bool) {
        let age = windowTime.map { abs(snapshot.time.timeIntervalSince($0)) } ?? .infinity
        if age >= Self.windowSeconds {
            window = LatencyWindow(log.ended(within: span.seconds, until: snapshot.time), snapshot)
            windowTime = snapshot.time
        }
        let targets = [Target.base] + snapshot.adapters.map { .adapter($0.name) }
        if (isFrozen || now < heldUntil), rows.count == targets.count + 1 { return }
        let values = [snapshot.base] + snapshot.adapters
        let places = values.indices.sorted { left, right in
            guard let ascending = sort.precedes(values[left], values[right]) else { return left < right }
            return ascending != isDescending
        }
        rows = [.deck] + places.map { .target(targets[$0]) }
    }
}

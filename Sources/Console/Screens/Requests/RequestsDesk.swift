import DeckCore
import Foundation
import TerminalKit

/// What the request screen remembers: the order, the filter, and a cursor that stays on its request.
public struct RequestsDesk: Sendable {
    /// Seconds for which the order stands still after the cursor moved.
    static let holdSeconds = 3.0

    public private(set) var sort = RequestSort.recent
    public private(set) var isDescending = true
    public private(set) var filter = Filter()
    /// What the filter lets through, in display order.
    public private(set) var rows: [RequestSnapshot] = []
    /// Live and ended ones, before the filter.
    public private(set) var count = 0
    public internal(set) var cursor = RowCursor<RequestID>()
    private var heldUntil = -Double.infinity

    public init() {}

    /// Keeps the order as it is for some seconds.
    mutating func hold(now: Double) { heldUntil = now + Self.holdSeconds }

    mutating func order(by sort: RequestSort, descending: Bool) {
        self.sort = sort
        isDescending = descending
        heldUntil = -.infinity
    }

    mutating func setFilter(_ text: String) { filter = Filter(text) }

    /// Takes a moment in: its live requests and those that had ended by then. While the order is held, new ones come last.
    mutating func update(from snapshot: DeckSnapshot, _ log: RequestLog, now: Double, isFrozen: Bool) {
        // New ones come when the list may move; those in it go on.
        if isFrozen, !rows.isEmpty {
            let fresh = Dictionary(snapshot.requests.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            for index in rows.indices where rows[index].phase.isLive {
                let id = rows[index].id
                if let request = fresh[id] ?? log[id] { rows[index] = request }
            }
            return
        }
        let live = snapshot.requests.filter(\.phase.isLive)
        let ended = log.ended(within: .infinity, until: snapshot.time)
        count = live.count + ended.count
        var all = live.reversed() + ended.reversed()
        if !filter.isEmpty { all = all.filter { filter.accepts(Self.fields($0)) } }
        if now < heldUntil, !rows.isEmpty {
            var places: [RequestID: Int] = [:]
            for (place, request) in rows.enumerated() { places[request.id] = place }
            let last = rows.count
            rows = Self.sorted(all, descending: false) { Double(places[$0.id] ?? last) }
        } else if sort == .recent {
            rows = isDescending ? all : all.reversed()
        } else if sort.isText {
            let texts = all.enumerated().map { ($0.offset, sort.text($0.element)) }
            rows = texts.sorted { left, right in
                if left.1 != right.1 { return (left.1 < right.1) != isDescending }
                return left.0 < right.0
            }.map { all[$0.0] }
        } else {
            rows = Self.sorted(all, descending: isDescending) { sort.number($0, at: snapshot) }
        }
    }

    /// By a number; equal ones keep their order, in either direction.
    private static func sorted(
        _ requests: [RequestSnapshot], descending: Bool, by key: (RequestSnapshot) -> Double
    ) -> [RequestSnapshot] {
        // Requests are large: their places are sorted, not they.
        requests.enumerated().map { ($0.offset, key($0.element)) }.sorted { left, right in
            if left.1 != right.1 { return descending ? left.1 > right.1 : left.1 < right.1 }
            return left.0 < right.0
        }.map { requests[$0.0] }
    }

    private static func fields(_ request: RequestSnapshot) -> [String] {
        ["\(request.id)", request.target.label, request.origin, request.phase.word, request.phase.words]
    }
}

import DeckCore
import TerminalKit

/// An ordered, filtered list of the base and the adapters. It knows rows by identity, so that a new order never moves
/// the cursor to another adapter.
public struct AdapterList: Hashable, Sendable {
    /// Seconds for which the order stands still after the cursor moved.
    static let holdSeconds = 3.0

    public var sort: SortKey
    public var isDescending: Bool
    public private(set) var filter = Filter()
    /// Every row in display order, before the filter.
    private(set) var order: [Target] = []
    /// The rows that the filter lets through, in display order.
    public private(set) var rows: [Target] = []
    public var window = ScrollWindow()
    private var heldUntil = -Double.infinity

    public init(sort: SortKey, isDescending: Bool) {
        self.sort = sort
        self.isDescending = isDescending
    }

    /// Keeps the order as it is for some seconds.
    public mutating func hold(now: Double) { heldUntil = now + Self.holdSeconds }

    /// Lets the next update sort again.
    public mutating func release() { heldUntil = -.infinity }

    /// Takes a new moment in. While the order is held, new adapters come last and gone ones leave. An order by name has
    /// nothing to hold: no figure moves it.
    public mutating func update(from snapshot: DeckSnapshot, now: Double, isFrozen: Bool) {
        let found = Dictionary(
            snapshot.adapters.map { (Target.adapter($0.name), $0) }, uniquingKeysWith: { first, _ in first })
        func adapter(_ target: Target) -> AdapterSnapshot { found[target] ?? snapshot.base }
        let known = Set(order)
        let all = [Target.base] + snapshot.adapters.map { Target.adapter($0.name) }
        if isFrozen || now < heldUntil, sort != .name, !order.isEmpty {
            let present = Set(all)
            order = order.filter { present.contains($0) } + all.filter { !known.contains($0) }
        } else {
            order = all.sorted { left, right in
                // Equal rows stand by name in either direction, so that they do not swap from frame to frame.
                // The base has no name of its own: it stands before the first.
                if sort == .name { return isDescending ? right < left : left < right }
                guard let ascending = sort.precedes(adapter(left), adapter(right)) else { return left < right }
                return ascending != isDescending
            }
        }
        rows = order.filter { filter.accepts(Self.fields(adapter($0), $0)) }
    }

    public mutating func setFilter(_ text: String, snapshot: DeckSnapshot?, now: Double) {
        filter = Filter(text)
        if let snapshot { update(from: snapshot, now: now, isFrozen: true) }
    }

    /// Puts a row in sight.
    mutating func reveal(_ target: Target?, height: Int) {
        window.reveal(target.flatMap { rows.firstIndex(of: $0) }, count: rows.count, height: height)
    }

    private static func fields(_ adapter: AdapterSnapshot, _ target: Target) -> [String] {
        var fields = [target.label, adapter.tenant ?? ""]
        if target != .base { fields.append(adapter.state.word) }
        if adapter.isPinned { fields.append("pinned") }
        return fields
    }
}

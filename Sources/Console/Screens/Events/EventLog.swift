import DeckCore
import TerminalKit

/// The events seen so far: longer than what one snapshot carries, bounded, with a filter, a cursor and follow mode.
public struct EventLog: Hashable, Sendable {
    static let capacity = 2_000

    /// Oldest first.
    public private(set) var events: [DeckEvent] = []
    public private(set) var filter = Filter()
    /// What the filter lets through, oldest first.
    public private(set) var rows: [DeckEvent] = []
    /// The event under the cursor; nil while there is none.
    public private(set) var selected: Int64?
    /// Whether the cursor stays on the newest event.
    public var isFollowing = true
    public var window = ScrollWindow()

    public init() {}

    public var selectedIndex: Int? { rows.firstIndex { $0.id == selected } }

    /// Appends what is newer than everything known.
    public mutating func take(_ latest: [DeckEvent]) {
        let known = events.last?.id ?? .min
        let added = latest.filter { $0.id > known }
        guard !added.isEmpty else { return }
        events = (events + added).suffix(Self.capacity)
        refresh()
    }

    /// Shows another stretch of the log: what had happened up to a moment of the past, or all of it again.
    mutating func show(_ stretch: [DeckEvent]) {
        events = stretch
        refresh()
    }

    public mutating func setFilter(_ text: String) {
        filter = Filter(text)
        refresh()
    }

    /// Moves the cursor by rows; at the newest event it follows again.
    public mutating func move(by rows: Int) {
        guard !self.rows.isEmpty else { return }
        select(index: (selectedIndex ?? self.rows.count - 1) + rows)
    }

    public mutating func select(index: Int) {
        guard !rows.isEmpty else { return }
        let bounded = max(0, min(rows.count - 1, index))
        selected = rows[bounded].id
        isFollowing = bounded == rows.count - 1
    }

    public mutating func follow() {
        isFollowing = true
        refresh()
    }

    private mutating func refresh() {
        rows = events.filter { event in
            filter.accepts([
                event.message, event.subject ?? "", event.actor, event.kind.rawValue, event.level.rawValue,
            ])
        }
        if isFollowing || selectedIndex == nil { selected = rows.last?.id }
    }
}

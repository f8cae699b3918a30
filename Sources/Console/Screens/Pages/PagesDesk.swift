import DeckCore
import TerminalKit

/// What the page screen remembers. The page under the cursor and the owner under the other cursor belong together: the
/// panel that has the keys leads, the other one follows.
public struct PagesDesk: Sendable {
    /// Where keys go.
    enum Focus: Hashable, Sendable {
        case map, owners
    }

    /// What the owners are ordered by.
    enum Sort: String, Hashable, Sendable, CaseIterable {
        case pages, overhead, owner, state
    }

    var focus = Focus.map
    /// The page under the cursor.
    var cursor = 0
    /// Steps in, from the whole pool at once.
    var zoom = 0
    /// The map's rows in sight.
    var window = ScrollWindow()
    var owners = RowCursor<PageHolding.ID>()
    var sort = Sort.pages
    var isDescending = true
    var filter = Filter()

    /// The owners that the filter lets through, in order.
    func rows(_ holdings: PageHoldings, pageBytes: Int) -> [PageHolding] {
        holdings.all.filter { holding in
            filter.accepts([holding.owner.label, holding.owner.phaseWord, holding.owner.kindWord])
        }.sorted { left, right in
            let order: (Int, Int) =
                switch sort {
                case .pages: (left.pages, right.pages)
                case .overhead: (left.overheadBytes, right.overheadBytes)
                case .owner, .state: (0, 0)
                }
            if order.0 != order.1 { return (order.0 < order.1) != isDescending }
            if sort == .state, left.owner.phaseWord != right.owner.phaseWord {
                return (left.owner.phaseWord < right.owner.phaseWord) != isDescending
            }
            if left.owner.label != right.owner.label {
                return (left.owner.label < right.owner.label) != (isDescending && sort == .owner)
            }
            return left.firstPage ?? 0 < right.firstPage ?? 0
        }
    }

    /// Whose pages stand out: those of the owners that the filter finds, or of the owner under the cursor of the list.
    func spotlight(_ state: ConsoleState, _ holdings: PageHoldings) -> Set<PageHolding.ID>? {
        if !filter.isEmpty {
            return Set(rows(holdings, pageBytes: state.snapshot?.pool.pageBytes ?? 0).map(\.id))
        }
        return focus == .owners ? owners.selected.map { [$0] } : nil
    }
}

extension PageOwner {
    /// The kind of content, for filters.
    var kindWord: String {
        switch self {
        case .free: "free"
        case .adapter: "adapter weights"
        case .sequence: "kv cache sequence"
        case .cachedPrefix: "cached prefix kv"
        }
    }
}

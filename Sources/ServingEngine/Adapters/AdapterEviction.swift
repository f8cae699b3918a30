import DeckCore

/// Which adapters could leave, in which order, and what that makes free.
extension AdapterStore {
    /// An adapter's share in a sum, for refusals.
    struct Share: Hashable, Sendable {
        let name: String
        let pages: Int
    }

    /// An adapter that gave its pages back.
    struct Evicted: Hashable, Sendable {
        let key: AdapterKey
        let name: String
        let pages: Int
    }

    /// Resident or draining, without a running sequence, not pinned: least recently used first, but versions that a preempted sequence
    /// will come back to last.
    func evictable(protecting: Set<AdapterKey>) -> [AdapterRecord] {
        active.compactMap { records[$0] }
            .filter { isEvictable($0) && !protecting.contains($0.key) }
            .sorted { ($0.suspended > 0 ? 1 : 0, $0.lastUsed) < ($1.suspended > 0 ? 1 : 0, $1.lastUsed) }
    }

    func isEvictable(_ record: AdapterRecord) -> Bool {
        (record.state == .resident || record.state == .draining) && record.running == 0
            && !isPinned(record)
    }

    func evictablePages(protecting: Set<AdapterKey> = []) -> Int {
        active.reduce(0) { sum, key in
            guard let record = records[key], isEvictable(record), !protecting.contains(key) else {
                return sum
            }
            return sum + record.pages.count
        }
    }

    /// Evicts idle adapters until `count` pages are free, and returns them; nil, and nothing done, when that cannot be.
    /// The only place where an adapter leaves without an operator's order.
    mutating func makeRoom(_ count: Int, protecting: Set<AdapterKey>, pool: inout PagePool)
        -> [Evicted]?
    {
        guard pool.freeCount < count else { return [] }
        var leaving: [Evicted] = []
        var free = pool.freeCount
        for record in evictable(protecting: protecting) {
            leaving.append(Evicted(key: record.key, name: record.name, pages: record.pages.count))
            free += record.pages.count
            if free >= count { break }
        }
        guard free >= count else { return nil }
        for adapter in leaving { evict(adapter.key, pool: &pool) }
        return leaving
    }

    /// "needs 688 pages, 412 free, 300 evictable (adapter x 120, y 180)" (invariant 8).
    func arithmetic(needed: Int, protecting: Set<AdapterKey> = [], pool: PagePool) -> String {
        let shares = evictable(protecting: protecting).map {
            Share(name: $0.name, pages: $0.pages.count)
        }
        let sum = shares.reduce(0) { $0 + $1.pages }
        return "needs \(needed) pages, \(pool.freeCount) free, \(sum) evictable"
            + (shares.isEmpty ? "" : " (adapter \(Self.list(shares)))")
    }

    /// Pages that pins hold, or will hold when they are resident, of every pinned adapter whose size is known.
    func pinnedPages(except key: AdapterKey? = nil) -> [Share] {
        pinnedNames.sorted().compactMap { name in
            guard let record = currentRecord(name), record.key != key, let pages = record.pagesNeeded
            else { return nil }
            return Share(name: name, pages: pages)
        }
    }

    /// Why pinning `key` would leave no room to serve; nil when it leaves enough, or its size is not known yet.
    func pinRefusal(_ key: AdapterKey, tokensPerPage: Int, pool: PagePool) -> String? {
        guard let record = records[key], let needed = record.pagesNeeded else { return nil }
        let shares = pinnedPages(except: key) + [Share(name: record.name, pages: needed)]
        let pinned = shares.reduce(0) { $0 + $1.pages }
        guard pinned + servingReserve > pool.pageCount else { return nil }
        return
            "pinning \(record.name) would pin \(pinned) of \(pool.pageCount) pages (\(Self.list(shares))) and leave "
            + "\(max(0, pool.pageCount - pinned)); serving one sequence of \(servingReserve * tokensPerPage) tokens "
            + "needs \(servingReserve)"
    }

    static func list(_ shares: [Share], limit: Int = 8) -> String {
        let shown = shares.prefix(limit).map { "\($0.name) \($0.pages)" }.joined(separator: ", ")
        return shares.count > limit ? "\(shown), and \(shares.count - limit) more" : shown
    }
}

import DeckCore

/// What could leave, in which order, and what that makes free: one policy for adapters and cached prefixes.
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
        let digest: Digest
        let pages: Int
    }

    /// Resident or draining, without a running sequence, not pinned.
    func isEvictable(_ record: AdapterRecord) -> Bool {
        (record.state == .resident || record.state == .draining) && record.running == 0
            && !isPinned(record)
    }

    /// Pages that eviction could free: idle adapters', but none of `protecting`, and cached prefixes' without users.
    func evictablePages(protecting: Set<AdapterKey> = [], pool: PagePool) -> Int {
        evictableAdapterPages(protecting: protecting) + pool.prefixes.idleCount
    }

    func evictableAdapterPages(protecting: Set<AdapterKey> = []) -> Int {
        // Those that are protected are few; those that could leave may be many.
        idle.pageCount - protecting.reduce(0) { $0 + (idle.pages(of: $1) ?? 0) }
    }

    /// Evicts until `count` pages are free, what is worth least first, and returns the adapters that left; nil, and nothing
    /// done, when that cannot be. The only place where an adapter leaves without an operator's order.
    mutating func makeRoom(_ count: Int, protecting: Set<AdapterKey>, pool: inout PagePool)
        -> [Evicted]?
    {
        guard pool.freeCount < count else { return [] }
        guard pool.freeCount + evictablePages(protecting: protecting, pool: pool) >= count else { return nil }
        var leaving: [Evicted] = []
        var kept: [AdapterKey] = []
        while pool.freeCount < count {
            let adapter = idle.first
            let leaf = pool.prefixes.firstLeaf
            if let adapter, leaf.map({ adapter.rank < $0.rank }) ?? true {
                guard !protecting.contains(adapter.element), let record = records[adapter.element] else {
                    setAside(adapter.element, true)
                    kept.append(adapter.element)
                    continue
                }
                leaving.append(
                    Evicted(
                        key: record.key, name: record.name, digest: record.version.digest, pages: record.pages.count))
                pool.policy.evicted(adapter.rank)
                evict(record.key, pool: &pool)
            } else {
                guard leaf != nil else { break }
                pool.evictPrefixPage()
            }
        }
        for key in kept { setAside(key, false) }
        return leaving
    }

    /// "needs 688 pages, 412 free, 300 evictable (adapter x 120, y 140; cached prefixes 40)" (invariant 8).
    func arithmetic(needed: Int, protecting: Set<AdapterKey> = [], pool: PagePool) -> String {
        let shares = idle.elements.compactMap { protecting.contains($0) ? nil : records[$0] }
            .sorted { $0.rank < $1.rank }.map { Share(name: $0.name, pages: $0.pages.count) }
        let cached = pool.prefixes.idleCount
        let parts =
            (shares.isEmpty ? [] : ["adapter \(Self.list(shares))"])
            + (cached == 0 ? [] : ["cached prefixes \(cached)"])
        let sum = shares.reduce(0) { $0 + $1.pages } + cached
        return "needs \(needed.counted("page")), \(pool.freeCount) free, \(sum) evictable"
            + (parts.isEmpty ? "" : " (\(parts.joined(separator: "; ")))")
    }

    /// What is wrong with the order of eviction; nil when nothing is.
    func integrityFault() -> String? {
        for key in active {
            guard let record = records[key] else { return "a version without record is active" }
            let pages = isEvictable(record) ? record.pages.count : nil
            if idle.pages(of: key) != pages { return "\(record.name) is evictable: \(pages != nil)" }
        }
        return idle.elements.contains { !active.contains($0) }
            ? "what is not active is evictable" : idle.integrityFault()
    }

    /// Pages that pins hold, or will hold when they are resident, of every pinned adapter whose size is known.
    func pinnedPages(except key: AdapterKey? = nil) -> [Share] {
        guard !pinnedNames.isEmpty else { return [] }
        return pinnedNames.sorted().compactMap { name in
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
            "pinning \(record.name) would pin \(pinned) of \(pool.pageCount.counted("page")) (\(Self.list(shares))) and leave "
            + "\(max(0, pool.pageCount - pinned)); serving one sequence of \(servingReserve * tokensPerPage) tokens "
            + "needs \(servingReserve)"
    }

    static func list(_ shares: [Share], limit: Int = 8) -> String {
        let shown = shares.prefix(limit).map { "\($0.name) \($0.pages)" }.joined(separator: ", ")
        return shares.count > limit ? "\(shown), and \(shares.count - limit) more" : shown
    }
}

import DeckCore

/// Who holds a page: an adapter's version, a sequence's KV cache, or the cache of prefixes, which sequences share.
/// Nobody else ever does (invariant 2).
enum PageHolder: Hashable, Sendable {
    case adapter(AdapterKey)
    case sequence(RequestID)
    case prefix(PrefixRoot)
}

/// The accounts of the one pool: which page number belongs to whom. Memory is elsewhere (`PoolMemory`).
///
/// Pages of KV cache and of adapter weights are the same pages (S-LoRA's unified paging, but by bytes).
/// `allocate` and `release` never evict, wait or touch memory: whoever wants room makes it first.
struct PagePool: Sendable {
    /// Pages that may be held at once.
    private(set) var pageCount: Int
    /// A stack; the page freed last is given out first, so that memory once touched is used again before fresh memory.
    /// The first `retired` of it are never given out: they are the numbers that the pool lost when it shrank.
    private var free: [Int32]
    private var retired = 0
    /// The holder of each page number; nil is free.
    private(set) var holders: [PageHolder?]
    /// Pages of each holder; no entry is zero.
    private var counts: [PageHolder: Int] = [:]
    /// Pages that outlive the sequences that computed them. Changed through `PagePool` only.
    var prefixes = PrefixTree()
    var prefixCounters = PrefixCounters()
    /// What adapters and cached prefixes are worth.
    var policy = EvictionPolicy()

    init(pageCount: Int) {
        precondition(pageCount > 0)
        self.pageCount = pageCount
        free = (0..<Int32(pageCount)).reversed()
        holders = Array(repeating: nil, count: pageCount)
    }

    var freeCount: Int { free.count - retired }
    var usedCount: Int { holders.count - free.count }
    /// Page numbers that the pool lost.
    var retiredPages: ArraySlice<Int32> { free[..<retired] }

    /// Pages that `holder` has.
    func count(of holder: PageHolder) -> Int { counts[holder] ?? 0 }

    /// Pages that hold KV cache of one sequence alone.
    var kvCount: Int {
        counts.reduce(0) { sum, entry in
            if case .sequence = entry.key { sum + entry.value } else { sum }
        }
    }

    /// Gives `count` pages to `holder`, all or none: nil when fewer are free. This call may not evict.
    mutating func allocate(_ count: Int, for holder: PageHolder) -> [Int32]? {
        guard count <= freeCount else { return nil }
        guard count > 0 else { return [] }
        let pages = Array(free.suffix(count).reversed())
        free.removeLast(count)
        for page in pages { holders[Int(page)] = holder }
        counts[holder, default: 0] += count
        return pages
    }

    /// Takes `pages` back. Every one of them must be `holder`'s: a page is never freed twice or by another.
    mutating func release(_ pages: [Int32], of holder: PageHolder) {
        guard !pages.isEmpty else { return }
        for page in pages {
            precondition(holders[Int(page)] == holder, "page \(page) freed by \(holder), held by another")
            holders[Int(page)] = nil
        }
        free.append(contentsOf: pages.reversed())
        add(-pages.count, to: holder)
    }

    /// Gives a page of `holder` to another one.
    mutating func move(_ page: Int32, from holder: PageHolder, to other: PageHolder) {
        precondition(holders[Int(page)] == holder, "page \(page) taken from \(holder), held by another")
        holders[Int(page)] = other
        add(-1, to: holder)
        add(1, to: other)
    }

    private mutating func add(_ count: Int, to holder: PageHolder) {
        let sum = counts[holder, default: 0] + count
        counts[holder] = sum == 0 ? nil : sum
    }

    /// Changes how many pages may be held at once; no page moves. Free numbers become `retiredPages`, the highest ones,
    /// and come back when the pool grows. At least `usedCount`.
    mutating func resize(to count: Int) {
        precondition(count >= max(1, usedCount), "\(usedCount) pages are used")
        if count > holders.count {
            free.append(contentsOf: Int32(holders.count)..<Int32(count))
            holders += Array(repeating: nil, count: count - holders.count)
        }
        free.sort(by: >)
        pageCount = count
        retired = holders.count - count
    }

    /// What is wrong with the accounts; nil when nothing is (invariant 11).
    func integrityFault() -> String? {
        var seen: [PageHolder: Int] = [:]
        var held = 0
        for (page, holder) in holders.enumerated() {
            guard let holder else { continue }
            seen[holder, default: 0] += 1
            held += 1
            if case .prefix(let root) = holder, prefixes.root(of: Int32(page)) != root {
                return "page \(page) is held as a prefix that is not cached"
            }
        }
        if seen != counts { return "holders' counts \(counts) differ from the pages' owners \(seen)" }
        var isFree = [Bool](repeating: false, count: holders.count)
        for page in free {
            if isFree[Int(page)] { return "a page is twice in the free list" }
            if holders[Int(page)] != nil { return "page \(page) is free and held" }
            isFree[Int(page)] = true
        }
        if held + free.count != holders.count || freeCount < 0 || usedCount + freeCount != pageCount {
            return "\(held) held + \(free.count) free pages of \(holders.count), \(retired) retired"
        }
        let cached = seen.reduce(0) { sum, entry in
            if case .prefix = entry.key { sum + entry.value } else { sum }
        }
        return cached == prefixes.pageCount ? nil : "\(cached) pages held as prefixes, \(prefixes.pageCount) cached"
    }
}

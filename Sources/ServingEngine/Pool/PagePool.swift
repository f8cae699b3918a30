import DeckCore

/// Who holds a page: an adapter's version, or a sequence's KV cache. Nobody else ever does (invariant 2).
enum PageHolder: Hashable, Sendable {
    case adapter(AdapterKey)
    case sequence(RequestID)
}

/// The accounts of the one pool: which page number belongs to whom. Memory is elsewhere (`PoolMemory`).
///
/// Pages of KV cache and of adapter weights are the same pages (S-LoRA's unified paging, but by bytes).
/// No call here evicts, waits or touches memory: whoever wants room makes it first.
struct PagePool: Sendable {
    let pageCount: Int
    /// A stack; the page freed last is given out first, so that memory once touched is used again before fresh memory.
    private var free: [Int32]
    /// The holder of each page; nil is free.
    private(set) var holders: [PageHolder?]
    /// Pages of each holder; no entry is zero.
    private var counts: [PageHolder: Int] = [:]

    init(pageCount: Int) {
        precondition(pageCount > 0)
        self.pageCount = pageCount
        free = (0..<Int32(pageCount)).reversed()
        holders = Array(repeating: nil, count: pageCount)
    }

    var freeCount: Int { free.count }
    var usedCount: Int { pageCount - free.count }

    /// Pages that `holder` has.
    func count(of holder: PageHolder) -> Int { counts[holder] ?? 0 }

    /// Pages that hold KV cache.
    var kvCount: Int {
        counts.reduce(0) { sum, entry in
            if case .sequence = entry.key { sum + entry.value } else { sum }
        }
    }

    /// Gives `count` pages to `holder`, all or none: nil when fewer are free. This call may not evict.
    mutating func allocate(_ count: Int, for holder: PageHolder) -> [Int32]? {
        guard count <= free.count else { return nil }
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
        let left = counts[holder, default: 0] - pages.count
        counts[holder] = left == 0 ? nil : left
    }

    /// What is wrong with the accounts; nil when nothing is (invariant 11).
    func integrityFault() -> String? {
        var seen: [PageHolder: Int] = [:]
        for holder in holders {
            if let holder { seen[holder, default: 0] += 1 }
        }
        if seen != counts { return "holders' counts \(counts) differ from the pages' owners \(seen)" }
        if Set(free).count != free.count { return "a page is twice in the free list" }
        if let page = free.first(where: { holders[Int($0)] != nil }) {
            return "page \(page) is free and held"
        }
        let held = seen.values.reduce(0, +)
        if held + free.count != pageCount {
            return "\(held) held + \(free.count) free pages of \(pageCount)"
        }
        return nil
    }
}

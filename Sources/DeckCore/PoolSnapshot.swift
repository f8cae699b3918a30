/// Who holds a page of the pool.
public enum PageOwner: Hashable, Sendable, Codable {
    case free
    /// Weights of an adapter.
    case adapter(name: String, phase: AdapterPhase)
    /// KV cache of a running sequence alone; `adapter` is nil for the base.
    case sequence(RequestID, adapter: String?)

    /// KV cache that any request with the same adapter content and the same first tokens begins on; `adapter` is a name of
    /// that content, nil for the base. While sequences use it, it may not be evicted.
    case cachedPrefix(adapter: String?, isEvictable: Bool)

    /// What may happen to an adapter's page.
    public enum AdapterPhase: String, Hashable, Sendable, Codable {
        /// Being filled.
        case loading
        /// Resident and idle: may be evicted.
        case evictable
        /// Resident with running sequences, or draining: may not be evicted.
        case protected
        /// Kept by an operator: may not be evicted.
        case pinned
    }
}

/// The cache of computed prefixes, and what it has given since the deck started.
public struct PrefixSnapshot: Hashable, Sendable, Codable {
    /// Pages that it keeps now.
    public let pages: Int
    /// Those of them that no sequence uses.
    public let evictablePages: Int
    /// Prompt tokens of requests that looked for a cached beginning.
    public let tokensLookedUp: Int
    /// Those of them that were found, and not computed again.
    public let tokensHit: Int
    /// Pages that left to make room.
    public let pagesEvicted: Int

    public init(
        pages: Int = 0, evictablePages: Int = 0, tokensLookedUp: Int = 0, tokensHit: Int = 0, pagesEvicted: Int = 0
    ) {
        self.pages = pages
        self.evictablePages = evictablePages
        self.tokensLookedUp = tokensLookedUp
        self.tokensHit = tokensHit
        self.pagesEvicted = pagesEvicted
    }
}

/// What preempted sequences keep of their KV outside the pool, and how those that lost pages went on since the deck started.
public struct SpillSnapshot: Hashable, Sendable, Codable {
    /// Pages of KV on disk, or on their way there or back.
    public let pages: Int
    /// Pages that the disk may hold; 0 where nothing is kept on it.
    public let limitPages: Int
    /// Preemptions that kept what was computed.
    public let kept: Int
    /// Sequences that went on with what was kept.
    public let restored: Int
    /// Preemptions after which everything is computed again: that was cheaper, or there was no room.
    public let recomputed: Int
    /// Why nothing is kept any more; nil while the disk works.
    public let fault: String?

    public init(pages: Int, limitPages: Int, kept: Int, restored: Int, recomputed: Int, fault: String? = nil) {
        self.pages = pages
        self.limitPages = limitPages
        self.kept = kept
        self.restored = restored
        self.recomputed = recomputed
        self.fault = fault
    }
}

/// The one pool of pages (invariant 2), every page accounted for.
public struct PoolSnapshot: Hashable, Sendable, Codable {
    /// Bytes of one page.
    public let pageBytes: Int
    /// KV tokens, over all layers, that one page holds.
    public let tokensPerPage: Int
    /// The distinct owners now; `pages` indexes it.
    public let owners: [PageOwner]
    /// For each page of the pool, the index of its owner in `owners`.
    public let pages: [UInt16]
    public let freePages: Int
    /// Pages of KV cache that sequences hold alone.
    public let kvPages: Int
    public let adapterPages: Int
    /// Adapter and cached prefix pages that eviction could free now.
    public let evictablePages: Int
    /// Bytes inside owned pages that hold nothing: adapter tails and partly filled KV blocks.
    public let overheadBytes: Int
    /// The same for each owner, parallel to `owners`.
    public let ownerOverheadBytes: [Int]
    public let prefixes: PrefixSnapshot
    /// Nil where the deck does not say.
    public let spills: SpillSnapshot?

    public init(
        pageBytes: Int, tokensPerPage: Int, owners: [PageOwner], pages: [UInt16], freePages: Int, kvPages: Int,
        adapterPages: Int, evictablePages: Int, ownerOverheadBytes: [Int], prefixes: PrefixSnapshot,
        spills: SpillSnapshot?
    ) {
        self.pageBytes = pageBytes
        self.tokensPerPage = tokensPerPage
        self.owners = owners
        self.pages = pages
        self.freePages = freePages
        self.kvPages = kvPages
        self.adapterPages = adapterPages
        self.evictablePages = evictablePages
        self.overheadBytes = ownerOverheadBytes.saturatedSum
        self.ownerOverheadBytes = ownerOverheadBytes
        self.prefixes = prefixes
        self.spills = spills
    }

    public var pageCount: Int { pages.count }
    public var totalBytes: Int { bytes(of: pageCount) }
    /// What so many pages take.
    public func bytes(of pages: Int) -> Int { pages.times(pageBytes) }
    /// Bytes of KV that are kept outside the pool; nil where the deck does not say.
    public var spilledBytes: Int? { spills.map { bytes(of: $0.pages) } }
    /// Bytes that a new adapter or sequence could get: free and evictable.
    public var headroomBytes: Int { bytes(of: headroomPages) }
    /// Free and evictable ones.
    public var headroomPages: Int { freePages.plus(evictablePages) }
    /// Pages pinned, in use, or being filled.
    public var protectedPages: Int { pageCount.minus(headroomPages) }
}

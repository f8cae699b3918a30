/// Who holds a page of the pool.
public enum PageOwner: Hashable, Sendable, Codable {
    case free
    /// Weights of an adapter.
    case adapter(name: String, phase: AdapterPhase)
    /// KV cache of a running sequence; `adapter` is nil for the base.
    case sequence(RequestID, adapter: String?)

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
    public let kvPages: Int
    public let adapterPages: Int
    /// Adapter pages that eviction could free now.
    public let evictablePages: Int
    /// Bytes inside owned pages that hold nothing: adapter tails and partly filled KV blocks.
    public let overheadBytes: Int

    public init(
        pageBytes: Int, tokensPerPage: Int, owners: [PageOwner], pages: [UInt16], freePages: Int, kvPages: Int,
        adapterPages: Int, evictablePages: Int, overheadBytes: Int
    ) {
        self.pageBytes = pageBytes
        self.tokensPerPage = tokensPerPage
        self.owners = owners
        self.pages = pages
        self.freePages = freePages
        self.kvPages = kvPages
        self.adapterPages = adapterPages
        self.evictablePages = evictablePages
        self.overheadBytes = overheadBytes
    }

    public var pageCount: Int { pages.count }
    public var totalBytes: Int { pageCount * pageBytes }
    /// Bytes that a new adapter or sequence could get: free and evictable.
    public var headroomBytes: Int { (freePages + evictablePages) * pageBytes }
    /// Pages pinned, in use, or being filled.
    public var protectedPages: Int { pageCount - freePages - evictablePages }
}

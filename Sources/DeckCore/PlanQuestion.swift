import Foundation

/// What a capacity plan is asked about.
public struct PlanQuestion: Hashable, Sendable, Codable {
    /// Of every adapted module.
    public var rank: Int
    /// Kinds of module, such as `q_proj`.
    public var targets: Set<String>
    /// Length of one sequence, prompt and answer together.
    public var tokens: Int
    /// Another budget for the pool; nil for what it has.
    public var memoryBytes: Int?
    /// Another page size, by the KV tokens that a page holds; nil for what it has.
    public var tokensPerPage: Int?

    public init(
        rank: Int = 8, targets: Set<String>, tokens: Int = 1024, memoryBytes: Int? = nil, tokensPerPage: Int? = nil
    ) {
        self.rank = rank
        self.targets = targets
        self.tokens = tokens
        self.memoryBytes = memoryBytes
        self.tokensPerPage = tokensPerPage
    }
}

/// The pool that a plan starts from.
public struct PlanPool: Hashable, Sendable, Codable {
    /// What could leave to make room.
    public struct Idle: Hashable, Sendable, Codable {
        /// An adapter's name, or `cached prefixes`.
        public let name: String
        public let pages: Int
        /// Seconds since it was used last; nil where that is not known.
        public let idleSeconds: Double?

        public init(name: String, pages: Int, idleSeconds: Double?) {
            self.name = name
            self.pages = pages
            self.idleSeconds = idleSeconds
        }
    }

    public let pageBytes: Int
    public let tokensPerPage: Int
    public let pageCount: Int
    public let freePages: Int
    public let evictablePages: Int
    /// Longest unused first.
    public let idle: [Idle]

    public init(
        pageBytes: Int, tokensPerPage: Int, pageCount: Int, freePages: Int, evictablePages: Int, idle: [Idle]
    ) {
        self.pageBytes = pageBytes
        self.tokensPerPage = tokensPerPage
        self.pageCount = pageCount
        self.freePages = freePages
        self.evictablePages = evictablePages
        self.idle = idle
    }

    /// An empty pool, before anything runs.
    public init(geometry: BaseGeometry, tokensPerPage: Int, memoryBytes: Int) {
        let pageBytes = geometry.pageBytes(tokensPerPage: tokensPerPage)
        let count = pageBytes > 0 ? max(0, memoryBytes) / pageBytes : 0
        self.init(
            pageBytes: pageBytes, tokensPerPage: tokensPerPage, pageCount: count, freePages: count, evictablePages: 0,
            idle: [])
    }

    /// The pool of a running deck. Nil where the deck cannot tell its pages.
    public init?(_ snapshot: DeckSnapshot) {
        guard snapshot.unknown[.pages] == nil, snapshot.pool.pageCount > 0 else { return nil }
        let pool = snapshot.pool
        var idle = snapshot.adapters.filter { $0.pages > 0 && $0.running == 0 && !$0.isPinned && $0.state == .resident }
            .map { adapter in
                Idle(
                    name: adapter.name, pages: adapter.pages,
                    idleSeconds: adapter.lastUsed.map { max(0, snapshot.time.timeIntervalSince($0)) })
            }
        idle.sort { ($0.idleSeconds ?? .infinity, $1.name) > ($1.idleSeconds ?? .infinity, $0.name) }
        if pool.prefixes.evictablePages > 0 {
            idle.append(Idle(name: "cached prefixes", pages: pool.prefixes.evictablePages, idleSeconds: nil))
        }
        self.init(
            pageBytes: pool.pageBytes, tokensPerPage: pool.tokensPerPage, pageCount: pool.pageCount,
            freePages: pool.freePages, evictablePages: pool.evictablePages, idle: idle)
    }

    public var usedPages: Int { pageCount.minus(roomPages) }
    /// Free and evictable ones.
    public var roomPages: Int { freePages.plus(evictablePages) }
    public var totalBytes: Int { pageCount.times(pageBytes) }
}

/// What fits: adapters of one kind and sequences of one length, in the pool as it is now, and in others.
///
/// Pages are counted by the engine's own rule (`AdapterPages`). Beside them stands what sizing by bytes alone would
/// promise, because that is the mistake to be seen (invariant 2).
public struct CapacityPlan: Hashable, Sendable, Codable {
    /// What one adapter, or one sequence, takes.
    public struct Cost: Hashable, Sendable, Codable {
        public let pages: Int
        /// Its weights, or its keys and values, alone.
        public let naiveBytes: Int
        public let pagedBytes: Int

        public var overheadBytes: Int { pagedBytes.minus(naiveBytes) }
        /// Of the paged bytes, in 0...1.
        public var overheadShare: Double { pagedBytes > 0 ? Double(overheadBytes) / Double(pagedBytes) : 0 }
    }

    /// How many of something fit.
    public struct Fit: Hashable, Sendable, Codable {
        /// Into pages that are free now.
        public let free: Int
        /// With everything evicted that may be.
        public let withEviction: Int
        /// What the same bytes would promise if sizes were bytes alone: too many.
        public let naive: Int
    }

    /// Another pool, with nothing in it.
    public struct Alternative: Hashable, Sendable, Codable {
        public let memoryBytes: Int
        public let tokensPerPage: Int
        public let pageBytes: Int
        public let pageCount: Int
        /// Nil where a row of the adapter does not fit in such a page.
        public let adapterPages: Int?
        /// Share of its pages that an adapter cannot use, in 0...1.
        public let adapterOverhead: Double?
        /// Adapters, or sequences, or adapters with one sequence each, that fit alone.
        public let adapters: Int?
        public let sequences: Int
        public let pairs: Int?
        /// More adapters beside what is in use now; nil where pages of another size cannot be compared.
        public let adaptersBesideUse: Int?
        /// Whether it is what the pool has.
        public let isCurrent: Bool
    }

    public let question: PlanQuestion
    public let pool: PlanPool
    /// Nil where it cannot be told; `adapterProblem` says why.
    public let adapter: Cost?
    public let adapterProblem: String?
    public let sequence: Cost
    public let adapters: Fit?
    public let sequences: Fit
    /// Adapters with one running sequence of that length each.
    public let pairs: Fit?
    /// Pages that are missing for one more adapter, and who could leave for it, longest unused first; which of them does
    /// is the engine's choice by price.
    public let pagesShort: Int
    public let candidates: [PlanPool.Idle]
    public let budgets: [Alternative]
    public let pageSizes: [Alternative]

    /// - Parameters:
    ///   - pool: as it is now; `question.memoryBytes` and `question.tokensPerPage` ask about another, empty one.
    ///   - geometry: nil where the deck does not tell it.
    public init(_ question: PlanQuestion, pool current: PlanPool, geometry: BaseGeometry?) {
        let asked = Self.pool(question, current, geometry)
        self.question = question
        pool = asked
        let (adapter, problem) = Self.adapterCost(question, geometry, pageBytes: asked.pageBytes)
        self.adapter = adapter
        adapterProblem = problem
        let sequence = Self.sequenceCost(question.tokens, geometry, asked)
        self.sequence = sequence
        adapters = adapter.map { Self.fit($0.pages, naiveBytes: $0.naiveBytes, in: asked) }
        sequences = Self.fit(sequence.pages, naiveBytes: sequence.naiveBytes, in: asked)
        pairs = adapter.map {
            Self.fit(
                $0.pages.plus(sequence.pages), naiveBytes: $0.naiveBytes.plus(sequence.naiveBytes), in: asked)
        }
        pagesShort = adapter.map { max(0, $0.pages.minus(asked.freePages)) } ?? 0
        candidates = pagesShort > 0 ? asked.idle : []
        budgets = [0.5, 1, 2, 4].map { factor in
            Self.alternative(
                question, geometry, memoryBytes: Int(bounding: Double(asked.totalBytes) * factor),
                tokensPerPage: asked.tokensPerPage, pageBytes: asked.pageBytes, used: asked.usedPages,
                isCurrent: factor == 1)
        }
        let sizes = Set([4, 8, 16, 32, 64, 128, asked.tokensPerPage]).sorted()
        pageSizes =
            geometry.map { geometry in
                sizes.map { tokens in
                    Self.alternative(
                        question, geometry, memoryBytes: asked.totalBytes, tokensPerPage: tokens,
                        pageBytes: tokens == asked.tokensPerPage
                            ? asked.pageBytes : geometry.pageBytes(tokensPerPage: tokens),
                        used: tokens == asked.tokensPerPage ? asked.usedPages : nil,
                        isCurrent: tokens == asked.tokensPerPage)
                }
            } ?? []
    }

    /// The pool that is asked about: another page size starts empty, another budget keeps what is in use.
    private static func pool(_ question: PlanQuestion, _ current: PlanPool, _ geometry: BaseGeometry?) -> PlanPool {
        let bytes = question.memoryBytes ?? current.totalBytes
        if let tokens = question.tokensPerPage, tokens != current.tokensPerPage, tokens > 0, let geometry {
            return PlanPool(geometry: geometry, tokensPerPage: tokens, memoryBytes: bytes)
        }
        guard question.memoryBytes != nil, current.pageBytes > 0 else { return current }
        let count = max(0, bytes) / current.pageBytes
        // What is in use stays; what is idle leaves where it has no room any more.
        let room = max(0, count.minus(current.usedPages))
        let evictable = min(current.evictablePages, room)
        return PlanPool(
            pageBytes: current.pageBytes, tokensPerPage: current.tokensPerPage, pageCount: count,
            freePages: max(0, room.minus(evictable)), evictablePages: evictable, idle: current.idle)
    }

    private static func adapterCost(
        _ question: PlanQuestion, _ geometry: BaseGeometry?, pageBytes: Int
    ) -> (Cost?, String?) {
        guard let geometry else { return (nil, "the deck does not tell the sizes of its base model") }
        guard question.rank > 0 else { return (nil, "an adapter has a rank of at least 1") }
        let known = geometry.modules.filter { question.targets.contains($0.kind) }
        guard !known.isEmpty else { return (nil, "it changes no module") }
        guard
            let pages = AdapterPages(
                geometry.adapter(rank: question.rank, targets: question.targets), elementBytes: geometry.elementBytes,
                pageBytes: pageBytes)
        else {
            let row = known.flatMap { [$0.inputs, $0.outputs] }.max() ?? 0
            return (
                nil,
                "one row of it takes \(row.times(geometry.elementBytes)) bytes, a page has \(pageBytes): give more tokens a page"
            )
        }
        return (
            Cost(pages: pages.pageCount, naiveBytes: pages.usedBytes, pagedBytes: pages.pageCount.times(pageBytes)), nil
        )
    }

    private static func sequenceCost(_ tokens: Int, _ geometry: BaseGeometry?, _ pool: PlanPool) -> Cost {
        let size = max(1, pool.tokensPerPage)
        let pages = max(1, tokens).plus(size - 1) / size
        let token = geometry?.kvBytesPerToken ?? pool.pageBytes / size
        return Cost(pages: pages, naiveBytes: max(1, tokens).times(token), pagedBytes: pages.times(pool.pageBytes))
    }

    private static func fit(_ pages: Int, naiveBytes: Int, in pool: PlanPool) -> Fit {
        let room = pool.roomPages
        return Fit(
            free: pages > 0 ? pool.freePages / pages : 0, withEviction: pages > 0 ? room / pages : 0,
            naive: naiveBytes > 0 ? room.times(pool.pageBytes) / naiveBytes : 0)
    }

    private static func alternative(
        _ question: PlanQuestion, _ geometry: BaseGeometry?, memoryBytes: Int, tokensPerPage: Int, pageBytes: Int,
        used: Int?, isCurrent: Bool
    ) -> Alternative {
        let count = pageBytes > 0 ? memoryBytes / pageBytes : 0
        let adapter = adapterCost(question, geometry, pageBytes: pageBytes).0
        let sequence = max(1, question.tokens).plus(max(1, tokensPerPage) - 1) / max(1, tokensPerPage)
        return Alternative(
            memoryBytes: memoryBytes, tokensPerPage: tokensPerPage, pageBytes: pageBytes, pageCount: count,
            adapterPages: adapter?.pages, adapterOverhead: adapter?.overheadShare,
            adapters: adapter.map { count / max(1, $0.pages) }, sequences: count / sequence,
            pairs: adapter.map { count / max(1, $0.pages.plus(sequence)) },
            adaptersBesideUse: used.flatMap { used in adapter.map { max(0, count.minus(used)) / max(1, $0.pages) } },
            isCurrent: isCurrent)
    }
}

import DeckCore

/// One pass over everything that waits for pages: what is promised already, and what no longer needs to be tried.
struct AdmissionPass: Sendable {
    /// One that has waited so long for pages that nobody after it takes any.
    struct Blocker: Hashable, Sendable {
        let what: String
        let needed: Int
        /// Pages that were free then.
        let free: Int
    }

    /// How a request fared.
    enum Fate: Sendable {
        case admitted
        /// Its adapter is on its way, or waits for room.
        case passedOver
        /// Its tenant has all places that it may have.
        case tenantIsFull
        /// Nobody gets a place in the batch.
        case batchIsFull
        case noPages
        case rejected
    }

    /// Requests of a full tenant, or behind a full batch, whose adapters are brought in ahead of their turn.
    static let prefetchDepth = 16
    /// Requests that may miss their pages before the pass ends; those after them keep their place in line.
    private static let missLimit = 32

    /// Adapters that an earlier claim waits for or is about to run on: a later one may not evict them.
    private(set) var wantedByEarlier: Set<AdapterKey> = []
    private(set) var blocker: Blocker?
    /// Loads that keep loader threads busy or will next.
    var loadsUnderWay: Int
    /// No later request gets a place in the batch.
    private(set) var isFull = false
    private var misses = 0
    private var beyond = 0
    private var behindOwn: [TenantKey: Int] = [:]
    /// Adapters' pages that eviction could free now; nil when they must be counted anew.
    private var evictable: Int?

    init(loadsUnderWay: Int) { self.loadsUnderWay = loadsUnderWay }

    var isBlocked: Bool { blocker != nil }

    mutating func block(_ what: String, needed: Int, free: Int) {
        if blocker == nil { blocker = Blocker(what: what, needed: needed, free: free) }
    }

    /// No claim after this one evicts `key`.
    mutating func protect(_ key: AdapterKey, in store: AdapterStore) {
        guard wantedByEarlier.insert(key).inserted, let sum = evictable, let record = store[key],
            store.isEvictable(record)
        else { return }
        evictable = sum - record.pages.count
    }

    /// Pages changed hands.
    mutating func poolChanged() { evictable = nil }

    mutating func evictablePages(_ store: AdapterStore, _ pool: PagePool) -> Int {
        let adapters = evictable ?? store.evictableAdapterPages(protecting: wantedByEarlier)
        evictable = adapters
        return adapters + pool.prefixes.idleCount
    }

    /// Takes note of a fate. False when the rest of this tenant's queue need not be looked at.
    mutating func goesOn(after fate: Fate, of tenant: TenantKey) -> Bool {
        switch fate {
        case .admitted, .passedOver, .rejected: break
        case .tenantIsFull: behindOwn[tenant, default: 0] += 1
        case .batchIsFull: isFull = true
        case .noPages: misses += 1
        }
        if isFull || isBlocked { beyond += 1 }
        return behindOwn[tenant, default: 0] < Self.prefetchDepth
    }

    /// Nobody after this could begin, and enough adapters are on their way.
    var isOver: Bool { beyond >= Self.prefetchDepth || misses >= Self.missLimit }
}

import DeckCore
import Inference

/// Every adapter name and version, and which of them hold pages: a state machine that performs nothing itself. What
/// must be done outside (read a header, stream weights) it returns or leaves for the caller to see in `state`.
///
/// registered -> opening -> awaitingPages -> reading -> resident -> (draining ->) registered; failed and quarantined
/// stay until an operator loads the adapter or registers it again.
struct AdapterStore: Sendable {
    private(set) var records: [AdapterKey: AdapterRecord] = [:]
    private var current: [String: AdapterKey] = [:]
    /// Ascending.
    private(set) var names: [String] = []
    private(set) var pinnedNames: Set<String> = []
    /// Names that point at a digest now.
    private var served: [Digest: Set<String>] = [:]
    private var nextKey: UInt32 = 0
    /// Versions that eviction could take.
    private(set) var idle = EvictionOrder<AdapterKey>()
    /// Versions that hold pages or are on their way to; kept so that a deck of thousands costs what is resident.
    private(set) var active: Set<AdapterKey> = []
    /// Versions that an operator wants resident and that are not yet.
    private(set) var wanted: Set<AdapterKey> = []
    private static let failureLimit = 3
    private static let failureSeconds = 60.0
    /// Pages that must stay free of pins, so that the deck can serve.
    var servingReserve: Int

    init(servingReserve: Int) { self.servingReserve = servingReserve }

    subscript(key: AdapterKey) -> AdapterRecord? { records[key] }

    /// The version that a name points at; nil for a name that nobody registered.
    func currentKey(_ name: String) -> AdapterKey? { current[name] }
    func currentRecord(_ name: String) -> AdapterRecord? { current[name].flatMap { records[$0] } }

    /// A name that points at this content; nil when none does.
    func servedName(_ digest: Digest) -> String? { served[digest]?.min() }
    /// Every name that points at this content.
    func servedNames(_ digest: Digest) -> Set<String> { served[digest] ?? [] }
    func isServed(_ digest: Digest) -> Bool { served[digest] != nil }

    /// Whose computation a sequence's KV on `key` is; nil when no request can ask for it any more.
    func prefixContent(_ key: AdapterKey?) -> PrefixIdentity.Content? {
        guard let key else { return .base }
        guard let digest = records[key]?.version.digest, isServed(digest) else { return nil }
        return .adapter(digest)
    }

    func isPinned(_ record: AdapterRecord) -> Bool {
        record.isCurrent && pinnedNames.contains(record.name)
    }

    // MARK: Versions

    enum Registration: Equatable {
        /// The name is new, or points at other content now.
        case installed(AdapterKey, superseded: AdapterKey?)
        /// The name pointed at this content already; where it comes from was brought up to date.
        case unchanged(AdapterKey)
    }

    /// Makes `version` the one that its name points at. A version that nothing uses any more gives its pages back.
    mutating func register(_ version: AdapterVersion, overrideBase: Bool, pool: inout PagePool)
        -> Registration
    {
        let old = current[version.name]
        if let old, records[old]?.version.digest == version.digest {
            records[old]!.version = version
            records[old]!.overrideBase = overrideBase
            records[old]!.prefersCopy = false
            switch records[old]!.state {
            case .failed, .quarantined: records[old]!.state = .registered
            default: break
            }
            return .unchanged(old)
        }
        let key = AdapterKey(value: nextKey)
        nextKey += 1
        records[key] = AdapterRecord(key: key, version: version, overrideBase: overrideBase)
        current[version.name] = key
        served[version.digest, default: []].insert(version.name)
        pool.revivePrefixes(.adapter(version.digest))
        if let old {
            records[old]!.isCurrent = false
            unserve(records[old]!.version, pool: &pool)
            forgetWish(old)
            reindex(old)
            settle(old, pool: &pool)
        } else {
            names.insert(version.name, at: names.partitioningIndex { $0 >= version.name })
        }
        return .installed(key, superseded: old)
    }

    /// Takes a name out. What still runs on versions of it finishes; nothing new can ask for them.
    mutating func remove(_ name: String, pool: inout PagePool) {
        guard let key = current.removeValue(forKey: name) else { return }
        names.remove(at: names.partitioningIndex { $0 >= name })
        pinnedNames.remove(name)
        records[key]!.isCurrent = false
        unserve(records[key]!.version, pool: &pool)
        forgetWish(key)
        reindex(key)
        settle(key, pool: &pool)
    }

    /// A name points elsewhere now; what was cached under its content goes when no other name has the same.
    private mutating func unserve(_ version: AdapterVersion, pool: inout PagePool) {
        served[version.digest]?.remove(version.name)
        guard served[version.digest]?.isEmpty ?? false else { return }
        served[version.digest] = nil
        pool.retirePrefixes(.adapter(version.digest))
    }

    // MARK: Loading

    /// Phase 1 begins: true when the caller must have the header read on a loader thread.
    mutating func beginLoad(_ key: AdapterKey) -> Bool {
        guard records[key]?.state == .registered else { return false }
        records[key]!.state = .opening
        records[key]!.isCancelled = false
        active.insert(key)
        return true
    }

    /// An operator wants it resident; clears a failure. `order` ranks the wish among the requests that wait for pages.
    mutating func wantByOperator(_ key: AdapterKey, order: UInt64, now: Double) {
        guard let record = records[key] else { return }
        switch record.state {
        case .failed, .quarantined: records[key]!.state = .registered
        case .resident, .draining: return
        default: break
        }
        if record.operatorOrder == nil {
            records[key]!.operatorOrder = order
            records[key]!.operatorSince = now
        }
        wanted.insert(key)
    }

    /// Phase 1 ended well.
    mutating func opened(
        _ key: AdapterKey, layout: AdapterLayout, facts: AdapterFacts, isCopy: Bool = false, pool: inout PagePool
    ) {
        guard let record = records[key], record.state == .opening else { return }
        guard !record.isCancelled else { return loadFailed(key, reason: "", pool: &pool) }
        records[key]!.layout = layout
        records[key]!.readsCopy = isCopy
        if facts.verdict == .verified, record.version.facts.verdict != .verified {
            records[key]!.isNewlyVerified = true
        }
        records[key]!.version = record.version.with(facts: facts.standing(at: record.version.facts.path))
        records[key]!.state = .awaitingPages
        settle(key, pool: &pool)
    }

    /// What asking for pages came to.
    enum Reservation: Equatable {
        /// Phase 3 may begin: the pages are `records[key].pages`. `evicted` gave theirs back.
        case reading(evicted: [Evicted])
        /// Not now.
        case wait(needed: Int, free: Int, evictable: Int)
        /// Not before something is unpinned; the refusal has the arithmetic.
        case neverFits(Refusal)
    }

    /// Phase 2: reserves every page of an opened adapter, evicting what is worth least, but none of `protecting`.
    mutating func reserve(_ key: AdapterKey, protecting: Set<AdapterKey>, pool: inout PagePool)
        -> Reservation
    {
        guard let record = records[key], record.state == .awaitingPages, let layout = record.layout
        else {
            return .wait(needed: 0, free: pool.freeCount, evictable: 0)
        }
        let needed = layout.pageCount
        if let refusal = neverFits(key, needed: needed, pool: pool) { return .neverFits(refusal) }
        guard let evicted = makeRoom(needed, protecting: protecting.union([key]), pool: &pool),
            let pages = pool.allocate(needed, for: record.holder)
        else {
            return .wait(
                needed: needed, free: pool.freeCount,
                evictable: evictablePages(protecting: protecting, pool: pool))
        }
        records[key]!.packed = PackedAdapter(layout: layout, pages: pages)
        records[key]!.state = .reading
        return .reading(evicted: evicted)
    }

    /// The arithmetic when an adapter cannot come in, whatever idle adapters leave: it must leave one page for a sequence.
    func neverFits(_ key: AdapterKey, needed: Int, pool: PagePool) -> Refusal? {
        let pins = pinnedPages(except: key)
        let pinned = pins.reduce(0) { $0 + $1.pages }
        guard needed + 1 + pinned > pool.pageCount else { return nil }
        let name = records[key]?.name ?? "?"
        let sum = "\(name) needs \(needed.counted("page")) and 1 for a sequence, the pool has \(pool.pageCount)"
        guard !pins.isEmpty else { return Refusal(sum) }
        return Refusal(
            told: "\(sum); not all of them can be given to it",
            inFull: "\(sum), \(pinned) of them pinned (\(Self.list(pins)))")
    }

    /// Phase 4: every weight stands in pages. Content that is not what was registered is refused (invariant 4); returns
    /// the reason then, and the pages are free again. `files` are the states of the files that were read.
    mutating func loaded(
        _ key: AdapterKey, digest: Digest, files: [FileState], proof: ProofOfEffect, pool: inout PagePool
    ) -> String? {
        guard let record = records[key], record.state == .reading else { return nil }
        guard !record.isCancelled else {
            loadFailed(key, reason: "", pool: &pool)
            return nil
        }
        guard digest == record.version.digest else {
            let reason =
                record.readsCopy
                ? "its copy is damaged, and \(record.version.facts.path) holds other files now; register it again"
                : "the files under \(record.version.facts.path) changed: registered as \(record.version.digest.short), "
                    + "read as \(digest.short); register it again to serve the new version"
            loadFailed(key, reason: reason, pool: &pool)
            return reason
        }
        // What a copy's files are like says nothing of those in its place.
        if !record.readsCopy { records[key]!.version = record.version.with(files: files) }
        records[key]!.state = .resident
        records[key]!.failures = []
        records[key]!.proof = proof
        records[key]!.uses = 0
        forgetWish(key)
        touch(key, pool: &pool)
        settle(key, pool: &pool)
        return nil
    }

    /// What was read in its own place is something else: the load begins anew, with the copy. False when the copy was
    /// preferred already, and when nobody waits for the load any more.
    mutating func prefersCopyFromNowOn(_ key: AdapterKey, pool: inout PagePool) -> Bool {
        guard let record = records[key], record.state == .reading, !record.isCancelled, !record.prefersCopy else {
            return false
        }
        freePages(key, pool: &pool)
        records[key]!.state = .registered
        records[key]!.prefersCopy = true
        active.remove(key)
        return true
    }

    /// A resident version whose base is verified only since it was registered; told once.
    mutating func takeNewlyVerified(_ key: AdapterKey) -> AdapterVersion? {
        guard let record = records[key], record.isNewlyVerified else { return nil }
        records[key]!.isNewlyVerified = false
        return record.version
    }

    mutating func setProbe(_ key: AdapterKey, _ probe: ProofOfEffect.Probe) {
        records[key]?.proof?.probe = probe
    }

    /// A load broke in any phase: its pages go back at once. A cancelled load ends as registered, any other as failed.
    mutating func loadFailed(_ key: AdapterKey, reason: String, pool: inout PagePool) {
        guard let record = records[key], record.isLoading else { return }
        freePages(key, pool: &pool)
        records[key]!.state = record.isCancelled ? .registered : .failed(reason)
        records[key]!.isCancelled = false
        // A wish that came after the cancellation stands.
        if !record.isCancelled { forgetWish(key) }
        active.remove(key)
        dropIfForgotten(key)
    }

    /// Takes an adapter out of service whose load has just failed as often in a row as `failureLimit` says, within
    /// `failureSeconds`. True when it did.
    mutating func quarantineIfRepeated(_ key: AdapterKey, now: Double) -> Bool {
        guard let record = records[key], case .failed(let reason) = record.state else { return false }
        let failures = (record.failures + [now]).filter { now - $0 <= Self.failureSeconds }
        records[key]!.failures = failures
        guard failures.count >= Self.failureLimit, let first = failures.first else { return false }
        let seconds = Int((now - first).rounded(.up))
        records[key]!.state = .quarantined(
            "\(failures.count.counted("load")) failed in \(seconds) s, the last: \(reason)")
        return true
    }

    /// Ends a load that is refused for want of room: the adapter is as registered as before.
    mutating func refuseLoad(_ key: AdapterKey, pool: inout PagePool) {
        records[key]?.isCancelled = true
        forgetWish(key)
        loadFailed(key, reason: "", pool: &pool)
    }

    private mutating func forgetWish(_ key: AdapterKey) {
        records[key]?.operatorOrder = nil
        wanted.remove(key)
    }

    /// Nobody wants this load any more. A loader that is reading lets go of the pages first.
    mutating func cancelLoad(_ key: AdapterKey, pool: inout PagePool) {
        guard let record = records[key], record.isLoading else { return }
        records[key]!.isCancelled = true
        forgetWish(key)
        if record.state == .awaitingPages { loadFailed(key, reason: "", pool: &pool) }
    }

    // MARK: Use

    /// A sequence begins on a resident version, or resumes after preemption.
    mutating func begin(_ key: AdapterKey, resuming: Bool, pool: inout PagePool) {
        records[key]!.running += 1
        if resuming { records[key]!.suspended -= 1 } else { records[key]!.uses += 1 }
        touch(key, pool: &pool)
    }

    /// A running sequence was preempted; it stays on this version.
    mutating func suspend(_ key: AdapterKey) {
        records[key]!.running -= 1
        records[key]!.suspended += 1
        reindex(key)
    }

    /// A sequence ended. Frees the pages of a version that drains or was superseded when this was its last one.
    mutating func end(_ key: AdapterKey, wasRunning: Bool, pool: inout PagePool) {
        if wasRunning { records[key]!.running -= 1 } else { records[key]!.suspended -= 1 }
        touch(key, pool: &pool)
        settle(key, pool: &pool)
    }

    /// What its load took; known as soon as it is resident, so nothing is ever evicted at a guessed price.
    mutating func setReloadSeconds(_ key: AdapterKey, _ seconds: Double, pool: inout PagePool) {
        records[key]?.reloadSeconds = seconds
        touch(key, pool: &pool)
    }

    /// It is used now. One that nobody asked for yet is worth one load: an operator wanted it.
    private mutating func touch(_ key: AdapterKey, pool: inout PagePool) {
        guard let record = records[key] else { return }
        records[key]!.rank = pool.policy.rank(
            frequency: max(1, record.uses), seconds: record.reloadSeconds, pages: record.pages.count)
        reindex(key)
    }

    /// Brings `idle` up to date after a change of a record's state, users, pages or pin.
    private mutating func reindex(_ key: AdapterKey) {
        guard let record = records[key], isEvictable(record) else { return idle.remove(key) }
        var rank = record.rank
        rank.isAwaited = record.suspended > 0
        idle.set(key, rank: rank, pages: record.pages.count)
    }

    /// Takes a version out of the order of eviction for a moment, or puts it back.
    mutating func setAside(_ key: AdapterKey, _ isAside: Bool) {
        if isAside { idle.remove(key) } else { reindex(key) }
    }

    // MARK: Pins and eviction by order

    mutating func setPinned(_ name: String, _ pinned: Bool) {
        if pinned { pinnedNames.insert(name) } else { pinnedNames.remove(name) }
        if let key = current[name] { reindex(key) }
    }

    /// Stops new sequences; the pages go back when the last user ends, at once when there is none.
    mutating func drain(_ key: AdapterKey, pool: inout PagePool) {
        records[key]!.state = .draining
        reindex(key)
        settle(key, pool: &pool)
    }

    /// Does what the state of a record asks for once its users or its currency changed.
    private mutating func settle(_ key: AdapterKey, pool: inout PagePool) {
        guard let record = records[key], record.users == 0 else { return }
        switch record.state {
        case .draining:
            evict(key, pool: &pool)
        case .resident where !record.isCurrent:
            evict(key, pool: &pool)
        case .opening, .reading:
            if !record.isCurrent { records[key]!.isCancelled = true }
        case .awaitingPages where !record.isCurrent:
            records[key]!.isCancelled = true
            loadFailed(key, reason: "", pool: &pool)
        default:
            dropIfForgotten(key)
        }
    }

    /// Gives a version's pages back at once. Only for one without running sequences (invariant 6).
    mutating func evict(_ key: AdapterKey, pool: inout PagePool) {
        guard let record = records[key] else { return }
        precondition(record.running == 0, "\(record.name) is in use")
        freePages(key, pool: &pool)
        records[key]!.state = .registered
        idle.remove(key)
        active.remove(key)
        dropIfForgotten(key)
    }

    private mutating func freePages(_ key: AdapterKey, pool: inout PagePool) {
        guard let packed = records[key]?.packed else { return }
        pool.release(packed.pages, of: .adapter(key))
        records[key]!.packed = nil
    }

    private mutating func dropIfForgotten(_ key: AdapterKey) {
        guard let record = records[key], !record.isCurrent, record.users == 0, record.packed == nil,
            record.state != .opening
        else { return }
        records[key] = nil
        idle.remove(key)
        active.remove(key)
    }
}

extension RandomAccessCollection {
    /// The first index whose element is in the second half of a collection partitioned by `predicate` (false, then true).
    func partitioningIndex(where predicate: (Element) -> Bool) -> Index {
        var low = startIndex
        var count = self.count
        while count > 0 {
            let half = count / 2
            let middle = index(low, offsetBy: half)
            if predicate(self[middle]) {
                count = half
            } else {
                low = index(after: middle)
                count -= half + 1
            }
        }
        return low
    }
}

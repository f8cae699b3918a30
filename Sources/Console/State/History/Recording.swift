import DeckCore
import Foundation

/// A value that several recorded moments hold together.
final class Shared<Value: Sendable>: Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }
}

/// One recorded snapshot. What did not change since the moment before is shared with it: of a thousand adapters a dozen
/// do from one moment to the next.
public final class Moment: Sendable {
    /// Without what the lists below hold.
    private let head: SafeSnapshot
    fileprivate let adapters: [Shared<AdapterSnapshot>]
    fileprivate let requests: [Shared<RequestSnapshot>]
    fileprivate let steps: [Shared<StepSnapshot>]
    fileprivate let events: [Shared<DeckEvent>]
    fileprivate let pool: Shared<PoolSnapshot>
    /// Roughly the bytes that this moment alone holds, without what it shares with the moment before.
    fileprivate let ownBytes: Int

    public let time: Date
    public let tokensPerSecond: Double
    public let running: Int
    public let waiting: Int

    fileprivate init(_ safe: SafeSnapshot, after previous: Moment?) {
        let snapshot = safe.snapshot
        adapters = Self.share(snapshot.adapters, previous?.adapters)
        requests = Self.share(snapshot.requests, previous?.requests)
        steps = Self.share(snapshot.recentSteps, previous?.steps, key: \.index)
        events = Self.share(snapshot.events, previous?.events)
        pool = previous.flatMap { $0.pool.value == snapshot.pool ? $0.pool : nil } ?? Shared(snapshot.pool)
        head = safe.replacing(
            snapshot.withLists(pool: PoolSnapshot.empty, adapters: [], requests: [], recentSteps: [], events: []))
        time = snapshot.time
        tokensPerSecond = snapshot.tokensPerSecond
        running = snapshot.running
        waiting = snapshot.waiting
        ownBytes =
            MemoryLayout<SafeSnapshot>.size + 8 * (adapters.count + requests.count + steps.count + events.count)
            + MemoryLayout<TenantSnapshot>.stride * snapshot.tenants.count
            + MemoryLayout<ReplicaSnapshot>.stride * snapshot.replicas.count + 512
    }

    /// The whole snapshot again.
    var safe: SafeSnapshot {
        head.replacing(
            head.snapshot.withLists(
                pool: pool.value, adapters: adapters.map(\.value), requests: requests.map(\.value),
                recentSteps: steps.map(\.value),
                events: events.map(\.value)))
    }

    /// The new values, each in the box that it has in `old` where it is equal.
    private static func share<Value: Identifiable & Equatable & Sendable>(
        _ new: [Value], _ old: [Shared<Value>]?
    ) -> [Shared<Value>] { share(new, old, key: \.id) }

    private static func share<Value: Equatable & Sendable, Key: Hashable>(
        _ new: [Value], _ old: [Shared<Value>]?, key: (Value) -> Key
    ) -> [Shared<Value>] {
        guard let old, let first = old.first, let begin = new.first else { return new.map(Shared.init) }
        var boxes: [Shared<Value>] = []
        boxes.reserveCapacity(new.count)
        // Lists keep their order: mostly the same one, or the same one shifted.
        var place = key(first.value) == key(begin) ? 0 : old.firstIndex { key($0.value) == key(begin) } ?? 0
        for value in new {
            let wanted = key(value)
            if !(old.indices.contains(place) && key(old[place].value) == wanted) {
                place = old[min(place, old.count)...].prefix(8).firstIndex { key($0.value) == wanted } ?? place
            }
            if old.indices.contains(place), key(old[place].value) == wanted {
                boxes.append(old[place].value == value ? old[place] : Shared(value))
                place += 1
            } else {
                boxes.append(Shared(value))
            }
        }
        return boxes
    }

    /// Bytes of the boxes that neither of its neighbours holds.
    fileprivate func bytesAlone(before: Moment?, after: Moment?) -> Int {
        func alone<Value>(_ list: KeyPath<Moment, [Shared<Value>]>, _ bytes: (Value) -> Int) -> Int {
            let held = Set(((before?[keyPath: list] ?? []) + (after?[keyPath: list] ?? [])).map(ObjectIdentifier.init))
            return self[keyPath: list].reduce(0) { $0 + (held.contains(ObjectIdentifier($1)) ? 0 : bytes($1.value)) }
        }
        let isPoolShared = pool === before?.pool || pool === after?.pool
        return ownBytes + (isPoolShared ? 0 : pool.value.bytes)
            + alone(\.adapters) { _ in MemoryLayout<AdapterSnapshot>.stride + 48 }
            + alone(\.requests) { _ in MemoryLayout<RequestSnapshot>.stride + 48 }
            + alone(\.steps) {
                MemoryLayout<StepSnapshot>.stride + MemoryLayout<SegmentSnapshot>.stride * $0.segments.count + 48
            }
            + alone(\.events) { MemoryLayout<DeckEvent>.stride + $0.message.utf8.count + 48 }
    }
}

/// The snapshots that the console keeps in memory, oldest first: close together near the present, further apart the
/// older they are, and never more than a number of moments and bytes.
public struct Recording: Sendable {
    /// What may be kept.
    public struct Limits: Hashable, Sendable {
        public var moments = 2_400
        public var bytes = 32 << 20
        /// Two moments are no closer than this.
        public var seconds = 0.24
        /// Older ones leave.
        public var span = 6.0 * 3600

        public init() {}
    }

    public let limits: Limits
    public private(set) var moments: [Moment] = []
    /// What they take, about.
    public private(set) var bytes = 0

    public init(_ limits: Limits = Limits()) { self.limits = limits }

    /// Keeps one snapshot, unless the one before is too close. A clock that was set back starts anew.
    mutating func take(_ safe: SafeSnapshot) {
        let time = safe.snapshot.time
        if let last = moments.last {
            let gap = time.timeIntervalSince(last.time)
            if gap < -Series.patience {
                moments = []
                bytes = 0
            } else if gap < limits.seconds {
                return
            }
        }
        let moment = Moment(safe, after: moments.last)
        bytes += moment.bytesAlone(before: moments.last, after: nil)
        moments.append(moment)
        thin(now: time)
    }

    private mutating func thin(now: Date) {
        while let first = moments.first, moments.count > 1, now.timeIntervalSince(first.time) > limits.span {
            remove(0)
        }
        while moments.count > 2, moments.count > limits.moments || bytes > limits.bytes {
            remove(leastMissed(now: now))
        }
    }

    /// The moment whose loss leaves the smallest hole for its age, so that the distances grow with the age.
    private func leastMissed(now: Date) -> Int {
        var best = (index: 1, ratio: Double.infinity)
        for index in 1..<moments.count - 1 {
            let hole = moments[index + 1].time.timeIntervalSince(moments[index - 1].time)
            let ratio = hole / max(1e-3, now.timeIntervalSince(moments[index].time))
            if ratio < best.ratio { best = (index, ratio) }
        }
        return best.index
    }

    private mutating func remove(_ index: Int) {
        let before = index > 0 ? moments[index - 1] : nil
        let after = index + 1 < moments.count ? moments[index + 1] : nil
        bytes -= moments[index].bytesAlone(before: before, after: after)
        moments.remove(at: index)
    }

    // MARK: finding

    /// The last moment at or before a time; nil when there is none.
    func index(at time: Date) -> Int? {
        var low = 0
        var high = moments.count
        while low < high {
            let middle = (low + high) / 2
            if moments[middle].time <= time { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? low - 1 : nil
    }

    /// The last moment at or before a time, or the oldest one.
    func moment(at time: Date) -> Moment? { index(at: time).map { moments[$0] } ?? moments.first }
}

extension DeckSnapshot {
    /// The same moment with other lists.
    func withLists(
        pool: PoolSnapshot? = nil, adapters: [AdapterSnapshot], requests: [RequestSnapshot],
        recentSteps: [StepSnapshot], events: [DeckEvent]
    ) -> DeckSnapshot {
        DeckSnapshot(
            index: index, time: time, uptime: uptime, deck: deck, disabled: disabled, adapters: adapters, base: base,
            pool: pool ?? self.pool, requests: requests, step: step, recentSteps: recentSteps, events: events,
            tokensPerSecond: tokensPerSecond, promptTokensPerSecond: promptTokensPerSecond, process: process,
            tenants: tenants, waits: waits, thrash: thrash, totals: totals, unknown: unknown, replicas: replicas,
            admissionPaused: admissionPaused, baseFault: baseFault)
    }
}

extension PoolSnapshot {
    /// The figures of this moment over the map of another one, where both are maps of the same pool.
    func withPages(of other: PoolSnapshot) -> PoolSnapshot {
        guard other.pageCount == pageCount, other.pageBytes == pageBytes else { return self }
        return PoolSnapshot(
            pageBytes: pageBytes, tokensPerPage: tokensPerPage, owners: other.owners, pages: other.pages,
            freePages: freePages, kvPages: kvPages, adapterPages: adapterPages, evictablePages: evictablePages,
            ownerOverheadBytes: other.ownerOverheadBytes, prefixes: prefixes, spills: spills)
    }

    /// Nothing of a pool.
    fileprivate static let empty = PoolSnapshot(
        pageBytes: 0, tokensPerPage: 0, owners: [], pages: [], freePages: 0, kvPages: 0, adapterPages: 0,
        evictablePages: 0, ownerOverheadBytes: [], prefixes: PrefixSnapshot(), spills: nil)

    /// What it takes in memory, about.
    fileprivate var bytes: Int {
        MemoryLayout<PoolSnapshot>.stride + 2 * pages.count + (MemoryLayout<PageOwner>.stride + 8) * owners.count + 96
    }
}

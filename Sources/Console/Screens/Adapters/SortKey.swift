import DeckCore
import Foundation

/// What an adapter list can be ordered by; also the names of the table's columns.
public enum SortKey: String, Hashable, Sendable, CaseIterable {
    case name, activity, state, tenant, rank, pages, bytes, overhead, kv, running, waiting, rate
    case firstToken50, firstToken95, interToken50, interToken95, hits, loads, evictions, used

    /// As the command line takes it and messages name it.
    public var title: String {
        switch self {
        case .name: "name"
        case .activity: "activity"
        case .state: "state"
        case .tenant: "tenant"
        case .rank: "rank"
        case .pages: "pages"
        case .bytes: "bytes"
        case .overhead: "overhead"
        case .kv: "kv"
        case .running: "running"
        case .waiting: "waiting"
        case .rate: "tok/s"
        case .firstToken50: "ttft50"
        case .firstToken95: "ttft95"
        case .interToken50: "itl50"
        case .interToken95: "itl95"
        case .hits: "hits"
        case .loads: "loads"
        case .evictions: "evictions"
        case .used: "used"
        }
    }

    /// Whether the first press sorts the largest to the top.
    public var startsDescending: Bool {
        switch self {
        case .name, .state, .tenant: false
        default: true
        }
    }

    /// Whether `left` stands before `right` in ascending order; nil when they are equal under this key.
    /// Unknown values are smaller than every known one.
    func precedes(_ left: AdapterSnapshot, _ right: AdapterSnapshot) -> Bool? {
        switch self {
        case .name: Self.compare(left.name, right.name)
        case .activity:
            Self.compare(left.running.plus(left.waiting) > 0 ? 1 : 0, right.running.plus(right.waiting) > 0 ? 1 : 0)
                ?? Self.compare(left.tokensPerSecond, right.tokensPerSecond)
                ?? Self.compare(left.running.plus(left.waiting), right.running.plus(right.waiting))
                ?? Self.compare(left.state.holdsPages ? 1 : 0, right.state.holdsPages ? 1 : 0)
                ?? Self.compare(left.lastUsed?.timeIntervalSince1970 ?? 0, right.lastUsed?.timeIntervalSince1970 ?? 0)
        case .state: Self.compare(left.state.word, right.state.word)
        case .tenant: Self.compare(left.tenant ?? "", right.tenant ?? "")
        case .rank: Self.compare(left.facts?.ranks.upperBound ?? 0, right.facts?.ranks.upperBound ?? 0)
        case .pages, .bytes: Self.compare(left.pages, right.pages)
        case .overhead: Self.compare(left.overheadBytes, right.overheadBytes)
        case .kv: Self.compare(left.kvPages, right.kvPages)
        case .running: Self.compare(left.running, right.running)
        case .waiting: Self.compare(left.waiting, right.waiting)
        case .rate: Self.compare(left.tokensPerSecond, right.tokensPerSecond)
        case .firstToken50: Self.compare(left.timeToFirstToken?.p50 ?? -1, right.timeToFirstToken?.p50 ?? -1)
        case .firstToken95: Self.compare(left.timeToFirstToken?.p95 ?? -1, right.timeToFirstToken?.p95 ?? -1)
        case .interToken50: Self.compare(left.interTokenLatency?.p50 ?? -1, right.interTokenLatency?.p50 ?? -1)
        case .interToken95: Self.compare(left.interTokenLatency?.p95 ?? -1, right.interTokenLatency?.p95 ?? -1)
        case .hits: Self.compare(left.hits, right.hits)
        case .loads: Self.compare(left.loads, right.loads)
        case .evictions: Self.compare(left.evictions, right.evictions)
        case .used:
            Self.compare(left.lastUsed?.timeIntervalSince1970 ?? 0, right.lastUsed?.timeIntervalSince1970 ?? 0)
        }
    }

    private static func compare<Value: Comparable>(_ left: Value, _ right: Value) -> Bool? {
        left == right ? nil : left < right
    }
}

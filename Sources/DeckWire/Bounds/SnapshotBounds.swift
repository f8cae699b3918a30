import DeckCore

/// Limits of a deck's snapshot: many times what a deck has.
private enum SnapshotLimits {
    static let pages = 1 << 21
    /// A page's owner is told by 16 bits.
    static let owners = 1 << 16
    static let pageBytes = 1 << 36
    static let steps = 2_000
}

extension DeckSnapshot: CheckedOnWire {
    public static let wireBounds: [String: WireBounds] = [
        "uptime": .seconds, "recentSteps": .count.elements(SnapshotLimits.steps),
    ]

    /// Screens and orders tell things apart by these.
    public var wireFault: WireFault? {
        WireFault.twice("adapters", adapters, by: \.name) ?? WireFault.twice("replicas", replicas, by: \.name)
            ?? WireFault.twice("tenants", tenants, by: \.name) ?? WireFault.twice("requests", requests, by: \.id)
            ?? WireFault.twice("events", events, by: \.id)
    }
}

extension PoolSnapshot: CheckedOnWire {
    public static let wireBounds: [String: WireBounds] = [
        "pageBytes": .upTo(SnapshotLimits.pageBytes), "tokensPerPage": .upTo(1 << 20),
        "owners": .count.elements(SnapshotLimits.owners),
        "pages": .upTo(SnapshotLimits.owners - 1).elements(SnapshotLimits.pages),
        "ownerOverheadBytes": .count.elements(SnapshotLimits.owners), "freePages": .upTo(SnapshotLimits.pages),
        "kvPages": .upTo(SnapshotLimits.pages), "adapterPages": .upTo(SnapshotLimits.pages),
        "evictablePages": .upTo(SnapshotLimits.pages),
    ]

    public var wireFault: WireFault? {
        if let page = pages.firstIndex(where: { Int($0) >= owners.count }) {
            return WireFault(field: "pages[\(page)]", value: "\(pages[page])", reason: "no owner of that number")
        }
        if ownerOverheadBytes.count != owners.count {
            return WireFault(
                field: "ownerOverheadBytes", value: WireFault.elements(ownerOverheadBytes.count),
                reason: "there are \(owners.count) owners")
        }
        if overheadBytes != ownerOverheadBytes.saturatedSum {
            return WireFault(
                field: "overheadBytes", value: "\(overheadBytes)",
                reason: "its owners' are \(ownerOverheadBytes.saturatedSum)")
        }
        let (all, held) = ("all pages,", "pages that are not free,")
        return WireFault.excess("freePages", freePages, over: pageCount, all)
            ?? WireFault.excess("evictablePages", evictablePages, over: pageCount.minus(freePages), held)
            ?? WireFault.excess("kvPages", kvPages, over: pageCount, all)
            ?? WireFault.excess("adapterPages", adapterPages, over: pageCount, all)
            ?? WireFault.excess("pageBytes", totalBytes, over: 1 << 48, "\(pageCount) pages can have,")
    }
}

extension SpillSnapshot: CheckedOnWire {
    public static let wireBounds: [String: WireBounds] = ["pages": .upTo(1 << 26), "limitPages": .upTo(1 << 26)]
}

extension PrefixSnapshot: CheckedOnWire {
    public static let wireBounds: [String: WireBounds] = [
        "pages": .upTo(SnapshotLimits.pages), "evictablePages": .upTo(SnapshotLimits.pages),
    ]
}

extension AdapterSnapshot: CheckedOnWire {
    public static let wireBounds: [String: WireBounds] = [
        "pages": .upTo(SnapshotLimits.pages), "pagesNeeded": .upTo(1 << 24), "kvPages": .upTo(1 << 24),
        "lastLoadSeconds": .seconds,
    ]
}

extension AdapterFacts: CheckedOnWire {
    public static let wireBounds: [String: WireBounds] = [
        "ranks": .upTo(1 << 17), "alpha": .signed, "scales": .signed,
    ]
}

extension LatencySummary: CheckedOnWire {
    public static let wireBounds: [String: WireBounds] = ["p50": .seconds, "p95": .seconds, "max": .seconds]
}

extension Residency: CheckedOnWire {
    public static let wireBounds: [String: WireBounds] = ["loading.fraction": .share]
}

extension ProofOfEffect.Probe: CheckedOnWire {
    /// Zero, up to rounding, for an adapter that changes nothing.
    public static let wireBounds: [String: WireBounds] = ["divergence": .signed]
}

extension StepSnapshot: CheckedOnWire {
    public static let wireBounds: [String: WireBounds] = ["seconds": .seconds]
}

extension StepParts: CheckedOnWire {
    public static let wireBounds: [String: WireBounds] = [
        "base": .seconds, "adapters": .seconds, "attention": .seconds, "sampling": .seconds, "other": .seconds,
    ]
}

extension RequestTimeline: CheckedOnWire {
    public static let wireBounds: [String: WireBounds] = [
        "adapterReady": .delay, "firstScheduled": .delay, "firstToken": .delay, "finished": .delay,
        "preemptedSeconds": .seconds,
    ]
}

extension WaitPart: CheckedOnWire {
    public static let wireBounds: [String: WireBounds] = ["seconds": .delay]
}

extension ColdCause: CheckedOnWire {
    public static let wireBounds: [String: WireBounds] = ["evicted.secondsBefore": .delay]
}

extension TenantSnapshot: CheckedOnWire {
    public static let wireBounds: [String: WireBounds] = ["targetSeconds": .seconds]
}

extension ThrashSnapshot: CheckedOnWire {
    public static let wireBounds: [String: WireBounds] = ["windowSeconds": .seconds]
}

extension DeckTotals: CheckedOnWire {
    public static let wireBounds: [String: WireBounds] = ["kvUsage": .share]
}

extension ReplicaSnapshot: CheckedOnWire {
    public static let wireBounds: [String: WireBounds] = ["kvUsage": .share]
}

extension ReplicaSnapshot.State: CheckedOnWire {
    public static let wireBounds: [String: WireBounds] = ["stale.seconds": .seconds, "down.retryIn": .seconds]
}

extension BaseGeometry: CheckedOnWire {
    public static let wireBounds: [String: WireBounds] = [
        "layers": .upTo(mostLayers), "modules": .count.elements(64), "elementBytes": .upTo(16),
        "kvBytesPerToken": .upTo(1 << 28),
    ]
}

extension BaseGeometry.Module: CheckedOnWire {
    public static let wireBounds: [String: WireBounds] = ["inputs": .upTo(1 << 24), "outputs": .upTo(1 << 24)]
}

import DeckCore
import Inference

/// Names one version of one adapter name for as long as the engine lives. Everything cached under an adapter is keyed by
/// this, never by the name, so content of two versions cannot mix (invariant 3).
struct AdapterKey: Hashable, Sendable, Comparable {
    let value: UInt32

    static func < (left: AdapterKey, right: AdapterKey) -> Bool { left.value < right.value }
}

/// Where a version's weights are. `opening`, `awaitingPages` and `reading` are what `Residency.loading` is made of.
enum LoadState: Hashable, Sendable {
    case registered
    /// Configuration and header are being read on a loader thread.
    case opening
    /// Its layout is known; pages are not reserved yet.
    case awaitingPages
    /// A loader thread streams weights into its pages. Its pages cannot be freed until the loader lets go.
    case reading
    case resident
    /// Running sequences finish; nothing new begins.
    case draining
    case failed(String)
    case quarantined(String)
}

/// One version of an adapter: its identity, its state and who uses it.
struct AdapterRecord: Sendable {
    let key: AdapterKey
    let name: String
    var version: AdapterVersion
    var overrideBase: Bool
    var state = LoadState.registered
    /// False once the name points at a newer version; such a record lives until its last sequence ends.
    var isCurrent = true
    /// A load under way that must end with its pages freed.
    var isCancelled = false
    /// Whether what stands where it was registered from was read and is something else.
    var prefersCopy = false
    /// Whether its load reads the copy that was kept.
    var readsCopy = false
    /// Known since the header was first read, or pages were first reserved.
    var layout: AdapterLayout?
    /// Names the pages while they are this version's.
    var packed: PackedAdapter?
    /// Sequences that hold KV pages now.
    var running = 0
    /// Preempted sequences that began on this version and will go on with it.
    var suspended = 0
    /// Sequences that began on it since it is resident.
    var uses = 0
    /// What its last load took from the first byte read, in seconds: what evicting it would cost.
    var reloadSeconds = 0.0
    /// Its place in the order of eviction while it is idle.
    var rank = EvictionRank()
    /// The order of an operator's wish to have it resident; nil when none waits.
    var operatorOrder: UInt64?
    /// When that wish came, on the engine's clock.
    var operatorSince = 0.0
    /// Whether its base is verified since an opening after its registration, and no load has proved that yet.
    var isNewlyVerified = false
    var proof: ProofOfEffect?
    /// When its loads broke since the last good one, on the engine's clock.
    var failures: [Double] = []

    init(key: AdapterKey, version: AdapterVersion, overrideBase: Bool) {
        self.key = key
        self.name = version.name
        self.version = version
        self.overrideBase = overrideBase
    }

    var holder: PageHolder { .adapter(key) }
    var pages: [Int32] { packed?.pages ?? [] }
    var pagesNeeded: Int? { layout?.pageCount }
    var users: Int { running + suspended }
    var isLoading: Bool {
        switch state {
        case .opening, .awaitingPages, .reading: true
        default: false
        }
    }
}

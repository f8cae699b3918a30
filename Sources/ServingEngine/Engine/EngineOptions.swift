import Foundation

/// How an engine shares its machine out.
public struct EngineOptions: Sendable {
    /// The pool's whole budget, for KV cache and adapters together.
    public var memoryBytes: Int
    /// KV tokens in one page.
    public var tokensPerPage = 16
    /// Sequences that run at once.
    public var maxSequences = 64
    /// Rows of one step: what decode leaves of it goes to prefill.
    public var stepRows = 256
    /// Threads of the forward pass, for display.
    public var threads = 1
    /// Threads that read adapter files.
    public var loaderThreads = 2
    /// Seconds after which the probe of a load that nobody ordered runs even though requests keep the batch busy.
    public var probeSeconds = 15.0
    /// How often screens get a new snapshot while something happens.
    public var snapshotsPerSecond = 8.0
    /// The window of latency percentiles, in seconds; token rates use at most the last ten.
    public var metricsWindowSeconds = 60.0
    /// Seconds after which a waiting request keeps younger ones from taking the pages that it waits for.
    public var agingSeconds = 2.0
    /// What tenants (a request's `origin`) may ask and are promised; all others have `commonTenant`.
    public var tenants: [String: TenantPolicy] = [:]
    public var commonTenant = TenantPolicy()
    /// Most requests that wait at once, of all tenants; more are refused. Nil refuses none.
    public var maxWaiting: Int? = 4096
    /// What a step that generates tokens should take at most, in seconds: prompts are computed in chunks that fit beside.
    public var stepTargetSeconds = 0.05
    /// An adapter that is loaded again within this many seconds of its eviction counts as thrash.
    public var thrashSeconds = 30.0

    /// Whether tenants begin on each other's cached prefixes too. It tells each of them, by counts and times, what others
    /// asked (invariant 15).
    public var sharesPrefixes = false

    /// Most bytes of KV that preempted sequences keep on disk, where that is cheaper than computing again; 0 keeps none.
    public var spillBytes = 512 << 20
    /// Where: in a file without a name.
    public var spillFolder = FileManager.default.temporaryDirectory

    public init(memoryBytes: Int) { self.memoryBytes = memoryBytes }
}

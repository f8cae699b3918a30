/// Whether the adapters in use fit into the pool, or push each other out.
public struct ThrashSnapshot: Hashable, Sendable, Codable {
    /// Loads within the window of adapters that had been evicted less than a window before.
    public let reloads: Int
    public let windowSeconds: Double
    /// Pages of all adapters that were asked for within the window, of those whose size is known.
    public let workingSetPages: Int
    /// Pages that adapters hold or could hold now: the pool without what running sequences use.
    public let capacityPages: Int
    /// Whether an episode of thrash is under way.
    public let isThrashing: Bool

    public init(reloads: Int, windowSeconds: Double, workingSetPages: Int, capacityPages: Int, isThrashing: Bool) {
        self.reloads = reloads
        self.windowSeconds = windowSeconds
        self.workingSetPages = workingSetPages
        self.capacityPages = capacityPages
        self.isThrashing = isThrashing
    }

    /// "12 reloads in 30 s: adapters in use need 812 pages, the pool can hold 600"
    public var sentence: String {
        "\(reloads.counted("reload")) in \(Int(bounding: windowSeconds.rounded())) s: adapters in use need \(workingSetPages.counted("page")), "
            + "the pool can hold \(capacityPages)"
    }
}

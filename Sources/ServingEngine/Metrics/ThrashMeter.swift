import DeckCore

/// Whether adapters push each other out: reloads soon after an eviction, and what is asked for against what fits. One
/// warning an episode: an episode begins when reloads reach a number within the window and ends when the window has none.
struct ThrashMeter: Sendable {
    /// Reloads within the window that begin an episode.
    static let threshold = 3

    let windowSeconds: Double
    private var reloads: [Double] = []
    private var requested: [String: Double] = [:]
    private(set) var isThrashing = false

    init(windowSeconds: Double) { self.windowSeconds = windowSeconds }

    mutating func requested(_ adapter: String, now: Double) {
        requested[adapter] = now
        if requested.count > 4096 { forget(now) }
    }

    /// An adapter was loaded that had been evicted within the window. True when an episode begins with it.
    mutating func reloaded(now: Double) -> Bool {
        reloads.append(now)
        forget(now)
        guard !isThrashing, reloads.count >= Self.threshold else { return false }
        isThrashing = true
        return true
    }

    /// `pages` gives an adapter's size, nil when it is not known.
    mutating func snapshot(now: Double, capacityPages: Int, pages: (String) -> Int?) -> ThrashSnapshot {
        forget(now)
        return ThrashSnapshot(
            reloads: reloads.count, windowSeconds: windowSeconds,
            workingSetPages: requested.keys.reduce(0) { $0 + (pages($1) ?? 0) }, capacityPages: capacityPages,
            isThrashing: isThrashing)
    }

    private mutating func forget(_ now: Double) {
        reloads.removeAll { now - $0 > windowSeconds }
        requested = requested.filter { now - $0.value <= windowSeconds }
        if reloads.isEmpty { isThrashing = false }
    }
}

import DeckCore
import Foundation

/// What one adapter name, or the base, has done since the engine started, and lately.
struct AdapterMeter: Sendable {
    /// An eviction, and what it took out.
    struct Eviction: Sendable {
        /// On the engine's clock.
        let time: Double
        let digest: Digest
        let note: EvictionNote
    }

    /// On the engine's clock: nothing happened since.
    var lastChange = 0.0
    var hits = 0
    var loads = 0
    var evictions = 0
    var requestsFinished = 0
    var tokensGenerated = 0
    var lastUsed: Date?
    var lastLoadSeconds: Double?
    /// Nil when it was never evicted.
    var lastEviction: Eviction?
    var latency: LatencyMeter
    private var tokens: RateWindow

    init(windowSeconds: Double) {
        tokens = RateWindow(seconds: min(windowSeconds, 10))
        latency = LatencyMeter(windowSeconds: windowSeconds)
    }

    mutating func generated(now: Double) {
        tokensGenerated += 1
        tokens.add(1, now: now)
    }

    mutating func tokensPerSecond(now: Double) -> Double { tokens.rate(now: now) }
}

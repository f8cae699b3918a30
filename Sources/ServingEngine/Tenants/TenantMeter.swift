import DeckCore

/// What one tenant got since the engine started, and lately.
struct TenantMeter: Sendable {
    var promptTokens = 0
    var generatedTokens = 0
    var refused = 0
    /// On the engine's clock.
    var lastSeen = 0.0
    private var timeToFirstToken: LatencyWindow

    init(windowSeconds: Double) { timeToFirstToken = LatencyWindow(seconds: windowSeconds) }

    mutating func firstToken(after seconds: Double, now: Double) { timeToFirstToken.record(seconds, now: now) }
    mutating func latency(now: Double) -> LatencySummary? { timeToFirstToken.summary(now: now) }
}

/// Tenants' meters. A name is free text, so their number is bounded: those not seen longest are forgotten.
struct TenantMeters: Sendable {
    private static let limit = 1024
    private let windowSeconds: Double
    private(set) var meters: [String: TenantMeter] = [:]

    init(windowSeconds: Double) { self.windowSeconds = windowSeconds }

    mutating func update(_ name: String, now: Double, _ change: (inout TenantMeter) -> Void) {
        if meters[name] == nil, meters.count >= Self.limit {
            let old = meters.sorted { $0.value.lastSeen < $1.value.lastSeen }.prefix(Self.limit / 4)
            for entry in old { meters[entry.key] = nil }
        }
        meters[name, default: TenantMeter(windowSeconds: windowSeconds)].lastSeen = now
        change(&meters[name]!)
    }

    /// Percentiles of one tenant; nil when nothing was measured in the window.
    mutating func latency(_ name: String, now: Double) -> LatencySummary? { meters[name]?.latency(now: now) }

    /// Those that were seen within the window.
    func recent(now: Double) -> [String] { meters.filter { now - $0.value.lastSeen <= windowSeconds }.map(\.key) }
}

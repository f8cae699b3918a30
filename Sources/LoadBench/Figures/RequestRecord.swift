import DeckCore
import Glibc

/// What came of one request, as its client saw it. Times are seconds on `LoadClock`.
public struct RequestRecord: Sendable {
    public let tenant: String
    public let adapter: Int?
    /// When it was sent.
    public let began: Double
    /// When each token, or piece of several, arrived.
    public var arrivals: [Double] = []
    public var ended: Double?
    /// As the server counts; 0 when it does not say.
    public var promptTokens = 0
    public var outputTokens = 0
    /// Why it came to no good end.
    public var failure: String?
    /// The engine's own account, for an embedded one.
    public var timeline: RequestTimeline?

    /// A request that is sent at `began`.
    public init(_ request: LoadRequest, began: Double = LoadClock.now) {
        tenant = request.tenant
        adapter = request.adapter
        self.began = began
    }

    /// Seconds to the first token.
    public var timeToFirst: Double? { arrivals.first.map { $0 - began } }
}

/// Seconds on the system's monotonic clock.
public enum LoadClock {
    public static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}

import DeckCore

/// What the console keeps of the moments that it has seen, while the screen stands still too: the past that graphs, the
/// request screens and the history are drawn from. Everything in it is bounded.
public struct Chronicle: Sendable {
    public private(set) var series = SeriesBook()
    public private(set) var requests = RequestLog()
    public private(set) var recording = Recording()

    public init() {}

    /// Takes the next moment in.
    mutating func take(_ safe: SafeSnapshot) {
        series.take(safe.snapshot)
        requests.take(safe.snapshot)
        recording.take(safe)
    }
}

/// The rows of a step that share one adapter (the "S" of Punica's SGMV).
public struct SegmentSnapshot: Hashable, Sendable, Codable {
    /// Nil for the base.
    public let adapter: String?
    /// Rows that computed prompt tokens.
    public let prefillRows: Int
    /// Rows that computed the token after a generated one.
    public let decodeRows: Int
    /// Largest rank of the adapter; 0 for the base.
    public let rank: Int

    public init(adapter: String?, prefillRows: Int, decodeRows: Int, rank: Int) {
        self.adapter = adapter
        self.prefillRows = prefillRows
        self.decodeRows = decodeRows
        self.rank = rank
    }

    public var rows: Int { prefillRows + decodeRows }
}

/// One forward pass over the running batch.
public struct StepSnapshot: Hashable, Sendable, Codable {
    /// Counts steps since the engine started.
    public let index: Int
    /// In batch order.
    public let segments: [SegmentSnapshot]
    /// Wall time of the step, in seconds.
    public let seconds: Double

    public init(index: Int, segments: [SegmentSnapshot], seconds: Double) {
        self.index = index
        self.segments = segments
        self.seconds = seconds
    }

    public var prefillRows: Int { segments.reduce(0) { $0 + $1.prefillRows } }
    public var decodeRows: Int { segments.reduce(0) { $0 + $1.decodeRows } }
    public var rows: Int { prefillRows + decodeRows }
}

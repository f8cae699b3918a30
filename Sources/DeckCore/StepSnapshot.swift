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

    public var rows: Int { prefillRows.plus(decodeRows) }
}

/// Where a step's wall time went, in seconds.
public struct StepParts: Hashable, Sendable, Codable {
    /// Products with the base's weights.
    public let base: Double
    /// Adapters' shrinks and expands.
    public let adapters: Double
    /// Attention over keys and values.
    public let attention: Double
    /// Choosing tokens from logits.
    public let sampling: Double
    /// Norms, rotations, activations, embeddings.
    public let other: Double

    public init(base: Double, adapters: Double, attention: Double, sampling: Double, other: Double) {
        self.base = base
        self.adapters = adapters
        self.attention = attention
        self.sampling = sampling
        self.other = other
    }

    /// No time at all.
    public static let zero = StepParts(base: 0, adapters: 0, attention: 0, sampling: 0, other: 0)

    /// The parts of both, each with its like.
    public static func + (one: StepParts, other: StepParts) -> StepParts {
        StepParts(
            base: one.base + other.base, adapters: one.adapters + other.adapters,
            attention: one.attention + other.attention, sampling: one.sampling + other.sampling,
            other: one.other + other.other)
    }
}

/// One forward pass over the running batch.
public struct StepSnapshot: Hashable, Sendable, Codable {
    /// Counts steps since the engine started.
    public let index: Int
    /// In batch order.
    public let segments: [SegmentSnapshot]
    /// Wall time of the step, in seconds.
    public let seconds: Double
    /// Nil where the deck cannot say.
    public let parts: StepParts?

    public init(index: Int, segments: [SegmentSnapshot], seconds: Double, parts: StepParts? = nil) {
        self.index = index
        self.segments = segments
        self.seconds = seconds
        self.parts = parts
    }

    public var prefillRows: Int { segments.lazy.map(\.prefillRows).saturatedSum }
    public var decodeRows: Int { segments.lazy.map(\.decodeRows).saturatedSum }
    public var rows: Int { prefillRows.plus(decodeRows) }
}

import DeckCore

/// What the next step computes, and what had to happen so that it can: the scheduler's answer, performed by the loop.
struct StepPlan: Sendable {
    /// Consecutive rows of one sequence.
    struct Slice: Hashable, Sendable {
        let id: RequestID
        /// Nil is the base.
        let adapter: AdapterKey?
        let firstPosition: Int
        let rowCount: Int
        let pages: [Int32]
        /// Whether its last row is the last known token, whose logits choose the next one.
        let reachesEnd: Bool
        let decodes: Bool
    }

    /// An idle adapter that left to make room.
    struct Eviction: Sendable {
        let adapter: AdapterStore.Evicted
        /// What for.
        let reason: String
        /// Whose request needed the room; nil for operators' loads and the engine's own questions.
        let tenant: String?
        /// The adapter that needed it; nil when a sequence did.
        let claimant: AdapterKey?
    }

    struct Rejection: Hashable, Sendable {
        let id: RequestID
        let kind: FailureKind
        let reason: Refusal
    }

    /// KV that leaves the pool.
    struct Keeping: Sendable {
        let id: RequestID
        let ticket: SpillBook.Ticket
        let buffer: SpillBuffer
        /// The pages, in order, and where each goes on disk.
        let pages: [Int32]
        let slots: [Int32]
    }

    /// KV that comes back.
    struct Restoring: Sendable {
        let id: RequestID
        /// Tokens whose KV the buffer holds.
        let tokens: Int
        let buffer: SpillBuffer
        /// The first page that is not in the pool already.
        let firstPage: Int
        let pages: [Int32]
    }

    /// Whether prompts waited to be computed when the step was planned.
    var wantsPrefill = false
    /// In batch order: slices of one adapter are neighbours, the base first; decode rows before prefill within one.
    var slices: [Slice] = []
    /// Began or resumed in this plan.
    var admitted: [RequestID] = []
    /// Lost their pages in this plan.
    var preempted: [RequestID] = []
    /// Of those that lost their pages, what is kept: copied before anything else writes to the pages.
    var keeping: [Keeping] = []
    /// Whose KV must be read from disk now.
    var fetching: [RequestID] = []
    /// Of those that began, what comes back into their pages, after everything of `keeping` is copied.
    var restoring: [Restoring] = []
    /// Can never run.
    var rejected: [Rejection] = []
    var evicted: [Eviction] = []
    /// Loads whose header must be read now.
    var opening: [AdapterKey] = []
    /// Loads whose pages are reserved: weights must be streamed now.
    var reading: [AdapterKey] = []
    /// Loads that cannot be, with the arithmetic.
    var refusedLoads: [(key: AdapterKey, reason: String)] = []
    /// Loads that wait for pages, with the arithmetic.
    var waitingLoads: [(key: AdapterKey, reason: String)] = []

    /// Whether planning again at once could come to something else.
    var changedSomething: Bool {
        !slices.isEmpty || !preempted.isEmpty || !rejected.isEmpty || !evicted.isEmpty
            || !refusedLoads.isEmpty
    }

    /// Whether an adapter begins to load, is refused its load, or leaves.
    var movesAdapters: Bool {
        !evicted.isEmpty || !refusedLoads.isEmpty || !opening.isEmpty || !reading.isEmpty
    }
}

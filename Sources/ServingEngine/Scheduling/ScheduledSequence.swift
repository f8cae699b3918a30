import DeckCore

/// One request as the scheduler sees it: tokens and pages, no text.
struct ScheduledSequence: Sendable {
    enum Status: Hashable, Sendable {
        case waiting(WaitReason)
        case running
    }

    /// Ids grow with submission, so the id is the age.
    let id: RequestID
    /// The name that it asks for; nil is the base.
    let adapter: String?
    /// The version that it began on; every later step uses this one (invariant 3).
    var bound: AdapterKey?
    /// Whether it is the engine's own question to an adapter. A probe brings no adapter into the pool, and its few rows go
    /// before those of all prompts.
    let isProbe: Bool
    /// Seconds on the engine's clock.
    let arrival: Double
    let promptTokens: Int
    /// Who is charged for it; nil for the engine's own.
    var tenant: TenantKey?
    /// The prompt and what was generated: what its pages are computed from.
    var tokens: [Int32]
    /// With whom it shares cached prefixes; nil for the engine's own questions, which leave and take none.
    let audience: PrefixAudience?
    /// Whether it may begin on pages that another sequence of its audience computed.
    let takesPrefixes: Bool
    /// Tokens whose KV stands in `pages`.
    var computed = 0
    /// The block table: entry i holds positions i*tokensPerPage ..< (i+1)*tokensPerPage. The first `shared` pages are the
    /// prefix cache's, the others its own.
    var pages: [Int32] = []
    var shared = 0
    /// Prompt tokens that it found computed when it first began.
    var cachedTokens = 0
    var status = Status.waiting(.adapterLoading)
    /// The plan that gave `status` its reason; an older one says nothing any more.
    var reasonPlan = 0
    /// What holds it back until it first begins; nil from then on, and for the engine's own.
    var tally: WaitTally?
    /// When it first began, on the engine's clock, and what it had waited for until then.
    var begun: (time: Double, waits: [WaitPart])?
    /// Whether it runs, yet stands still with its pages for a tenant with less than its share.
    var isHeld = false
    /// The plan that gave it rows last.
    var lastRowsPlan = 0
    /// Whether it waits with tokens that were computed before.
    var wasPreempted = false

    init(
        id: RequestID, adapter: String?, bound: AdapterKey? = nil, isProbe: Bool = false,
        arrival: Double, tokens: [Int32], audience: PrefixAudience?, takesPrefixes: Bool
    ) {
        self.isProbe = isProbe
        self.id = id
        self.adapter = adapter
        self.bound = bound
        self.arrival = arrival
        self.promptTokens = tokens.count
        self.tokens = tokens
        self.audience = audience
        self.takesPrefixes = takesPrefixes
    }

    /// Tokens known.
    var length: Int { tokens.count }
    /// Pages that end with it.
    var ownPages: ArraySlice<Int32> { pages[shared...] }
    var isRunning: Bool { status == .running }
    /// Whether its next step is the row of one generated token.
    var decodes: Bool { length > promptTokens && computed == length - 1 }
}

/// Where one connection's dialogue stands. A state machine: what comes and goes in, the phase out.
struct ConnectionPhases {
    enum Phase: Hashable {
        /// Nothing was asked yet.
        case firstHead
        /// Everything was answered; another request may follow.
        case idle
        /// A request's body is on its way.
        case body
        /// A whole request is being answered.
        case answering
    }

    private var hasBegun = false
    /// Requests whose head came and whose answer has not ended.
    private var open = 0
    private var isInBody = false

    var phase: Phase {
        // A body behind a request that is still being answered waits for that: nobody reads it.
        if isInBody, open <= 1 { return .body }
        if open > 0 { return .answering }
        return hasBegun ? .idle : .firstHead
    }

    mutating func headCame() {
        hasBegun = true
        open += 1
        isInBody = true
    }

    mutating func endCame() { isInBody = false }

    mutating func answerEnded() { open = max(0, open - 1) }
}

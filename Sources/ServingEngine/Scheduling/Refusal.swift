/// Why something is refused, in two sentences: what whoever asked may know, and what an operator may (invariant 15).
struct Refusal: Hashable, Sendable {
    /// Says nothing of what others hold or wait for.
    let told: String
    /// With the arithmetic, others' shares in it (invariant 8).
    let inFull: String

    /// A reason that tells nothing of others.
    init(_ reason: String) {
        told = reason
        inFull = reason
    }

    init(told: String, inFull: String) {
        self.told = told
        self.inFull = inFull
    }
}

import DeckCore

/// What loads have proved, by content: the same weights on the same base have the same norms and move it as far, so a
/// reload, and another name for the same adapter, proves nothing again. The digest covers the scale.
struct ProofBook: Sendable {
    private var proofs: [Digest: ProofOfEffect] = [:]
    /// Oldest first.
    private var order: [Digest] = []
    private let limit: Int

    /// Keeps at most `limit` proofs, the newest.
    init(limit: Int) { self.limit = limit }

    subscript(digest: Digest) -> ProofOfEffect? { proofs[digest] }

    /// Keeps a proof; one without a probe does not replace one that has it.
    mutating func keep(_ proof: ProofOfEffect, of digest: Digest) {
        guard let known = proofs[digest] else {
            proofs[digest] = proof
            order.append(digest)
            if order.count > limit { proofs[order.removeFirst()] = nil }
            return
        }
        if known.probe == nil { proofs[digest] = proof }
    }
}

/// Masks by state of the grammar, for all sequences together: most answers go through the same few states. Confined to the
/// step thread.
final class JSONMasks {
    /// Six kilobytes each for a vocabulary of 49,152.
    static let limit = 512
    private var masks: [JSONGrammar: TokenMask] = [:]

    func mask(_ grammar: JSONGrammar, _ vocabulary: ByteVocabulary) -> TokenMask {
        if let mask = masks[grammar] { return mask }
        if masks.count >= Self.limit { masks = [:] }
        let mask = vocabulary.mask(grammar)
        masks[grammar] = mask
        return mask
    }
}

/// Keeps one answer to a JSON object.
struct JSONConstraint {
    /// Blanks in a row after which the answer must go on: small models indent for ever.
    static let blankLimit = 32

    private let vocabulary: ByteVocabulary
    private let masks: JSONMasks
    private var grammar = JSONGrammar()
    private var blanks = 0

    init(_ vocabulary: ByteVocabulary, _ masks: JSONMasks) {
        self.vocabulary = vocabulary
        self.masks = masks
    }

    /// The object is closed: nothing may follow.
    var isComplete: Bool { grammar.isComplete }

    /// Makes every token impossible that may not come next.
    func apply(to logits: UnsafeMutableBufferPointer<Float>) {
        masks.mask(grammar, vocabulary).apply(to: logits)
    }

    mutating func accept(_ token: Int) {
        for byte in vocabulary.bytes(of: token) {
            blanks = grammar.isBetween && JSONGrammar.isBlank(byte) ? blanks + 1 : 0
            _ = grammar.take(byte)
        }
        grammar.refusesBlanks = blanks >= Self.blankLimit
    }
}

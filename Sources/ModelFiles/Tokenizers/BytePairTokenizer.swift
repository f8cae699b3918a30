import Foundation

/// Byte-level byte-pair encoding, as GPT-2 introduced it and Llama 3, Qwen 2 and SmolLM use it: text is split by a
/// pattern, each piece starts as its bytes, and merges join them.
public struct BytePairTokenizer: Tokenizer {
    /// What distinguishes one byte-level vocabulary's reading of text from another's.
    struct Rules: Hashable, Sendable {
        /// Applied one after the other, each to the pieces of the one before. Empty leaves the text whole.
        var patterns: [SplitPattern]
        /// Qwen 2 composes its text (Unicode normalisation form C).
        var composes = false
        /// Llama 3 takes a piece that is a token as that token, whatever its merges say.
        var ignoresMerges = false
        /// A space is put before a text that does not start with one.
        var addsPrefixSpace = false
    }

    let vocabulary: Vocabulary
    let merges: PairMerges
    let rules: Rules
    let added: AddedTokens
    public let beginToken: Int?
    public let endTokens: Set<Int>
    /// The token of each byte; negative for a byte that has none and is dropped, as Hugging Face drops it.
    private let byteTokens: [Int32]
    private let decoded: TokenBytes
    private let longestToken: Int
    public let longestTokenBytes: Int

    /// `unknown` stands for bytes that have no token; without one they are dropped.
    init(
        vocabulary: Vocabulary, merges: PairMerges, rules: Rules, added: [AddedToken], unknown: Int?, beginToken: Int?,
        endTokens: Set<Int>
    ) {
        self.vocabulary = vocabulary
        self.merges = merges
        self.rules = rules
        self.added = AddedTokens(added)
        self.beginToken = beginToken
        self.endTokens = endTokens
        byteTokens = ByteAlphabet.texts.map { text in
            Int32(text.withUnsafeBufferPointer { vocabulary.id(of: $0) } ?? unknown ?? -1)
        }
        let addedByID = Dictionary(added.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var decoded = TokenBytes(count: vocabulary.count)
        var longest = 0
        var mostBytes = 1
        for id in 0..<vocabulary.count {
            let text = vocabulary.text(of: id)
            longest = max(longest, text.count)
            if let token = addedByID[id] {
                decoded.append(token.isSpecial ? [] : Array(text))
                mostBytes = max(mostBytes, text.count)
            } else {
                let bytes = ByteAlphabet.decode(text)
                decoded.append(bytes)
                mostBytes = max(mostBytes, rules.composes ? bytes.count * Self.compositionShrinks : bytes.count)
            }
        }
        self.decoded = decoded
        longestToken = longest
        longestTokenBytes = mostBytes
    }

    /// How many times as long, in UTF-8, a text is at most than its normalisation form C: a Hangul syllable of three bytes
    /// stands for three letters of three bytes, the K of one for the sign of the kelvin.
    private static let compositionShrinks = 3

    public var vocabularySize: Int { vocabulary.count }
    public var leadingSpacesToDrop: Int { rules.addsPrefixSpace ? 1 : 0 }

    public func text(ofSpecial token: Int) -> String? { added.specialTexts[token] }

    public func bytes(of token: Int) -> [UInt8] { decoded[token] }

    public func encode(_ text: String, parsingSpecials: Bool) -> [Int] {
        encode([parsingSpecials ? .markup(text) : .content(text)])
    }

    public func encode(_ parts: [PromptPart]) -> [Int] {
        var ids: [Int] = []
        for segment in added.split(parts) {
            switch segment {
            case .token(let id): ids.append(id)
            case .text(let text): encodePlain(text, into: &ids)
            }
        }
        return ids
    }

    private func encodePlain(_ text: String, into ids: inout [Int]) {
        var text = rules.composes ? Self.composed(text) : text
        if rules.addsPrefixSpace, text.utf8.first != UInt8(ascii: " ") { text = " " + text }
        let bytes = Array(text.utf8)
        let scalars = ScalarText(text.unicodeScalars, count: bytes.count)
        var symbols: [Int32] = []
        forEachPiece(in: scalars, from: 0, to: scalars.count, stage: 0) { start, end in
            let piece = bytes[scalars.starts[start]..<scalars.starts[end]]
            if rules.ignoresMerges, let id = wholeToken(piece) {
                ids.append(id)
                return
            }
            symbols.removeAll(keepingCapacity: true)
            for byte in piece where byteTokens[Int(byte)] >= 0 { symbols.append(byteTokens[Int(byte)]) }
            merges.merge(&symbols)
            for symbol in symbols { ids.append(Int(symbol)) }
        }
    }

    private func forEachPiece(
        in text: ScalarText, from start: Int, to end: Int, stage: Int, _ body: (Int, Int) -> Void
    ) {
        guard stage < rules.patterns.count else { return body(start, end) }
        var position = start
        while position < end {
            let next = rules.patterns[stage].endOfPiece(in: text, from: position, to: end)
            forEachPiece(in: text, from: position, to: next, stage: stage + 1, body)
            position = next
        }
    }

    /// The token that a piece is as a whole.
    private func wholeToken(_ piece: ArraySlice<UInt8>) -> Int? {
        guard piece.count <= longestToken else { return nil }
        let text = piece.flatMap { ByteAlphabet.texts[Int($0)] }
        return text.withUnsafeBufferPointer { vocabulary.id(of: $0) }
    }

    /// Normalisation form C. Everything below U+0300 is in it already, which spares most texts the work.
    private static func composed(_ text: String) -> String {
        text.unicodeScalars.allSatisfy { $0.value < 0x300 }
            ? text : text.decomposedStringWithCanonicalMapping.precomposedStringWithCanonicalMapping
    }
}

/// SentencePiece's byte-pair model (Kudo and Richardson, 2018), as Llama 2 and Mistral use it: characters merge by the
/// score of what they join to, spaces are written U+2581, and characters without a piece fall back to their bytes.
public struct SentencePieceTokenizer: Tokenizer {
    /// Where a text gets a U+2581 before it.
    enum Prefix: Hashable, Sendable {
        case never
        /// Every stretch between added tokens.
        case everySegment
        /// Every stretch that does not start with a space.
        case everySegmentWithoutSpace
        /// The text's own start, unless it is a space.
        case start
    }

    static let space: Unicode.Scalar = "\u{2581}"

    let pieces: PieceTable
    let added: AddedTokens
    let prefix: Prefix
    /// Whether merges stop at spaces.
    let splitsWords: Bool
    public let beginToken: Int?
    public let endTokens: Set<Int>
    public let longestTokenBytes: Int

    init(
        pieces: PieceTable, added: [AddedToken], prefix: Prefix, splitsWords: Bool, beginToken: Int?,
        endTokens: Set<Int>
    ) {
        self.pieces = pieces
        self.added = AddedTokens(added)
        self.prefix = prefix
        self.splitsWords = splitsWords
        self.beginToken = beginToken
        self.endTokens = endTokens
        let special = added.reduce(1) { max($0, $1.text.utf8.count) }
        longestTokenBytes = (0..<pieces.count).reduce(special) { max($0, pieces.decoded[$1].count) }
    }

    public var vocabularySize: Int { pieces.count }
    public var leadingSpacesToDrop: Int { prefix == .never ? 0 : 1 }

    public func text(ofSpecial token: Int) -> String? { added.specialTexts[token] }

    public func bytes(of token: Int) -> [UInt8] { pieces.decoded[token] }

    public func encode(_ text: String, parsingSpecials: Bool) -> [Int] {
        encode([parsingSpecials ? .markup(text) : .content(text)])
    }

    public func encode(_ parts: [PromptPart]) -> [Int] {
        var ids: [Int] = []
        for (index, segment) in added.split(parts).enumerated() {
            switch segment {
            case .token(let id): ids.append(id)
            case .text(let text): encodePlain(text, isStart: index == 0, into: &ids)
            }
        }
        return ids
    }

    private func encodePlain(_ text: String, isStart: Bool, into ids: inout [Int]) {
        let first = text.unicodeScalars.first
        let startsWithSpace = first == " " || first == Self.space
        let prefixed =
            switch prefix {
            case .never: false
            case .everySegment: true
            case .everySegmentWithoutSpace: !startsWithSpace
            case .start: isStart && !startsWithSpace
            }
        var symbols: [Int32] = []
        symbols.reserveCapacity(text.utf8.count + 1)
        if prefixed { symbols.append(pieces.symbol(of: Self.space)) }
        for scalar in text.unicodeScalars {
            let isSpace = scalar == " " || scalar == Self.space
            if splitsWords, isSpace { flush(&symbols, into: &ids) }
            symbols.append(pieces.symbol(of: isSpace ? Self.space : scalar))
        }
        flush(&symbols, into: &ids)
    }

    private func flush(_ symbols: inout [Int32], into ids: inout [Int]) {
        pieces.merges.merge(&symbols)
        pieces.append(symbols, to: &ids)
        symbols.removeAll(keepingCapacity: true)
    }
}

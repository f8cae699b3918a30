/// Text to token ids and back.
public protocol Tokenizer: Sendable {
    var vocabularySize: Int { get }
    /// Put before a prompt when the model wants it; nil when it wants none.
    var beginToken: Int? { get }
    /// Any of these ends a generation.
    var endTokens: Set<Int> { get }

    /// The ids of a text; no token is added. `parsingSpecials` turns the text of special tokens into their ids.
    func encode(_ text: String, parsingSpecials: Bool) -> [Int]

    /// The bytes that a token stands for, which may be a part of a character; empty for special tokens and for ids that
    /// are out of range.
    func bytes(of token: Int) -> [UInt8]

    /// How many leading spaces a whole decoded text loses (1 for SentencePiece's dummy prefix, else 0).
    var leadingSpacesToDrop: Int { get }
}

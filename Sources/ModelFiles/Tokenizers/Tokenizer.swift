/// A stretch of a prompt, by who wrote it.
public enum PromptPart: Hashable, Sendable {
    /// Written by a chat template: special tokens in it are special.
    case markup(String)
    /// Written by a user: never becomes a special token, whatever it spells.
    case content(String)
}

/// Text to token ids and back.
public protocol Tokenizer: Sendable {
    var vocabularySize: Int { get }
    /// Put before a prompt when the model wants it; nil when it wants none.
    var beginToken: Int? { get }
    /// Any of these ends a generation.
    var endTokens: Set<Int> { get }

    /// The ids of a text; no token is added. `parsingSpecials` turns the text of special tokens into their ids.
    func encode(_ text: String, parsingSpecials: Bool) -> [Int]

    /// The ids of adjacent parts; no token is added. Text between two special tokens is encoded as one, so that the
    /// border between a template's text and a user's is invisible, as it is to who encodes the whole as one string.
    func encode(_ parts: [PromptPart]) -> [Int]

    /// The bytes that a token stands for, which may be a part of a character; empty for special tokens and for ids that
    /// are out of range.
    func bytes(of token: Int) -> [UInt8]

    /// How a special token is written in a prompt; nil for every other token.
    func text(ofSpecial token: Int) -> String?

    /// Bytes of a text that one token stands for at most. Characters that have no token, and blanks that a token takes along,
    /// count for nothing in it.
    var longestTokenBytes: Int { get }

    /// How many leading spaces a whole decoded text loses (1 for SentencePiece's dummy prefix, else 0).
    var leadingSpacesToDrop: Int { get }
}

extension Tokenizer {
    /// Looks at every token.
    public var longestTokenBytes: Int {
        (0..<vocabularySize).reduce(1) { max($0, bytes(of: $1).count, text(ofSpecial: $1)?.utf8.count ?? 0) }
    }

    /// Of a tokenizer that has no special tokens.
    public func text(ofSpecial token: Int) -> String? { nil }

    /// Part by part; right wherever a tokenizer joins nothing across their borders.
    public func encode(_ parts: [PromptPart]) -> [Int] {
        parts.flatMap { part in
            switch part {
            case .markup(let text): encode(text, parsingSpecials: true)
            case .content(let text): encode(text, parsingSpecials: false)
            }
        }
    }

    /// The text of a whole sequence of ids; special tokens are silent, invalid bytes become U+FFFD.
    public func decode(_ tokens: [Int]) -> String {
        var bytes = tokens.flatMap { self.bytes(of: $0) }
        let spaces = bytes.prefix(leadingSpacesToDrop).prefix { $0 == UInt8(ascii: " ") }.count
        bytes.removeFirst(spaces)
        return String(decoding: bytes, as: UTF8.self)
    }
}

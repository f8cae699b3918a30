/// Turns generated tokens into text as they come, without ever emitting half a character.
///
/// What `append` and `finish` return joins to the decoded text of all tokens. Only the bytes of one incomplete UTF-8
/// sequence, at most three, are ever held back; bytes that can no longer become a character turn into U+FFFD, as
/// `String(decoding:as:)` substitutes them.
public struct StreamingDetokenizer: Sendable {
    private let tokenizer: any Tokenizer
    private var held: [UInt8] = []
    private var spacesToDrop: Int

    /// `continuesText` keeps the space that a SentencePiece text would lose at its start: what is decoded then follows
    /// a prompt's text on the same line.
    public init(tokenizer: any Tokenizer, continuesText: Bool = false) {
        self.tokenizer = tokenizer
        spacesToDrop = continuesText ? 0 : tokenizer.leadingSpacesToDrop
    }

    /// The text that is certain after one more token; often empty inside a character of several tokens.
    public mutating func append(_ token: Int) -> String {
        var bytes = tokenizer.bytes(of: token)[...]
        while spacesToDrop > 0, let first = bytes.first {
            guard first == UInt8(ascii: " ") else {
                spacesToDrop = 0
                break
            }
            bytes = bytes.dropFirst()
            spacesToDrop -= 1
        }
        guard !bytes.isEmpty else { return "" }
        held.append(contentsOf: bytes)
        let incomplete = Self.incompleteSuffix(of: held)
        let text = String(decoding: held.dropLast(incomplete), as: UTF8.self)
        held.removeFirst(held.count - incomplete)
        return text
    }

    /// What was held back, as U+FFFD; nothing follows.
    public mutating func finish() -> String {
        defer { held = [] }
        return String(decoding: held, as: UTF8.self)
    }

    /// How many bytes at the end begin a UTF-8 sequence that further bytes could complete (Unicode, table 3-7).
    public static func incompleteSuffix(of bytes: [UInt8]) -> Int {
        for length in 1...3 where length <= bytes.count {
            let lead = bytes[bytes.count - length]
            guard lead & 0xC0 != 0x80 else { continue }
            let expected: Int
            var second: ClosedRange<UInt8> = 0x80...0xBF
            switch lead {
            case 0xC2...0xDF: expected = 2
            case 0xE0...0xEF:
                expected = 3
                if lead == 0xE0 { second = 0xA0...0xBF }
                if lead == 0xED { second = 0x80...0x9F }
            case 0xF0...0xF4:
                expected = 4
                if lead == 0xF0 { second = 0x90...0xBF }
                if lead == 0xF4 { second = 0x80...0x8F }
            default: return 0
            }
            guard length < expected else { return 0 }
            if length > 1, !second.contains(bytes[bytes.count - length + 1]) { return 0 }
            return length
        }
        return 0
    }
}

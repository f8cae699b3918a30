/// The longest text that a number of tokens can stand for: longer ones are refused by their length, before the work of
/// reading them into tokens.
public struct TextBound: Hashable, Sendable {
    /// Tokens of the context that the text must fit into.
    public let tokens: Int
    /// Bytes of text that one token stands for at most.
    public let bytesPerToken: Int

    public init(tokens: Int, of tokenizer: any Tokenizer) {
        self.tokens = tokens
        bytesPerToken = max(1, tokenizer.longestTokenBytes)
    }

    /// In bytes.
    public var most: Int {
        let (bytes, isTooLarge) = tokens.multipliedReportingOverflow(by: bytesPerToken)
        return isTooLarge ? .max : bytes
    }

    /// Why a text of so many bytes cannot fit, with the arithmetic; nil when it may.
    public func refusal(bytes: Int) -> String? {
        guard bytes > most else { return nil }
        return
            "the prompt has \(bytes) bytes; a context of \(tokens) tokens of at most \(bytesPerToken) bytes holds \(most). "
            + "Please reduce the length of the prompt"
    }
}

extension [PromptPart] {
    /// Of UTF-8.
    public var byteCount: Int {
        reduce(0) { sum, part in
            switch part {
            case .markup(let text), .content(let text): sum + text.utf8.count
            }
        }
    }
}

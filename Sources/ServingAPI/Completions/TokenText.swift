import DeckCore
import ModelFiles

/// A token with its log-probability and those of its rivals.
struct ScoredToken: Sendable {
    let id: Int
    let logprob: Float?
    let top: [TokenLogprob]
}

/// Tokens as the API writes them.
struct TokenText: Sendable {
    let tokenizer: (any Tokenizer)?

    func bytes(_ token: Int) -> [UInt8] { tokenizer?.bytes(of: token) ?? [] }

    /// A token alone. One that is no text, being a part of a character, shows its bytes, as the OpenAI API has it:
    /// `bytes:\xf0\x9f`.
    func text(_ token: Int) -> String {
        guard let tokenizer else { return "token_id:\(token)" }
        let bytes = tokenizer.bytes(of: token)
        if bytes.isEmpty { return tokenizer.text(ofSpecial: token) ?? "" }
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        return "bytes:" + bytes.map { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Where the tokens of a prompt stand in its echo.
    func offsets(of tokens: [Int], in prompt: PromptSource) -> [Int] {
        var offsets = TokenOffsets(droppingSpaces: tokenizer?.leadingSpacesToDrop ?? 0)
        // A tokenizer may have composed characters, so that its tokens spell fewer or more than were sent.
        let end = prompt.echo.unicodeScalars.count
        return tokens.enumerated().map { index, token in
            var bytes = bytes(token)
            if bytes.isEmpty, let first = prompt.writtenFrom, index >= first {
                bytes = Array((tokenizer?.text(ofSpecial: token) ?? "").utf8)
            }
            return min(end, offsets.place(bytes))
        }
    }

    /// `logprobs` of a completion's choice. `offsets` are where its tokens stand in its text.
    func completion(_ tokens: [ScoredToken], offsets: [Int]) -> JSONValue {
        [
            "text_offset": .array(offsets.map { .int($0) }),
            "token_logprobs": .array(tokens.map { .number($0.logprob) }),
            "tokens": .array(tokens.map { .string(text($0.id)) }), "top_logprobs": .array(tokens.map(rivals)),
        ]
    }

    /// A token and its rivals by their text; null for a token that nothing came before.
    private func rivals(_ token: ScoredToken) -> JSONValue {
        guard let logprob = token.logprob else { return .null }
        var members: [String: JSONValue] = [:]
        // The one that is there comes first, even where it is not among the likeliest.
        let others = token.top.filter { $0.token != token.id }
        for entry in [TokenLogprob(token: token.id, logprob: logprob)] + others {
            let text = text(entry.token)
            members[members[text] == nil ? text : "token_id:\(entry.token)"] = .double(Double(entry.logprob))
        }
        return .object(members)
    }

    /// `logprobs` of a chat's choice.
    func chat(_ tokens: [ScoredToken]) -> JSONValue {
        let content = tokens.map { token -> JSONValue in
            guard case .object(var entry) = entry(token.id, token.logprob ?? 0) else { return .null }
            entry["top_logprobs"] = .array(token.top.map { self.entry($0.token, $0.logprob) })
            return .object(entry)
        }
        return ["content": .array(content), "refusal": .null]
    }

    private func entry(_ token: Int, _ logprob: Float) -> JSONValue {
        [
            "token": .string(text(token)), "logprob": .double(Double(logprob)),
            "bytes": .array(bytes(token).map { .int(Int($0)) }),
        ]
    }
}

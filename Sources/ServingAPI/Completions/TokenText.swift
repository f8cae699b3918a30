import DeckCore
import ModelFiles

/// A token with its log-probability and those of its rivals, as text.
struct ScoredToken: Sendable {
    let id: Int
    let logprob: Float?
    let top: [TokenLogprob]
}

/// Tokens as the API writes them.
struct TokenText: Sendable {
    let tokenizer: (any Tokenizer)?

    func bytes(_ token: Int) -> [UInt8] { tokenizer?.bytes(of: token) ?? [] }

    /// A token alone; one that is a part of a character shows as a replacement character.
    func text(_ token: Int) -> String {
        guard let tokenizer else { return "token_id:\(token)" }
        return String(decoding: tokenizer.bytes(of: token), as: UTF8.self)
    }

    /// `logprobs` of a completion's choice. `offset` is where its first token stands in the text.
    func completion(_ tokens: [ScoredToken], offset: inout Int) -> JSONValue {
        var texts: [JSONValue] = []
        var offsets: [JSONValue] = []
        var logprobs: [JSONValue] = []
        var tops: [JSONValue] = []
        for token in tokens {
            let text = text(token.id)
            texts.append(.string(text))
            offsets.append(.int(offset))
            offset += text.unicodeScalars.count
            logprobs.append(.number(token.logprob))
            guard let logprob = token.logprob else {
                tops.append(.null)
                continue
            }
            // The chosen one is there even where it is not among the likeliest.
            var members = [text: JSONValue.double(Double(logprob))]
            for rival in token.top { members[self.text(rival.token)] = .double(Double(rival.logprob)) }
            tops.append(.object(members))
        }
        return [
            "text_offset": .array(offsets), "token_logprobs": .array(logprobs), "tokens": .array(texts),
            "top_logprobs": .array(tops),
        ]
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

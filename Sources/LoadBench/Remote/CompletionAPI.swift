import Foundation

/// How a server is asked for a completion.
public enum CompletionAPI: String, Hashable, Sendable, Codable, CaseIterable {
    /// `/v1/completions` with server-sent events: vLLM, loradeck. The model's name is the adapter's.
    case openai
    /// `/completion` of llama.cpp's server. A list of scales selects the adapter.
    case llama
}

/// What one event of an answer's stream says.
struct CompletionEvent: Hashable, Sendable {
    /// Whether it brings generated tokens.
    var hasTokens = false
    /// Totals, in the last events.
    var promptTokens: Int?
    var outputTokens: Int?
    var error: String?

    /// Nil for the end's mark and for what is no JSON object.
    init?(_ data: String, api: CompletionAPI) {
        guard data != "[DONE]", let value = try? JSONDecoder().decode(Body.self, from: Data(data.utf8)) else {
            return nil
        }
        error = value.error?.text
        switch api {
        case .openai:
            // A token may be a piece of a character, and its text empty; only an event that merely ends brings none.
            hasTokens = value.choices?.contains { !($0.text ?? "").isEmpty || $0.finish_reason == nil } ?? false
            promptTokens = value.usage?.prompt_tokens
            outputTokens = value.usage?.completion_tokens
        case .llama:
            hasTokens = value.content != nil && value.stop != true || !(value.content ?? "").isEmpty
            if value.stop == true {
                promptTokens = value.tokens_evaluated
                outputTokens = value.tokens_predicted
            }
        }
    }

    private struct Body: Decodable {
        struct Choice: Decodable {
            let text: String?
            let finish_reason: String?
        }

        struct Usage: Decodable {
            let prompt_tokens: Int?
            let completion_tokens: Int?
        }

        let choices: [Choice]?
        let usage: Usage?
        let content: String?
        let stop: Bool?
        let tokens_evaluated: Int?
        let tokens_predicted: Int?
        let error: ServerError?
    }
}

/// An error as servers write it: text, or an object with a message.
struct ServerError: Decodable, Sendable {
    let text: String

    init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            self.text = text
        } else {
            struct Object: Decodable { let message: String? }
            text = try Object(from: decoder).message ?? "an error without a message"
        }
    }
}

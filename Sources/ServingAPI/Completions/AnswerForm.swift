import DeckCore
import DeckWire
import Foundation
import ModelFiles

/// Tokens of a request, as `usage` counts them.
struct TokenUsage: Hashable, Sendable {
    var prompt = 0
    var cached = 0
    var completion = 0

    var json: JSONValue {
        [
            "prompt_tokens": .int(prompt), "total_tokens": .int(prompt + completion),
            "completion_tokens": .int(completion), "prompt_tokens_details": ["cached_tokens": .int(cached)],
        ]
    }
}

/// The documents and chunks of one answer, in the form of its endpoint.
struct AnswerForm: Sendable {
    let isChat: Bool
    let model: String
    let id: String
    let created: Int
    let text: TokenText

    init(_ order: CompletionOrder, text: TokenText) {
        isChat = order.isChat
        model = order.model
        let random = UInt64.random(in: .min ... .max)
        id = (order.isChat ? "chatcmpl-" : "cmpl-") + String(random, radix: 16)
        created = Int(Date().timeIntervalSince1970)
        self.text = text
    }

    // MARK: Whole

    func document(_ choices: [JSONValue], _ usage: TokenUsage) -> JSONValue {
        [
            "id": .string(id), "object": isChat ? "chat.completion" : "text_completion", "created": .int(created),
            "model": .string(model), "choices": .array(choices), "usage": usage.json, "service_tier": .null,
            "system_fingerprint": .null,
        ]
    }

    func choice(_ index: Int, _ text: String, logprobs: JSONValue, _ reason: FinishReason) -> JSONValue {
        var members: [String: JSONValue] = [
            "index": .int(index), "logprobs": logprobs, "finish_reason": .string(word(reason)), "stop_reason": .null,
        ]
        if isChat {
            members["message"] = ["role": "assistant", "content": .string(text), "refusal": .null]
        } else {
            members["text"] = .string(text)
        }
        return .object(members)
    }

    // MARK: Chunks

    func chunk(_ choices: [JSONValue], usage: TokenUsage?) -> JSONValue {
        var members: [String: JSONValue] = [
            "id": .string(id), "object": isChat ? "chat.completion.chunk" : "text_completion", "created": .int(created),
            "model": .string(model), "choices": .array(choices),
        ]
        if let usage { members["usage"] = usage.json }
        return .object(members)
    }

    /// The first chunk of a chat's choice.
    func opening(_ index: Int) -> JSONValue {
        [
            "index": .int(index), "delta": ["role": "assistant", "content": ""], "logprobs": .null,
            "finish_reason": .null,
        ]
    }

    func delta(_ index: Int, _ text: String, logprobs: JSONValue, _ reason: FinishReason?) -> JSONValue {
        var members: [String: JSONValue] = [
            "index": .int(index), "logprobs": logprobs, "finish_reason": .text(reason.map(word)),
        ]
        if reason != nil { members["stop_reason"] = .null }
        if isChat {
            members["delta"] = text.isEmpty && reason != nil ? [:] : ["content": .string(text)]
        } else {
            members["text"] = .string(text)
        }
        return .object(members)
    }

    private func word(_ reason: FinishReason) -> String { reason == .aborted ? "abort" : reason.rawValue }
}

/// Server-sent events.
enum EventFrame {
    static let end = Array("data: [DONE]\n\n".utf8)
    /// A comment, which clients pass over.
    static let keepAlive = Array(": keep-alive\n\n".utf8)

    static func append(_ value: JSONValue, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: "data: ".utf8)
        value.write(into: &bytes)
        bytes.append(contentsOf: "\n\n".utf8)
    }
}

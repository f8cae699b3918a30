import DeckCore
import ModelFiles

/// What became of one request, as a line of JSON says it.
struct Answer: Sendable, Encodable {
    let id: JSONValue
    /// As it was asked for; nil for the base.
    let adapter: String?
    /// Whether alternatives were asked for.
    let wantsLogprobs: Bool
    let wantsPromptLogprobs: Bool
    private(set) var promptIDs: [Int] = []
    private(set) var ids: [Int] = []
    private(set) var text = ""
    private(set) var top: [[TokenLogprob]] = []
    private(set) var promptLogprobs: [Float?] = []
    private(set) var finish: FinishReason?
    private(set) var timeline: RequestTimeline?
    /// Why there is no answer.
    private(set) var error: String?

    init(id: JSONValue, adapter: String?, request: PromptRequest) {
        self.id = id
        self.adapter = adapter
        wantsLogprobs = request.logprobs != nil
        wantsPromptLogprobs = request.promptLogprobs
    }

    init(id: JSONValue, error: String) {
        self.id = id
        adapter = nil
        wantsLogprobs = false
        wantsPromptLogprobs = false
        self.error = error
    }

    var failed: Bool { error != nil }

    /// Takes in what the deck says; returns the text that this adds.
    @discardableResult
    mutating func take(_ update: PromptUpdate) -> String {
        switch update {
        case .started(_, let tokens):
            promptIDs = tokens
            return ""
        case .promptAlternatives:
            return ""
        case .token(let id, let piece, _, let alternatives):
            ids.append(id)
            top.append(alternatives)
            text += piece
            return piece
        case .finished(let reason, let piece, let logprobs, let timeline):
            finish = reason
            promptLogprobs = logprobs
            self.timeline = timeline
            text += piece
            return piece
        case .failed:
            error = update.failure
            return ""
        }
    }

    /// Takes in a whole stream, handing each new piece of text on.
    static func collect(
        _ stream: AsyncStream<PromptUpdate>, into start: Answer, onText: (String) -> Void = { _ in }
    ) async -> Answer {
        var answer = start
        for await update in stream {
            let piece = answer.take(update)
            if !piece.isEmpty { onText(piece) }
        }
        if answer.finish == nil, answer.error == nil { answer.error = "the engine ended before the answer did" }
        return answer
    }

    private enum Key: String, CodingKey {
        case id, adapter, ids, text, timings, error
        case promptIDs = "prompt_ids"
        case finish = "finish_reason"
        case promptLogprobs = "prompt_logprobs"
        case top = "top_logprobs"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(EncodableJSON(id), forKey: .id)
        if let error { return try container.encode(error, forKey: .error) }
        try container.encode(adapter, forKey: .adapter)
        try container.encode(promptIDs, forKey: .promptIDs)
        try container.encode(ids, forKey: .ids)
        try container.encode(text, forKey: .text)
        try container.encode(finish, forKey: .finish)
        if wantsPromptLogprobs {
            // JSON has no infinity.
            try container.encode(promptLogprobs.map { $0.flatMap { $0.isFinite ? $0 : nil } }, forKey: .promptLogprobs)
        }
        if wantsLogprobs { try container.encode(top.map { $0.map(TokenPair.init) }, forKey: .top) }
        if let timeline { try container.encode(Timings(timeline, tokens: ids.count), forKey: .timings) }
    }
}

/// `[id, natural-log probability]`
private struct TokenPair: Encodable {
    let pair: TokenLogprob

    init(_ pair: TokenLogprob) { self.pair = pair }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        try container.encode(pair.token)
        try container.encode(pair.logprob.isFinite ? pair.logprob : nil)
    }
}

/// When a request's stages were reached, in seconds after its submission.
private struct Timings: Encodable {
    let adapterReady: Double?
    let firstScheduled: Double?
    let firstToken: Double?
    let finished: Double?
    let preemptions: Int
    /// Over the tokens after the first; nil when there was one at most.
    let tokensPerSecond: Double?

    init(_ timeline: RequestTimeline, tokens: Int) {
        adapterReady = timeline.adapterReady
        firstScheduled = timeline.firstScheduled
        firstToken = timeline.firstToken
        finished = timeline.finished
        preemptions = timeline.preemptions
        if let first = timeline.firstToken, let last = timeline.finished, tokens > 1, last > first {
            tokensPerSecond = Double(tokens - 1) / (last - first)
        } else {
            tokensPerSecond = nil
        }
    }

    private enum CodingKeys: String, CodingKey {
        case finished, preemptions
        case adapterReady = "adapter_ready"
        case firstScheduled = "first_scheduled"
        case firstToken = "first_token"
        case tokensPerSecond = "tokens_per_second"
    }
}

/// A JSON value given back as it came.
struct EncodableJSON: Encodable {
    private let value: JSONValue

    init(_ value: JSONValue) { self.value = value }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch value {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .int(let value): try container.encode(value)
        case .unsigned(let value): try container.encode(value)
        case .double(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let values): try container.encode(values.map(EncodableJSON.init))
        case .object(let members): try container.encode(members.mapValues(EncodableJSON.init))
        }
    }
}

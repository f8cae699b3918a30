import DeckCore
import ModelFiles

/// One prompt of a request.
struct PromptSource: Hashable, Sendable {
    let content: PromptRequest.Content
    /// Its token ids where they are known before the deck says them.
    let tokens: [Int]?
    /// What `echo` puts in front of the answer.
    let echo: String
    /// The first token whose special text stands in `echo`, as the client wrote it; nil where special tokens are silent.
    var writtenFrom: Int?
}

/// A request for completions of either form, checked, and with all its prompts.
struct CompletionOrder: Hashable, Sendable {
    /// As the request named it.
    let model: String
    /// Nil is the base.
    let adapter: String?
    let prompts: [PromptSource]
    let isChat: Bool
    let n: Int
    /// Nil is what the context leaves.
    let maxTokens: Int?
    let sampling: SamplingParameters
    let stop: [String]
    /// Alternatives at each place; nil asks for no log-probabilities.
    let logprobs: Int?
    let echoes: Bool
    let ignoresEnd: Bool
    let format: AnswerFormat
    let streaming: Streaming?
    let cacheSalt: String?

    /// Only the prompt is wanted, with its log-probabilities: `max_tokens` 0 with `echo`.
    var wantsNoAnswer: Bool { maxTokens == 0 }
    var choiceCount: Int { prompts.count * n }

    /// The deck's requests in the order of the choices: every answer of the first prompt, then those of the next.
    func requests(origin: String, contextLength: Int) -> [PromptRequest] {
        prompts.flatMap { prompt in
            let room = contextLength - (prompt.tokens?.count ?? 0)
            return (0..<n).map { index in
                var sampling = sampling
                // Several answers under one seed would all be the same.
                sampling.seed = sampling.seed.map { $0 &+ UInt64(index) }
                return PromptRequest(
                    adapter: adapter, content: prompt.content, maxTokens: max(1, maxTokens ?? room),
                    sampling: sampling, stop: stop, logprobs: logprobs, promptLogprobs: echoes && logprobs != nil,
                    promptAlternatives: echoes ? logprobs : nil, ignoresEnd: ignoresEnd, format: format, origin: origin,
                    cacheSalt: cacheSalt)
            }
        }
    }
}

extension CompletionOrder {
    /// The body of `/v1/completions`.
    init(completion fields: Fields, model: ServedModel, limits: ServerOptions) throws(APIError) {
        let named = try fields.string("model") ?? model.name
        n = try fields.int("n", in: 1...limits.maxChoices) ?? 1
        if let best = try fields.int("best_of", in: 1...limits.maxChoices), best != n {
            throw .invalid("best_of must be n, which is \(n), not \(best): send n and choose", param: "best_of")
        }
        self.model = named
        adapter = model.adapter(named)
        echoes = try fields.bool("echo") ?? false
        logprobs = try fields.int("logprobs", in: 0...20)
        streaming = try fields.streaming()
        maxTokens = try fields.int("max_tokens", in: (echoes ? 0 : 1)...Int(Int32.max)) ?? 16
        sampling = try fields.sampling(model)
        stop = try fields.strings("stop", limit: 16)
        ignoresEnd = try fields.bool("ignore_eos") ?? false
        format = try fields.answerFormat()
        cacheSalt = try fields.cacheSalt()
        isChat = false
        if echoes, logprobs != nil, streaming != nil {
            throw .invalid("echo with logprobs cannot be streamed", param: "stream")
        }
        prompts = try PromptReader(model: model, addsBegin: fields.bool("add_special_tokens") ?? true).prompts(fields)
        try check(model, limits)
    }

    /// The body of `/v1/chat/completions`.
    init(chat fields: Fields, model: ServedModel, limits: ServerOptions) throws(APIError) {
        let named = try fields.string("model") ?? model.name
        n = try fields.int("n", in: 1...limits.maxChoices) ?? 1
        self.model = named
        adapter = model.adapter(named)
        echoes = false
        let wantsLogprobs = try fields.bool("logprobs") ?? false
        let top = try fields.int("top_logprobs", in: 0...20)
        if top ?? 0 > 0, !wantsLogprobs {
            throw .invalid("top_logprobs needs logprobs to be true", param: "top_logprobs")
        }
        logprobs = wantsLogprobs ? top ?? 0 : nil
        streaming = try fields.streaming()
        let older = try fields.int("max_tokens", in: 1...Int(Int32.max))
        maxTokens = try fields.int("max_completion_tokens", in: 1...Int(Int32.max)) ?? older
        sampling = try fields.sampling(model)
        stop = try fields.strings("stop", limit: 16)
        ignoresEnd = try fields.bool("ignore_eos") ?? false
        format = try fields.answerFormat()
        cacheSalt = try fields.cacheSalt()
        isChat = true
        prompts = [try PromptReader(model: model, addsBegin: true).chat(fields)]
        try check(model, limits)
    }

    private func check(_ model: ServedModel, _ limits: ServerOptions) throws(APIError) {
        guard choiceCount <= limits.maxChoices else {
            throw .invalid(
                "\(prompts.count) prompts times n \(n) are more than \(limits.maxChoices) answers", param: "n")
        }
        for prompt in prompts {
            guard let count = prompt.tokens?.count else { continue }
            try Self.checkContext(count, maxTokens, model.contextLength, "This model's maximum context length")
        }
    }

    /// In vLLM's words.
    static func checkContext(_ prompt: Int, _ answer: Int?, _ limit: Int, _ what: String) throws(APIError) {
        let wanted = prompt + (answer ?? 1)
        guard wanted > limit else { return }
        throw .invalid(
            "\(what) is \(limit) tokens. However, you requested \(wanted) tokens (\(prompt) in the prompt, "
                + "\(answer ?? 1) in the completion). Please reduce the length of the prompt or the completion.",
            param: "max_tokens")
    }
}

extension Fields {
    fileprivate func sampling(_ model: ServedModel) throws(APIError) -> SamplingParameters {
        var sampling = try sampling()
        sampling.logitBias = try logitBias(vocabulary: model.vocabularySize)
        return sampling
    }
}

import DeckCore
import ModelFiles

/// One prompt of a request.
struct PromptSource: Hashable, Sendable {
    var content: PromptRequest.Content
    /// Its token ids; nil until a text was read into them.
    var tokens: [Int]?
    /// What `echo` puts in front of the answer.
    let echo: String
    /// The first token whose special text stands in `echo`, as the client wrote it; nil where special tokens are silent.
    var writtenFrom: Int?

    /// Bytes of text that are still to be read into tokens.
    var textBytes: Int {
        tokens == nil ? content.textBytes : 0
    }
}

extension PromptRequest.Content {
    /// Bytes of text that are to be read into tokens.
    var textBytes: Int {
        switch self {
        case .raw(let text): text.utf8.count
        case .chat(let messages): messages.reduce(0) { $0 + $1.content.utf8.count }
        case .tokens: 0
        }
    }
}

/// A request for completions of either form, checked in all that costs little. Its texts are not tokens before `read`, which
/// costs more and comes after admission.
struct CompletionOrder: Hashable, Sendable {
    /// As the request named it; the base's name where it named none.
    let model: String
    /// What the request itself says of the model; empty where it asks for nobody's name.
    let written: String
    /// Nil is the base.
    let adapter: String?
    private(set) var prompts: [PromptSource]
    /// Whether a text gets the base's begin token.
    let addsBegin: Bool
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
    /// Bytes of text that `read` reads.
    var textBytes: Int { prompts.reduce(0) { $0 + $1.textBytes } }

    /// Reads the texts into tokens. Throws for one that does not fit into the context that `tenant` may use, by its length
    /// where that tells already.
    mutating func read(_ model: ServedModel, _ tenant: TenantRecord) throws(APIError) {
        let context = model.contextLength(for: tenant)
        let reader = PromptReader(model: model, addsBegin: addsBegin, contextLength: context)
        for index in prompts.indices {
            prompts[index] = try reader.read(prompts[index])
            let what =
                context < model.contextLength
                ? "Tenant \(tenant.name)'s maximum context length" : "This model's maximum context length"
            try Self.checkContext(prompts[index].tokens?.count ?? 0, maxTokens, context, what)
        }
    }

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
        written = try fields.string("model") ?? ""
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
        addsBegin = try fields.bool("add_special_tokens") ?? true
        prompts = try PromptReader(model: model, addsBegin: addsBegin, contextLength: model.contextLength)
            .prompts(fields)
        try check(limits)
    }

    /// The body of `/v1/chat/completions`.
    init(chat fields: Fields, model: ServedModel, limits: ServerOptions) throws(APIError) {
        written = try fields.string("model") ?? ""
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
        addsBegin = true
        prompts = [
            try PromptReader(model: model, addsBegin: addsBegin, contextLength: model.contextLength).chat(fields)
        ]
        try check(limits)
    }

    private func check(_ limits: ServerOptions) throws(APIError) {
        guard choiceCount <= limits.maxChoices else {
            throw .invalid(
                "\(prompts.count) prompts times n \(n) are more than \(limits.maxChoices) answers", param: "n")
        }
    }

    /// In vLLM's words.
    private static func checkContext(_ prompt: Int, _ answer: Int?, _ limit: Int, _ what: String) throws(APIError) {
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

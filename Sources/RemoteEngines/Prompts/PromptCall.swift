import DeckCore
import Foundation

/// The HTTP call that generates an answer, and how its stream reads.
struct PromptCall: Sendable {
    enum Dialect: Hashable, Sendable {
        /// `/v1/completions` and `/v1/chat/completions` with server-sent events.
        case openAI
        /// `/completion` of llama.cpp's server.
        case llama
    }

    let path: String
    let body: Data
    let dialect: Dialect
    /// The prompt's tokens, where they are known before the answer.
    let promptTokens: [Int]

    /// The call of the OpenAI API. `returnsTokens` asks for token ids too, as vLLM and loradeck can.
    static func openAI(_ request: PromptRequest, model: String, returnsTokens: Bool) throws -> PromptCall {
        try refuseWhatNoAPITells(request)
        var body = CompletionBody(request)
        body.model = model
        body.max_tokens = request.maxTokens
        body.stream_options = CompletionBody.StreamOptions()
        body.ignore_eos = request.ignoresEnd ? true : nil
        body.return_token_ids = returnsTokens ? true : nil
        let sampling = request.sampling
        body.cache_salt = request.cacheSalt
        body.repetition_penalty = sampling.repetitionPenalty == 1 ? nil : sampling.repetitionPenalty
        body.response_format = request.format == .jsonObject ? ["type": "json_object"] : nil
        var path = "/v1/completions"
        var tokens: [Int] = []
        switch request.content {
        case .chat(let messages):
            path = "/v1/chat/completions"
            body.messages = messages
        case .raw(let text): body.prompt = .text(text)
        case .tokens(let ids):
            body.prompt = .tokens(ids)
            tokens = ids
        }
        return PromptCall(path: path, body: try JSONEncoder().encode(body), dialect: .openAI, promptTokens: tokens)
    }

    /// The call of llama.cpp's own API, for a prompt that is tokens already and every adapter's scale.
    static func llama(_ request: PromptRequest, tokens: [Int], scales: [LlamaClient.Scale]) throws -> PromptCall {
        try refuseWhatNoAPITells(request)
        var body = CompletionBody(request)
        body.prompt = .tokens(tokens)
        body.n_predict = request.maxTokens
        body.ignore_eos = request.ignoresEnd
        body.return_tokens = true
        // A slot's cached prefix may have been computed with another adapter.
        body.cache_prompt = false
        body.lora = scales
        let sampling = request.sampling
        body.repeat_penalty = sampling.repetitionPenalty == 1 ? nil : sampling.repetitionPenalty
        body.json_schema = request.format == .jsonObject ? ["type": "object"] : nil
        return PromptCall(
            path: "/completion", body: try JSONEncoder().encode(body), dialect: .llama, promptTokens: tokens)
    }

    private static func refuseWhatNoAPITells(_ request: PromptRequest) throws {
        if request.forcedTokens != nil { throw EngineTrouble("forced tokens go to an embedded engine only") }
        if request.promptLogprobs || request.promptAlternatives != nil || request.logprobs != nil {
            throw EngineTrouble("log-probabilities by token id go to an embedded engine only")
        }
    }
}

/// A completion request's JSON, in the words of all these servers; what is nil is left out.
struct CompletionBody: Encodable, Sendable {
    enum Prompt: Encodable, Sendable {
        case text(String)
        case tokens([Int])

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .tokens(let ids): try container.encode(ids)
            }
        }
    }

    struct StreamOptions: Encodable, Sendable { let include_usage = true }

    let stream = true
    let temperature: Float
    let top_p: Float?
    let top_k: Int?
    let min_p: Float?
    let presence_penalty: Float?
    let frequency_penalty: Float?
    let seed: UInt64?
    let stop: [String]?
    let logit_bias: [String: Float]?
    var response_format: [String: String]?
    var json_schema: [String: String]?
    var model: String?
    var messages: [ChatMessage]?
    var prompt: Prompt?
    var max_tokens: Int?
    var n_predict: Int?
    var ignore_eos: Bool?
    var stream_options: StreamOptions?
    var return_token_ids: Bool?
    var return_tokens: Bool?
    var cache_prompt: Bool?
    var cache_salt: String?
    var repetition_penalty: Float?
    var repeat_penalty: Float?
    var lora: [LlamaClient.Scale]?

    init(_ request: PromptRequest) {
        let sampling = request.sampling
        temperature = sampling.temperature
        top_p = sampling.topP < 1 ? sampling.topP : nil
        top_k = sampling.topK > 0 ? sampling.topK : nil
        min_p = sampling.minP > 0 ? sampling.minP : nil
        presence_penalty = sampling.presencePenalty == 0 ? nil : sampling.presencePenalty
        frequency_penalty = sampling.frequencyPenalty == 0 ? nil : sampling.frequencyPenalty
        seed = sampling.seed
        let bias = sampling.logitBias.map { ("\($0.key)", $0.value) }
        logit_bias = bias.isEmpty ? nil : Dictionary(bias) { first, _ in first }
        stop = request.stop.isEmpty ? nil : request.stop
    }
}

import DeckCore
import ModelFiles

extension Fields {
    /// How tokens are chosen, with the defaults of the OpenAI API.
    func sampling() throws(APIError) -> SamplingParameters {
        var sampling = SamplingParameters()
        sampling.temperature = try float("temperature", in: 0...2) ?? 1
        sampling.topP = try float("top_p", in: 0...1) ?? 1
        if sampling.topP == 0 { throw .invalid("top_p must be above 0", param: "top_p") }
        // -1 is vLLM's word for all.
        sampling.topK = max(0, try int("top_k", in: -1...Int(Int32.max)) ?? 0)
        sampling.minP = try float("min_p", in: 0...1) ?? 0
        sampling.repetitionPenalty = try float("repetition_penalty", in: 0.01...100) ?? 1
        sampling.presencePenalty = try float("presence_penalty", in: -2...2) ?? 0
        sampling.frequencyPenalty = try float("frequency_penalty", in: -2...2) ?? 0
        sampling.seed = try int("seed", in: .min ... .max).map { UInt64(bitPattern: Int64($0)) }
        return sampling
    }

    /// Added to the logits of single tokens, by id.
    func logitBias(vocabulary: Int) throws(APIError) -> [Int: Float] {
        guard let field = self["logit_bias"] else { return [:] }
        guard let members = field.object else { throw wrong("logit_bias", field, "an object of token ids") }
        guard members.count <= 1024 else {
            throw .invalid("logit_bias has \(members.count) tokens, at most 1024 are possible", param: "logit_bias")
        }
        var bias: [Int: Float] = [:]
        for (key, value) in members {
            guard let token = Int(key), (0..<vocabulary).contains(token) else {
                throw .invalid(
                    "logit_bias names token \(key.prefix(20)); the vocabulary has 0..<\(vocabulary)",
                    param: "logit_bias")
            }
            guard let number = value.number, (-100...100).contains(number) else {
                throw .invalid("logit_bias of token \(token) must be -100 to 100", param: "logit_bias")
            }
            bias[token] = Float(number)
        }
        return bias
    }

    func answerFormat() throws(APIError) -> AnswerFormat {
        guard let field = self["response_format"] else { return .text }
        let type = try Fields(field, "response_format").required("type")
        guard let format = AnswerFormat(rawValue: type) else {
            let known = AnswerFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid(
                "response_format \(type.prefix(40)) is not supported; there are \(known)", param: "response_format")
        }
        return format
    }

    /// `stream`, and whether a last chunk has the usage.
    func streaming() throws(APIError) -> Streaming? {
        guard try bool("stream") ?? false else {
            try refuse("stream_options")
            return nil
        }
        guard let field = self["stream_options"] else { return Streaming() }
        let options = try Fields(field, "stream_options")
        return Streaming(
            includesUsage: try options.bool("include_usage") ?? false,
            continuousUsage: try options.bool("continuous_usage_stats") ?? false)
    }

    /// vLLM's and OpenAI's fields that would change the answer and that nothing here does.
    func refuseWhatIsNotBuilt() throws(APIError) {
        for name in [
            "suffix", "allowed_token_ids", "bad_words", "stop_token_ids", "truncate_prompt_tokens", "guided_json",
            "guided_regex", "guided_choice", "guided_grammar", "structured_outputs", "logits_processors",
            "prompt_embeds",
            "functions", "function_call", "audio", "prediction", "documents", "chat_template", "chat_template_kwargs",
            "prompt_logprobs", "length_penalty",
        ] { try refuse(name, unless: .array([]), .object([:]), .string("")) }
        try refuse("use_beam_search", unless: .bool(false))
        try refuse("min_tokens", unless: .int(0))
        try refuse("tools", unless: .array([]))
        try refuse("tool_choice", unless: .string("none"), .string("auto"))
        try refuse("include_stop_str_in_output", unless: .bool(false))
        try refuse("skip_special_tokens", unless: .bool(true))
        try refuse("continue_final_message", unless: .bool(false))
        try refuse("add_generation_prompt", unless: .bool(true))
        try refuse("return_token_ids", unless: .bool(false))
        try refuse("return_tokens_as_token_ids", unless: .bool(false))
        try refuse("modalities", unless: .array([.string("text")]))
    }
}

/// How an answer is streamed.
struct Streaming: Hashable, Sendable {
    var includesUsage = false
    var continuousUsage = false
}

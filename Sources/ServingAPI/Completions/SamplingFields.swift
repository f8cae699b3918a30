import DeckCore
import ModelFiles

extension Fields {
    /// How tokens are chosen, with the defaults of the OpenAI API.
    func sampling() throws(APIError) -> SamplingParameters {
        var sampling = SamplingParameters()
        sampling.temperature = try float("temperature", in: 0...2) ?? 1
        sampling.topP = try float("top_p", in: 0...1) ?? 1
        if sampling.topP == 0 { throw invalid("top_p", "must be above 0 and at most 1, not 0") }
        // -1 is vLLM's word for all.
        sampling.topK = max(0, try int("top_k", in: -1...Int(Int32.max)) ?? 0)
        sampling.minP = try float("min_p", in: 0...1) ?? 0
        sampling.repetitionPenalty = try float("repetition_penalty", in: 0.01...100) ?? 1
        sampling.presencePenalty = try float("presence_penalty", in: -2...2) ?? 0
        sampling.frequencyPenalty = try float("frequency_penalty", in: -2...2) ?? 0
        sampling.seed = try int("seed", in: .min ... .max).flatMap(SamplingParameters.seed)
        return sampling
    }

    /// What parts the prefixes of this request from those of others.
    func cacheSalt() throws(APIError) -> String? {
        guard let salt = try string("cache_salt") else { return nil }
        guard (1...256).contains(salt.utf8.count) else {
            throw invalid("cache_salt", "must have 1 to 256 bytes, not \(salt.utf8.count)")
        }
        return salt
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
                throw .invalid(
                    "logit_bias of token \(token) must be -100 to 100, not \(value.shown)", param: "logit_bias")
            }
            bias[token] = Float(number)
        }
        return bias
    }

    func answerFormat() throws(APIError) -> AnswerFormat {
        guard let field = self["response_format"] else { return .text }
        let members = try Fields(field, at: "response_format")
        let type = try members.required("type")
        guard let format = AnswerFormat(rawValue: type) else {
            let known = AnswerFormat.allCases.map(\.rawValue).joined(separator: " or ")
            throw members.wrong("type", .string(type), known)
        }
        return format
    }

    /// `stream`, and whether a last chunk has the usage.
    func streaming() throws(APIError) -> Streaming? {
        guard try bool("stream") ?? false else {
            if self["stream_options"] != nil { throw invalid("stream_options", "needs stream to be true") }
            return nil
        }
        guard let field = self["stream_options"] else { return Streaming() }
        let options = try Fields(field, at: "stream_options")
        return Streaming(
            includesUsage: try options.bool("include_usage") ?? false,
            continuousUsage: try options.bool("continuous_usage_stats") ?? false)
    }
}

/// How an answer is streamed.
struct Streaming: Hashable, Sendable {
    var includesUsage = false
    var continuousUsage = false
}

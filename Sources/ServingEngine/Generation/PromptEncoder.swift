import DeckCore
import Inference
import ModelFiles

/// Turns requests into token ids on the caller's thread, and refuses what no batch could serve.
struct PromptEncoder: Sendable {
    /// Why a request is not accepted, for a person.
    struct Refusal: Error, Sendable {
        let reason: String
    }

    /// Bytes of a `cacheSalt`: it is kept for as long as its prefixes are.
    private static let saltLimit = 256
    /// Alternatives at each place of a prompt: a long prompt has thousands of places.
    private static let mostPromptAlternatives = 20

    let model: EngineModel

    /// A prompt that was read into tokens already.
    struct Known: Sendable {
        let content: PromptRequest.Content
        let tokens: [Int32]
    }

    /// The prompt's token ids. Throws for empty or overlong prompts, bad ids, and parameters out of range. Several answers to
    /// one prompt come one after the other: it is read once (`known`).
    func encode(_ request: PromptRequest, known: Known? = nil) throws(Refusal) -> [Int32] {
        if request.maxTokens < 1 {
            throw Refusal(reason: "max_tokens must be at least 1, not \(request.maxTokens)")
        }
        if let reason = Sampler.refusal(request.sampling) { throw Refusal(reason: reason) }
        if let logprobs = request.logprobs, !(0...vocabulary).contains(logprobs) {
            throw Refusal(reason: "logprobs must be between 0 and \(vocabulary), not \(logprobs)")
        }
        if let salt = request.cacheSalt, !(1...Self.saltLimit).contains(salt.utf8.count) {
            throw Refusal(
                reason: "cache_salt must have 1 to \(Self.saltLimit) bytes, not \(salt.utf8.count)")
        }
        if let count = request.promptAlternatives, !(0...Self.mostPromptAlternatives).contains(count) {
            throw Refusal(
                reason: "a prompt's alternatives must be 0 to \(Self.mostPromptAlternatives) a token, not \(count)")
        }
        if request.stop.contains("") { throw Refusal(reason: "a stop string is empty") }
        if !request.stop.isEmpty, model.tokenizer == nil {
            throw Refusal(reason: "\(model.name) has no tokenizer: stop strings need one")
        }
        if request.format == .jsonObject, model.tokenizer == nil {
            throw Refusal(reason: "\(model.name) has no tokenizer: answers as JSON need one")
        }
        try check(Array(request.sampling.logitBias.keys), "logit_bias's token ids")
        let tokens: [Int32]
        if let known, known.content == request.content {
            tokens = known.tokens
        } else {
            let ids = try self.tokens(of: request.content)
            try check(ids, "the prompt's token ids")
            tokens = ids.map(Int32.init)
        }
        if tokens.isEmpty { throw Refusal(reason: "the prompt is empty") }
        let context = model.forward.contextLength
        if tokens.count >= context {
            throw Refusal(
                reason:
                    "the prompt has \(tokens.count.counted("token")); the context of \(context.counted("token")) leaves room for "
                    + "\(context - 1) and one generated")
        }
        if let forced = request.forcedTokens {
            if forced.isEmpty { throw Refusal(reason: "force_ids is empty") }
            try check(forced, "force_ids")
            if tokens.count + forced.count > context {
                throw Refusal(
                    reason:
                        "\(tokens.count) prompt tokens and \(forced.count) forced ones exceed the context of \(context)"
                )
            }
        }
        return tokens
    }

    private var vocabulary: Int { model.forward.vocabularySize }

    private func tokens(of content: PromptRequest.Content) throws(Refusal) -> [Int] {
        switch content {
        case .tokens(let ids): return ids
        case .raw(let text):
            guard let tokenizer = model.tokenizer else {
                throw Refusal(reason: "\(model.name) has no tokenizer: send token ids")
            }
            try check(text.utf8.count, tokenizer)
            let ids = tokenizer.encode(text, parsingSpecials: true)
            return (tokenizer.beginToken.map { [$0] } ?? []) + ids
        case .chat(let messages):
            guard let tokenizer = model.tokenizer, let template = model.template else {
                throw Refusal(reason: "\(model.name) has no chat template: send a raw prompt or token ids")
            }
            let parts: [PromptPart]
            do throws(ChatTemplateError) {
                parts = try template.parts(messages)
            } catch {
                throw Refusal(reason: error.reason)
            }
            try check(parts.byteCount, tokenizer)
            return tokenizer.encode(parts)
        }
    }

    /// Before the work of reading it into tokens.
    private func check(_ bytes: Int, _ tokenizer: any Tokenizer) throws(Refusal) {
        let bound = TextBound(tokens: model.forward.contextLength, of: tokenizer)
        if let reason = bound.refusal(bytes: bytes) { throw Refusal(reason: reason) }
    }

    private func check(_ ids: [Int], _ what: String) throws(Refusal) {
        if let bad = ids.first(where: { !(0..<vocabulary).contains($0) }) {
            throw Refusal(reason: "\(what) contain \(bad); the vocabulary has 0..<\(vocabulary)")
        }
    }
}

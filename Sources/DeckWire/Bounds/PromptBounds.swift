import DeckCore

extension PromptRequest: CheckedOnWire {
    public static let wireBounds: [String: WireBounds] = ["forcedTokens": .tokens]
}

extension PromptRequest.Content: CheckedOnWire {
    public static let wireBounds: [String: WireBounds] = ["tokens._0": .tokens]
}

extension SamplingParameters: CheckedOnWire {
    /// Which of them make sense is the engine's to say.
    public static let wireBounds: [String: WireBounds] = [
        "temperature": .signed, "topK": .signed, "topP": .signed, "minP": .signed, "repetitionPenalty": .signed,
        "presencePenalty": .signed, "frequencyPenalty": .signed, "logitBias": .signed.elements(1 << 18),
        "seed": .bits,
    ]
}

extension TokenLogprob: CheckedOnWire {
    public static let wireBounds: [String: WireBounds] = ["logprob": .logprob]
}

extension PromptUpdate: CheckedOnWire {
    public static let wireBounds: [String: WireBounds] = [
        "started.promptTokens": .tokens, "token.id": .signed, "token.logprob": .logprob,
        "promptAlternatives._1": .count.elements(WireBounds.tokens.elements),
        "finished.promptLogprobs": .logprob.elements(WireBounds.tokens.elements), "failed.retryAfter": .seconds,
    ]
}

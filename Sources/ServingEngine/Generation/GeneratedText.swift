import ModelFiles

/// Generated tokens as text: whole characters only, and nothing of a stop string.
struct GeneratedText {
    private var detokenizer: StreamingDetokenizer
    private var matcher: StopMatcher

    /// `continuesText` says that the prompt's text goes on in the answer, without a new start.
    init(tokenizer: any Tokenizer, stop: [String], continuesText: Bool) {
        detokenizer = StreamingDetokenizer(tokenizer: tokenizer, continuesText: continuesText)
        matcher = StopMatcher(stop)
    }

    /// The text that is certain now, and whether a stop string ended it.
    mutating func append(_ token: Int) -> (text: String, stopped: Bool) {
        matcher.append(detokenizer.append(token))
    }

    /// What was held back; nothing once a stop string came.
    mutating func finish() -> String {
        guard !matcher.hasStopped else { return "" }
        let last = matcher.append(detokenizer.finish())
        return last.stopped ? last.text : last.text + matcher.finish()
    }
}

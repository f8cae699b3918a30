import DeckCore

/// A deck in this process.
public struct DeckTarget: LoadTarget {
    public let label: String
    public let deck: any Deck

    public init(_ deck: any Deck, label: String = "loradeck") {
        self.deck = deck
        self.label = label
    }

    public func send(_ request: LoadRequest) async -> RequestRecord {
        let content: PromptRequest.Content =
            switch request.prompt {
            case .text(let text): .raw(text)
            case .tokens(let ids): .tokens(ids)
            }
        var record = RequestRecord(request)
        record.arrivals.reserveCapacity(request.outputTokens)
        let stream = deck.submit([
            PromptRequest(
                adapter: request.adapterName, content: content, maxTokens: request.outputTokens, ignoresEnd: true,
                origin: request.tenant)
        ])[0]
        for await update in stream {
            switch update {
            case .started(_, let tokens): record.promptTokens = tokens.count
            case .promptAlternatives: break
            case .token: record.arrivals.append(LoadClock.now)
            case .finished(let reason, _, _, let timeline):
                record.timeline = timeline
                if reason == .aborted { record.failure = "aborted" }
                record.ended = LoadClock.now
            case .failed: record.failure = update.failure
            }
        }
        record.outputTokens = record.arrivals.count
        if record.ended == nil, record.failure == nil { record.failure = "the stream ended without an end" }
        return record
    }
}

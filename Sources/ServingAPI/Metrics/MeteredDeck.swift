import DeckCore

/// A deck whose requests are measured where their answers are read.
public struct MeteredDeck: Deck {
    private let deck: any Deck
    private let meters: RequestMeters

    public init(_ deck: any Deck, meters: RequestMeters) {
        self.deck = deck
        self.meters = meters
    }

    public func snapshots() -> AsyncStream<DeckSnapshot> { deck.snapshots() }

    public func perform(_ command: DeckCommand, by actor: String) async -> CommandOutcome {
        await deck.perform(command, by: actor)
    }

    public func submit(_ requests: [PromptRequest]) -> [AsyncStream<PromptUpdate>] {
        zip(requests, deck.submit(requests)).map { request, updates in
            let (stream, continuation) = AsyncStream.makeStream(of: PromptUpdate.self)
            let pump = Task {
                var watch = RequestWatch(request, meters: meters)
                for await update in updates {
                    watch.note(update)
                    continuation.yield(update)
                }
                watch.end()
                continuation.finish()
            }
            continuation.onTermination = { if case .cancelled = $0 { pump.cancel() } }
            return stream
        }
    }
}

/// One request as it is measured.
private struct RequestWatch {
    private let adapter: String?
    private let tenant: String
    private let meters: RequestMeters
    private let start = ContinuousClock.now
    private var last: ContinuousClock.Instant?
    private var promptTokens = 0
    private var generated = 0
    private var isOver = false

    init(_ request: PromptRequest, meters: RequestMeters) {
        adapter = request.adapter
        tenant = request.origin
        self.meters = meters
    }

    mutating func note(_ update: PromptUpdate) {
        switch update {
        case .started(_, let tokens):
            promptTokens = tokens.count
            meters.update(tenant, adapter) { $0.promptTokenCount += tokens.count }
        case .promptAlternatives: break
        case .token:
            let now = ContinuousClock.now
            let before = last
            last = now
            generated += 1
            meters.update(tenant, adapter) { meter in
                meter.generatedTokenCount += 1
                if let before {
                    meter.interTokenLatency.record((now - before) / .seconds(1))
                } else {
                    meter.timeToFirstToken.record((now - start) / .seconds(1))
                }
            }
        case .finished(let reason, _, _, let timeline):
            isOver = true
            let word = reason == .aborted ? "abort" : reason.rawValue
            let (promptTokens, generated, seconds) = (
                promptTokens, generated, (ContinuousClock.now - start) / .seconds(1)
            )
            meters.update(tenant, adapter) { meter in
                meter.finished[word, default: 0] += 1
                meter.preemptions += timeline.preemptions
                meter.endToEnd.record(seconds)
                meter.promptTokens.record(Double(promptTokens))
                meter.generatedTokens.record(Double(generated))
                guard let scheduled = timeline.firstScheduled else { return }
                meter.queue.record(scheduled)
                guard let first = timeline.firstToken else { return }
                meter.prefill.record(first - scheduled)
                if let end = timeline.finished { meter.decode.record(end - first) }
            }
        case .failed(let kind, _, _, _):
            isOver = true
            // What never ran is a refusal, and a name that nobody registered gets no series.
            guard kind != .unknownAdapter, kind != .invalid else { return }
            meters.update(tenant, adapter) { meter in
                meter.refused[kind.rawValue, default: 0] += 1
                if kind == .internal { meter.finished["error", default: 0] += 1 }
            }
        }
    }

    /// The stream ended; without an end of the request its client went.
    func end() {
        if !isOver { meters.update(tenant, adapter) { $0.finished["abort", default: 0] += 1 } }
    }
}

import DeckCore
import Foundation
import HTTPClient

/// Another loradeck as one engine of a fleet: its figures summed with the others'. Alone it is shown whole, by
/// `LoradeckDeck`.
struct LoradeckClient: EngineClient {
    let line: EngineLine

    var kind: DeckIdentity.Kind { .loradeck }

    init(_ line: EngineLine) { self.line = line }

    func read() async throws -> EngineReading {
        async let shown = snapshot()
        // Its counters and histograms have vLLM's names.
        async let metrics = line.look("/metrics")
        let page = try await metrics.map { MetricsPage($0, prefixes: ["vllm:"]) }
        return try Self.reading(try await shown, metrics: page)
    }

    private func snapshot() async throws -> DeckSnapshot {
        guard let shown = try await line.look("/deck/v1/snapshot", as: DeckSnapshot.self) else {
            throw EngineTrouble("there is no deck")
        }
        return shown
    }

    func perform(
        _ command: DeckCommand, by actor: String, path: @Sendable (String) -> String?
    ) async -> CommandOutcome {
        await DeckConnection(line: line).perform(command, by: actor)
    }

    func call(for request: PromptRequest) async throws -> PromptCall {
        try PromptCall.openAI(request, model: request.adapter ?? "base", returnsTokens: false)
    }

    static func reading(_ shown: DeckSnapshot, metrics page: MetricsPage?) throws(EngineTrouble) -> EngineReading {
        var reading = EngineReading(baseName: shown.deck.baseName)
        reading.contextLength = shown.deck.contextLength
        reading.facts = [shown.deck.summary]
        reading.adapters = shown.adapters.map { adapter in
            var served = EngineReading.Adapter(name: adapter.name, path: adapter.facts?.path)
            served.running = adapter.running
            served.isActive = adapter.running.plus(adapter.waiting) > 0
            return served
        }
        reading.running = shown.running
        reading.waiting = shown.waiting
        reading.waits = shown.waits
        let used = shown.pool.pageCount.minus(shown.pool.freePages)
        if shown.pool.pageCount > 0 { reading.kvUsage = Double(used) / Double(shown.pool.pageCount) }
        reading.requests = shown.requests.compactMap { request in
            switch request.phase {
            case .prefill, .decode: break
            case .waiting, .finished, .failed: return nil
            }
            return EngineReading.Request(
                number: Int(truncatingIfNeeded: request.id.value), slot: -1, adapter: request.adapter,
                phase: request.phase, promptTokens: request.promptTokens, cachedTokens: request.cachedTokens,
                generatedTokens: request.generatedTokens)
        }
        reading.started = shown.time.addingTimeInterval(-shown.uptime)
        reading.disabled = shown.disabled
        reading.unknown = Dictionary(
            uniqueKeysWithValues: DeckFigure.allCases.filter { !summed.contains($0) }
                .map { ($0, "a fleet's sums do not have it: attach to this deck alone") })
        if let page {
            try VLLMClient.readCounters(page, into: &reading)
        } else {
            for figure in [DeckFigure.rates, .latency, .prefixes] {
                reading.unknown[figure] = "the deck does not show /metrics"
            }
        }
        return reading
    }

    /// What several decks show together.
    private static let summed: Set<DeckFigure> = [.load, .requests, .waits, .rates, .latency, .prefixes]
}

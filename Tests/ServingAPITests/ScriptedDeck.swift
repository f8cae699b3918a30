import DeckCore
import Foundation
import Synchronization

/// A deck whose answers are written down: "w0 w1 w2 …", one word a token, the word's number its id.
final class ScriptedDeck: Deck {
    struct State {
        var live = 0
        var begun = 0
        var aborted = 0
        var produced = 0
        var requests: [PromptRequest] = []
        var commands: [(command: DeckCommand, actor: String)] = []
        var outcome = CommandOutcome.done("done")
        var failure: (FailureKind, String, Double?)?
        /// What an operator may know of the failure.
        var failureInFull: String?
        /// What snapshots show of requests.
        var shown: [RequestSnapshot] = []
        var index = 0
        var adapters: [String]
        /// Those of them that hold no pages.
        var cold: Set<String> = []
        /// Where they were registered from; in folders of their names where nothing is said.
        var paths: [String: String] = [:]
    }

    let state: Mutex<State>
    private let pause: Duration
    private let word: String
    private let showsOneMoment: Bool

    /// `pause` before each token. With `showsOneMoment` its snapshots are all of the moment of the first, as those of an
    /// engine that has not published one since.
    init(
        adapters: [String] = ["a", "b"], pause: Duration = .zero, word: String = "w", showsOneMoment: Bool = false
    ) {
        self.showsOneMoment = showsOneMoment
        state = Mutex(State(adapters: adapters))
        self.pause = pause
        self.word = word
    }

    var live: Int { state.withLock { $0.live } }

    func snapshots() -> AsyncStream<DeckSnapshot> {
        AsyncStream { [weak self] continuation in
            let pump = Task {
                let first = self?.snapshot()
                while !Task.isCancelled, let self {
                    continuation.yield(self.showsOneMoment ? first ?? self.snapshot() : self.snapshot())
                    try? await Task.sleep(for: .milliseconds(20))
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in pump.cancel() }
        }
    }

    func perform(_ command: DeckCommand, by actor: String) async -> CommandOutcome {
        state.withLock { state in
            state.commands.append((command, actor))
            if state.outcome.succeeded { state.take(command) }
            return state.outcome
        }
    }

    var standings: [AdapterStanding] {
        state.withLock { state in
            state.adapters.sorted().map { name in
                AdapterStanding(
                    name: name, digest: Digest(bytes: [UInt8](repeating: 5, count: 32))!,
                    path: state.paths[name] ?? "/adapters/\(name)",
                    state: state.cold.contains(name) ? .registered : .resident)
            }
        }
    }

    func submit(_ requests: [PromptRequest]) -> [AsyncStream<PromptUpdate>] {
        requests.map { request in
            let (stream, continuation) = AsyncStream.makeStream(of: PromptUpdate.self)
            let (failure, id) = state.withLock { state in
                state.requests.append(request)
                state.live += 1
                state.begun += 1
                let failure = state.failure.map {
                    PromptUpdate.failed($0.0, $0.1, retryAfter: $0.2, inFull: state.failureInFull)
                }
                return (failure, UInt64(state.begun))
            }
            let answer = Task { await self.answer(request, RequestID(id), failure, continuation) }
            continuation.onTermination = { [weak self] end in
                answer.cancel()
                self?.state.withLock { state in
                    state.live -= 1
                    if case .cancelled = end { state.aborted += 1 }
                }
            }
            return stream
        }
    }

    private func answer(
        _ request: PromptRequest, _ id: RequestID, _ failure: PromptUpdate?,
        _ continuation: AsyncStream<PromptUpdate>.Continuation
    ) async {
        defer { continuation.finish() }
        if let failure {
            continuation.yield(failure)
            return
        }
        var prompt = [1, 2, 3]
        if case .tokens(let tokens) = request.content { prompt = tokens }
        continuation.yield(.started(id, promptTokens: prompt))
        if let count = request.promptAlternatives {
            // A piece for each place, as a prompt that is computed row by row.
            for place in 1..<max(1, prompt.count) {
                let tops = (0..<count).map { TokenLogprob(token: 60 + $0, logprob: -0.125 - Float($0)) }
                continuation.yield(.promptAlternatives(first: place, [tops]))
            }
        }
        let top = (0..<(request.logprobs ?? 0)).map { TokenLogprob(token: 50 + $0, logprob: -1 - Float($0)) }
        for token in 0..<request.maxTokens {
            if pause > .zero { guard (try? await Task.sleep(for: pause)) != nil else { return } }
            if Task.isCancelled { return }
            state.withLock { $0.produced += 1 }
            continuation.yield(
                .token(
                    id: token, text: (token == 0 ? "" : " ") + "\(word)\(token)",
                    logprob: request.logprobs == nil ? nil : -0.5, top: top))
        }
        let scores: [Float?] = request.promptLogprobs ? prompt.indices.map { $0 == 0 ? nil : -0.25 } : []
        continuation.yield(
            .finished(
                .length, text: "", promptLogprobs: scores,
                timeline: RequestTimeline(adapterReady: 0, firstScheduled: 0, firstToken: 0.01, finished: 0.02)))
    }

    func snapshot() -> DeckSnapshot {
        let (index, names, live, shown) = state.withLock { state in
            state.index += 1
            return (state.index, state.adapters, state.live, state.shown)
        }
        func adapter(_ name: String) -> AdapterSnapshot {
            AdapterSnapshot(
                name: name, digest: nil, tenant: nil, state: .resident, isPinned: false, facts: nil, proof: nil,
                pages: 1, pagesNeeded: 1, overheadBytes: 0, kvPages: 0, running: name == "base" ? live : 0, waiting: 0,
                tokensPerSecond: 0, timeToFirstToken: nil, interTokenLatency: nil, hits: 0, loads: 1, evictions: 0,
                requestsFinished: 0, tokensGenerated: 0, lastUsed: nil, lastLoadSeconds: nil)
        }
        return DeckSnapshot(
            index: index, time: Date(), uptime: Double(index),
            deck: DeckIdentity(
                kind: .embedded, baseName: "toy", baseDigest: nil, summary: "toy", contextLength: 100_000, threads: 1),
            disabled: [:], adapters: names.map(adapter), base: adapter("base"),
            pool: PoolSnapshot(
                pageBytes: 1024, tokensPerPage: 16, owners: [.free], pages: Array(repeating: 0, count: 64),
                freePages: 64,
                kvPages: 0, adapterPages: 0, evictablePages: 0, ownerOverheadBytes: [0], prefixes: PrefixSnapshot(),
                spills: nil),
            requests: shown, step: nil, recentSteps: [], events: [], tokensPerSecond: 0, promptTokensPerSecond: 0,
            process: ProcessUsage(residentBytes: 1, processorShare: 0))
    }
}

extension ScriptedDeck.State {
    /// What a command that is done changes.
    mutating func take(_ command: DeckCommand) {
        switch command.named {
        case .register(let name, let path, _):
            if !adapters.contains(name) {
                adapters.append(name)
                cold.insert(name)
            }
            paths[name] = path
        case .load(let name): cold.remove(name)
        case .evict(let name, _, _): cold.insert(name)
        case .unregister(let name): adapters.removeAll { $0 == name }
        default: break
        }
    }
}

import DeckCore
import Foundation
import TestSupport

/// A deck under load, drawn from a seed: adapters come and go, requests run, pages change hands.
struct MovingDeck {
    private var random: SeededGenerator
    private var index = 0
    private var requests: [UInt64: Int] = [:]
    private var pages: [PageOwner]
    private var steps: [StepSnapshot] = []
    private var events: [DeckEvent] = []
    private var nextRequest: UInt64 = 1
    private var tokens: [Int]
    private let names: [String]

    init(seed: UInt64, adapters: Int, pages: Int) {
        random = SeededGenerator(seed: seed)
        names = (0..<adapters).map { "tenant-\($0)" }
        tokens = Array(repeating: 0, count: adapters)
        self.pages = Array(repeating: .free, count: pages)
    }

    /// The next moment: `stepCount` steps and `arrivals` requests later.
    mutating func next(stepCount: Int = 10, arrivals: Int = 2) -> DeckSnapshot {
        index += 1
        for _ in 0..<arrivals {
            requests[nextRequest] = 0
            let owner = PageOwner.sequence(RequestID(nextRequest), adapter: name(of: nextRequest))
            for _ in 0..<3 { pages[Int.random(in: 0..<pages.count, using: &random)] = owner }
            nextRequest += 1
        }
        for _ in 0..<stepCount { step() }
        for (id, count) in requests where count > 60 {
            requests[id] = nil
            let owner = PageOwner.sequence(RequestID(id), adapter: name(of: id))
            pages = pages.map { $0 == owner ? .free : $0 }
        }
        if Int.random(in: 0..<4, using: &random) == 0 { event() }
        return snapshot()
    }

    private func name(of request: UInt64) -> String { names[Int(request) % names.count] }

    private mutating func step() {
        for id in requests.keys {
            requests[id]! += 1
            tokens[Int(id) % names.count] += 1
        }
        let segments = Dictionary(grouping: requests.keys) { name(of: $0) }.sorted { $0.key < $1.key }
            .map { SegmentSnapshot(adapter: $0.key, prefillRows: 0, decodeRows: $0.value.count, rank: 16) }
        let seconds = Double.random(in: 0.01..<0.05, using: &random)
        let parts = StepParts(
            base: seconds * 0.5, adapters: seconds * 0.2, attention: seconds * 0.1, sampling: seconds * 0.1,
            other: seconds * 0.1)
        steps.append(
            StepSnapshot(index: (steps.last?.index ?? 0) + 1, segments: segments, seconds: seconds, parts: parts))
        if steps.count > 300 { steps.removeFirst() }
    }

    private mutating func event() {
        let id = Int64(events.count + 1)
        events.append(
            DeckEvent(
                id: id, time: Date(timeIntervalSinceReferenceDate: 8e8 + Double(index)), kind: .evict, level: .info,
                actor: "engine", subject: names[Int(id) % names.count], message: "evicted “\(id)”\n for 3 pages",
                command: nil))
        let place = Int.random(in: 0..<pages.count, using: &random)
        pages[place] = .adapter(name: names[Int(id) % names.count], phase: .evictable)
    }

    private func adapter(_ place: Int) -> AdapterSnapshot {
        let name = names[place]
        let digest = Digest(bytes: (0..<32).map { UInt8(truncatingIfNeeded: place + $0) })
        let running = requests.keys.count { self.name(of: $0) == name }
        return AdapterSnapshot(
            name: name, digest: digest, tenant: nil, state: running > 0 ? .resident : .registered, isPinned: place == 0,
            facts: AdapterFacts(
                format: "peft", path: "/adapters/\(name)", declaredBase: "base", verdict: .verified, ranks: 16...16,
                alpha: 32, scales: 2...2, targets: ["q_proj", "v_proj"], moduleCount: 60, fileBytes: 1 << 20),
            proof: ProofOfEffect(
                modulesMatched: 60, modulesTotal: 210,
                norms: (0..<60).map {
                    .init(module: "layers.\($0 / 2).self_attn.q_proj", norm: 1.25 + Double($0) / 7)
                }, probe: .init(divergence: 0.125, changesTopToken: true)),
            pages: running > 0 ? 20 : 0, pagesNeeded: 20, overheadBytes: 100, kvPages: running * 3, running: running,
            waiting: 0, tokensPerSecond: Double(running) * 10.123_456_789,
            timeToFirstToken: running > 0
                ? LatencySummary(count: tokens[place], p50: 0.123_456_7, p95: 0.3, max: 0.5) : nil,
            interTokenLatency: nil, hits: tokens[place] / 7, loads: 1, evictions: 0, requestsFinished: 3,
            tokensGenerated: tokens[place], lastUsed: nil, lastLoadSeconds: 0.01)
    }

    private func snapshot() -> DeckSnapshot {
        var owners: [PageOwner] = [.free]
        for page in pages where !owners.contains(page) { owners.append(page) }
        let live = requests.sorted { $0.key < $1.key }.map { id, count in
            RequestSnapshot(
                id: RequestID(id), adapter: name(of: id), digest: nil, origin: "tenant",
                submitted: Date(timeIntervalSinceReferenceDate: 8e8), phase: .decode, promptTokens: 30,
                generatedTokens: count,
                timeline: RequestTimeline(
                    adapterReady: 0, firstScheduled: 0.012_345_678,
                    waits: [
                        WaitPart(.admissionPaused(by: "ana"), seconds: 0.009_876_5),
                        WaitPart(.noPagesForAdapter(needed: 9, free: count, evictable: 0), seconds: 0.002),
                    ]))
        }
        return DeckSnapshot(
            index: index, time: Date(timeIntervalSinceReferenceDate: 8e8 + Double(index)), uptime: Double(index),
            deck: DeckIdentity(
                kind: .embedded, baseName: "base", baseDigest: nil, summary: "llama", contextLength: 2048, threads: 2),
            disabled: [.resize: "no"], adapters: names.indices.map(adapter),
            base: AdapterSnapshot(
                name: "base", digest: nil, tenant: nil, state: .resident, isPinned: false, facts: nil, proof: nil,
                pages: 0, pagesNeeded: 0, overheadBytes: 0, kvPages: 0, running: 0, waiting: 0, tokensPerSecond: 0,
                timeToFirstToken: nil, interTokenLatency: nil, hits: 0, loads: 0, evictions: 0, requestsFinished: 0,
                tokensGenerated: 0, lastUsed: nil, lastLoadSeconds: nil),
            pool: PoolSnapshot(
                pageBytes: 368_640, tokensPerPage: 16, owners: owners,
                pages: pages.map { UInt16(owners.firstIndex(of: $0) ?? 0) },
                freePages: pages.count { $0 == .free }, kvPages: 0, adapterPages: 0, evictablePages: 0,
                ownerOverheadBytes: owners.indices.map { $0 * 100 }, prefixes: PrefixSnapshot(),
                spills: index == 0
                    ? nil
                    : SpillSnapshot(
                        pages: index % 5, limitPages: 64, kept: index, restored: index / 2, recomputed: 3,
                        fault: index % 2 == 0 ? "disk full" : nil)),
            requests: live, step: steps.last, recentSteps: steps, events: events.suffix(200),
            tokensPerSecond: 123.456_789, promptTokensPerSecond: 0,
            process: ProcessUsage(residentBytes: 1 << 28, processorShare: 0.987_654_321))
    }
}

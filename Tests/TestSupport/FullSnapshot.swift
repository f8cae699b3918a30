import DeckCore
import Foundation

/// A moment of a deck in which nothing is missing: no optional is nil, no list is empty. Tests look at each field of it.
public enum FullSnapshot {
    public static let start = Date(timeIntervalSince1970: 1_790_000_000)

    static func digest(_ seed: UInt8) -> Digest {
        guard let digest = Digest(bytes: (0..<32).map { UInt8($0) &* 7 &+ seed }) else { fatalError("32 bytes") }
        return digest
    }

    static let latency = LatencySummary(count: 90, p50: 0.112, p95: 0.431, max: 1.2)

    public static func adapter(_ name: String, state: Residency = .resident) -> AdapterSnapshot {
        AdapterSnapshot(
            name: name, digest: digest(3), tenant: "bank", state: state, isPinned: false,
            facts: AdapterFacts(
                format: "peft", path: "/srv/\(name)", declaredBase: "smol", verdict: .unverified(reason: "a guess"),
                ranks: 8...16, alpha: 32, scales: 1...2, targets: ["q_proj", "v_proj"], moduleCount: 60,
                fileBytes: 1_843_200),
            proof: ProofOfEffect(
                modulesMatched: 60, modulesTotal: 210,
                norms: [ProofOfEffect.ModuleNorm(module: "layers.0.self_attn.q_proj", norm: 0.9)],
                probe: ProofOfEffect.Probe(divergence: 0.83, changesTopToken: true)),
            pages: 3, pagesNeeded: 3, overheadBytes: 1_000, kvPages: 2, running: 1, waiting: 1, tokensPerSecond: 14.2,
            timeToFirstToken: latency, interTokenLatency: latency, hits: 214, loads: 3, evictions: 2,
            requestsFinished: 210, tokensGenerated: 8_412, lastUsed: start, lastLoadSeconds: 0.142,
            versions: [
                VersionSnapshot(
                    digest: digest(4), registered: start, path: "/srv/\(name)", isCurrent: true, users: 1, bytes: .kept)
            ], lastEviction: EvictionNote(time: start, actor: "engine", reason: "for 12 pages"))
    }

    private static func request(_ id: UInt64, _ phase: RequestPhase) -> RequestSnapshot {
        RequestSnapshot(
            id: RequestID(id), adapter: "pirate", digest: digest(3), origin: "bank", submitted: start, phase: phase,
            promptTokens: 48, cachedTokens: 16, generatedTokens: 12,
            timeline: RequestTimeline(
                adapterReady: 0.1, firstScheduled: 0.2, firstToken: 0.3, finished: 0.9, preemptions: 1,
                preemptedSeconds: 0.1, coldCause: .evicted(secondsBefore: 3, actor: "bank"),
                waits: [WaitPart(.adapterLoading, seconds: 0.1)],
                cachedTokens: 16))
    }

    private static let pool = PoolSnapshot(
        pageBytes: 32_768, tokensPerPage: 4,
        owners: [
            .free, .adapter(name: "pirate", phase: .protected), .sequence(RequestID(7), adapter: "pirate"),
            .cachedPrefix(adapter: "pirate", isEvictable: true),
        ], pages: [0, 0, 1, 1, 1, 2, 2, 3], freePages: 2, kvPages: 2, adapterPages: 3, evictablePages: 1,
        ownerOverheadBytes: [0, 1_000, 300, 0],
        prefixes: PrefixSnapshot(pages: 1, evictablePages: 1, tokensLookedUp: 96, tokensHit: 61, pagesEvicted: 2),
        spills: SpillSnapshot(pages: 3, limitPages: 64, kept: 4, restored: 2, recomputed: 1, fault: "disk full"))

    private static let geometry = BaseGeometry(
        layers: 30,
        modules: [
            BaseGeometry.Module(kind: "q_proj", inputs: 576, outputs: 576),
            BaseGeometry.Module(kind: "v_proj", inputs: 576, outputs: 192),
        ], elementBytes: 2, kvBytesPerToken: 8_192)

    private static let step = StepSnapshot(
        index: 9_000,
        segments: [
            SegmentSnapshot(adapter: "pirate", prefillRows: 16, decodeRows: 3, rank: 8),
            SegmentSnapshot(adapter: "haiku", prefillRows: 0, decodeRows: 1, rank: 8),
        ], seconds: 0.03,
        parts: StepParts(base: 0.02, adapters: 0.004, attention: 0.003, sampling: 0.001, other: 0.002))

    /// `adapters` more of them than those that the pool names.
    public static func make(index: Int = 1, adapters: Int = 0) -> DeckSnapshot {
        let states: [Residency] = [
            .loading(fraction: 0.4), .registered, .evicting, .failed(reason: "torn"), .quarantined(reason: "wrong"),
        ]
        let more = (0..<adapters).map { adapter("extra-\($0)") }
        return DeckSnapshot(
            index: index, time: start.addingTimeInterval(Double(index)), uptime: 192,
            deck: DeckIdentity(
                kind: .loradeck, baseName: "smol", baseDigest: digest(1), summary: "llama, 30 layers",
                contextLength: 8192, threads: 2, address: "http://127.0.0.1:9", geometry: geometry, queueLimit: 64),
            disabled: [.resize: "not here"],
            adapters: [adapter("pirate")]
                + states.enumerated().map { adapter("haiku\($0.offset > 0 ? "-\($0.offset)" : "")", state: $0.element) }
                + more,
            base: adapter("base"), pool: pool,
            requests: [
                request(7, .decode), request(8, .prefill(done: 16, total: 48)), request(9, .waiting(.adapterLoading)),
                request(10, .waiting(.noPages(needed: 12, free: 2, evictable: 1))), request(11, .finished(.stop)),
                request(12, .failed(reason: "torn")),
            ], step: step, recentSteps: [step],
            events: [
                DeckEvent(
                    id: 1, time: start, kind: .evict, level: .warning, actor: "engine", subject: "pirate",
                    message: "evicted", command: "evict pirate")
            ], tokensPerSecond: 104.4, promptTokensPerSecond: 322,
            process: ProcessUsage(residentBytes: 268_435_456, processorShare: 1.87),
            tenants: [
                TenantSnapshot(
                    name: "bank", weight: 1, running: 1, waiting: 1, promptTokens: 4_000, generatedTokens: 1_200,
                    serviceAhead: 310, targetSeconds: 0.4, timeToFirstToken: latency, refused: 3)
            ], waits: [WaitSummary(reason: "adapter", count: 1)],
            thrash: ThrashSnapshot(
                reloads: 12, windowSeconds: 30, workingSetPages: 812, capacityPages: 600, isThrashing: true),
            totals: DeckTotals(
                running: 2, waiting: 2, timeToFirstToken: latency, interTokenLatency: latency, kvUsage: 0.4),
            unknown: [.pins: "not told"],
            replicas: [
                replica("gpu-a", .up), replica("gpu-b", .stale(seconds: 4, reason: "no answer")),
                replica("gpu-c", .down(reason: "refused", retryIn: 4)),
            ], admissionPaused: AdmissionPause(by: "bank", seconds: 12),
            baseFault: "/srv/smol.gguf changed on disk")
    }

    private static func replica(_ name: String, _ state: ReplicaSnapshot.State) -> ReplicaSnapshot {
        ReplicaSnapshot(
            name: name, address: "http://\(name)", engine: .vllm, version: "0.32.0", state: state, running: 4,
            waiting: 1, tokensPerSecond: 212.5, kvUsage: 0.41, timeToFirstToken: latency, interTokenLatency: latency,
            adapters: ["pirate"], note: "lacks haiku")
    }
}

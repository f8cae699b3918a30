import DeckCore
import Foundation

@testable import Console

/// A fixed moment of a busy deck, for tests that look at screens.
enum SampleDeck {
    static let start = Date(timeIntervalSince1970: 1_790_000_000)
    static let pageBytes = 32 * 1024

    static func digest(_ seed: UInt8) -> Digest {
        guard let digest = Digest(bytes: (0..<32).map { UInt8($0) &* 7 &+ seed }) else {
            preconditionFailure("32 bytes")
        }
        return digest
    }

    static func adapter(
        _ name: String, tenant: String? = nil, state: Residency = .resident, pinned: Bool = false, rank: Int = 8,
        pages: Int = 40, running: Int = 0, waiting: Int = 0, rate: Double = 0, used: Double? = 12,
        verdict: BaseVerdict = .verified, versions: [VersionSnapshot] = []
    ) -> AdapterSnapshot {
        let seed = UInt8(name.utf8.reduce(0) { ($0 + Int($1)) % 251 })
        let holds = state.holdsPages
        let latency = used == nil ? nil : LatencySummary(count: 90, p50: 0.112, p95: 0.431, max: 1.2)
        let inter = used == nil ? nil : LatencySummary(count: 900, p50: 0.0214, p95: 0.0482, max: 0.2)
        return AdapterSnapshot(
            name: name, digest: digest(seed), tenant: tenant, state: state, isPinned: pinned,
            facts: AdapterFacts(
                format: "peft", path: "/srv/adapters/\(name)", declaredBase: "HuggingFaceTB/SmolLM2-135M-Instruct",
                verdict: verdict, ranks: rank...rank, alpha: Double(rank * 2), scales: 2...2,
                targets: ["q_proj", "k_proj", "v_proj", "o_proj"], moduleCount: 120, fileBytes: 1_843_200),
            proof: used == nil
                ? nil
                : ProofOfEffect(
                    modulesMatched: 120, modulesTotal: 210,
                    norms: (0..<30).map { layer in
                        ProofOfEffect.ModuleNorm(
                            module: "layers.\(layer).self_attn.q_proj", norm: 0.4 + Double((layer * 7) % 30) * 0.09)
                    }, probe: ProofOfEffect.Probe(divergence: 0.8312, changesTopToken: true)),
            pages: holds ? pages : 0, pagesNeeded: pages, overheadBytes: holds ? 11_264 : 0, kvPages: running * 6,
            running: running, waiting: waiting, tokensPerSecond: rate, timeToFirstToken: latency,
            interTokenLatency: inter, hits: used == nil ? 0 : 214, loads: used == nil ? 0 : 3,
            evictions: used == nil ? 0 : 2, requestsFinished: used == nil ? 0 : 210,
            tokensGenerated: used == nil ? 0 : 8_412, lastUsed: used.map { start.addingTimeInterval(-$0) },
            lastLoadSeconds: used == nil ? nil : 0.142, versions: versions)
    }

    /// A current version and so many before it.
    static func versions(_ earlier: Int, bytes: [VersionBytes] = []) -> [VersionSnapshot] {
        (0...earlier).map { age in
            VersionSnapshot(
                digest: digest(UInt8(200 + age)), registered: start.addingTimeInterval(-86_400 * Double(age)),
                path: "/srv/adapters/v\(earlier - age)", isCurrent: age == 0, users: age,
                bytes: bytes.indices.contains(age) ? bytes[age] : nil)
        }
    }

    static let adapters = [
        adapter("boutique-fr", tenant: "boutique", running: 1, rate: 14.2, used: 0),
        adapter("clinic-notes", tenant: "clinic", rank: 16, pages: 72, used: 75),
        adapter("haiku-hotel", tenant: "hotel", state: .loading(fraction: 0.42), waiting: 2, used: 340),
        adapter("harbor-bank", tenant: "bank", pinned: true, rank: 16, pages: 72, running: 2, rate: 27.9, used: 0),
        adapter("kids-garden", tenant: "garden", state: .registered, used: nil),
        adapter("pirate-games", tenant: "games", running: 3, waiting: 1, rate: 41.7, used: 0),
        adapter(
            "sql-helper", tenant: "data", state: .registered, rank: 4, pages: 22, used: 4_000,
            verdict: .unverified(reason: "declares no base")),
        adapter("ticket-json", tenant: "support", state: .evicting, running: 1, rate: 9.1, used: 1),
    ]

    /// A pool whose pages follow from the adapters: weights first, then KV, then what is free.
    static func pool(_ adapters: [AdapterSnapshot], base: AdapterSnapshot, count: Int, spills: SpillSnapshot? = nil)
        -> PoolSnapshot
    {
        var owners: [PageOwner] = [.free]
        var pages: [UInt16] = []
        var evictable = 0
        var kv = 0
        for adapter in adapters where adapter.pages > 0 {
            let phase: PageOwner.AdapterPhase =
                if case .loading = adapter.state {
                    .loading
                } else if adapter.isPinned {
                    .pinned
                } else if adapter.running > 0 {
                    .protected
                } else {
                    .evictable
                }
            if phase == .evictable { evictable += adapter.pages }
            owners.append(.adapter(name: adapter.name, phase: phase))
            pages += Array(repeating: UInt16(owners.count - 1), count: adapter.pages)
        }
        let adapterPages = pages.count
        for adapter in adapters + [base] where adapter.kvPages > 0 {
            owners.append(
                .sequence(RequestID(UInt64(owners.count)), adapter: adapter.name == "base" ? nil : adapter.name))
            pages += Array(repeating: UInt16(owners.count - 1), count: adapter.kvPages)
            kv += adapter.kvPages
        }
        let cached = [(name: "pirate-games", idle: true, pages: 9), (name: "pirate-games", idle: false, pages: 6)]
            .filter { prefix in adapters.contains { $0.name == prefix.name } && count - pages.count >= prefix.pages }
        for prefix in cached {
            owners.append(.cachedPrefix(adapter: prefix.name, isEvictable: prefix.idle))
            pages += Array(repeating: UInt16(owners.count - 1), count: prefix.pages)
        }
        let idle = cached.filter(\.idle).reduce(0) { $0 + $1.pages }
        let free = max(0, count - pages.count)
        pages += Array(repeating: 0, count: free)
        let overhead = owners.map { owner in
            switch owner {
            case .free, .cachedPrefix: 0
            case .adapter: 11_264
            case .sequence: 3_584
            }
        }
        return PoolSnapshot(
            pageBytes: pageBytes, tokensPerPage: 4, owners: owners, pages: pages, freePages: free, kvPages: kv,
            adapterPages: adapterPages, evictablePages: evictable + idle, ownerOverheadBytes: overhead,
            prefixes: PrefixSnapshot(
                pages: cached.reduce(0) { $0 + $1.pages }, evictablePages: idle, tokensLookedUp: 9_600,
                tokensHit: 6_144, pagesEvicted: 12), spills: spills)
    }

    static func requests() -> [RequestSnapshot] {
        func request(_ id: UInt64, _ adapter: String?, _ phase: RequestPhase, generated: Int) -> RequestSnapshot {
            RequestSnapshot(
                id: RequestID(id), adapter: adapter, digest: nil, origin: "demo", submitted: start, phase: phase,
                promptTokens: 48, generatedTokens: generated, timeline: RequestTimeline(firstToken: 0.1))
        }
        return [
            request(801, "harbor-bank", .decode, generated: 61), request(802, "harbor-bank", .decode, generated: 12),
            request(803, "pirate-games", .decode, generated: 44), request(804, "pirate-games", .decode, generated: 9),
            request(805, "pirate-games", .prefill(done: 32, total: 48), generated: 0),
            request(806, "boutique-fr", .decode, generated: 30), request(807, "ticket-json", .decode, generated: 71),
            request(808, nil, .decode, generated: 5),
            request(809, "haiku-hotel", .waiting(.adapterLoading), generated: 0),
            request(810, "haiku-hotel", .waiting(.adapterLoading), generated: 0),
            request(811, "pirate-games", .waiting(.noPages(needed: 12, free: 4, evictable: 0)), generated: 0),
        ]
    }

    static func events() -> [DeckEvent] {
        let texts: [(DeckEvent.Kind, DeckEvent.Level, String?, String, String?)] = [
            (.started, .info, nil, "engine started: 512 pages of 32.0 KiB, 2 threads", nil),
            (.register, .info, "pirate-games", "registered pirate-games, 120 modules", "register pirate-games demo"),
            (.load, .info, "pirate-games", "loaded in 142ms: 40 pages, 120/210 modules", "load pirate-games"),
            (.pin, .info, "harbor-bank", "pinned", "pin harbor-bank"),
            (.evict, .info, "kids-garden", "evicted for haiku-hotel (least recently used), 40 pages freed", nil),
            (.warning, .warning, "haiku-hotel", "thrash: loaded again 8s after its eviction", nil),
            (
                .refusal, .error, "big-one",
                "needs 688 pages, 412 free, 300 evictable (clinic-notes 120, boutique-fr 180)", "load big-one"
            ),
        ]
        return texts.enumerated().map { index, entry in
            DeckEvent(
                id: Int64(index + 1), time: start.addingTimeInterval(Double(index) * 7 - 60), kind: entry.0,
                level: entry.1, actor: entry.4 == nil ? "engine" : "console", subject: entry.2, message: entry.3,
                command: entry.4)
        }
    }

    static func snapshot(
        index: Int = 1, adapters: [AdapterSnapshot] = SampleDeck.adapters, pages: Int = 512,
        disabled: [DeckAction: String] = [:], requests: [RequestSnapshot] = SampleDeck.requests(),
        events: [DeckEvent] = SampleDeck.events(), replicas: [ReplicaSnapshot] = [],
        admissionPaused: AdmissionPause? = nil,
        spills: SpillSnapshot? = nil
    ) -> DeckSnapshot {
        let base = AdapterSnapshot(
            name: "base", digest: nil, tenant: nil, state: .resident, isPinned: false, facts: nil, proof: nil, pages: 0,
            pagesNeeded: nil, overheadBytes: 0, kvPages: 4, running: 1, waiting: 0, tokensPerSecond: 11.5,
            timeToFirstToken: LatencySummary(count: 20, p50: 0.094, p95: 0.2, max: 0.3), interTokenLatency: nil,
            hits: 0, loads: 0, evictions: 0, requestsFinished: 20, tokensGenerated: 900, lastUsed: start,
            lastLoadSeconds: nil)
        let steps = (0..<240).map { index in
            StepSnapshot(
                index: 9_000 + index,
                segments: [
                    SegmentSnapshot(adapter: nil, prefillRows: 0, decodeRows: 1, rank: 0),
                    SegmentSnapshot(adapter: "boutique-fr", prefillRows: 0, decodeRows: 1, rank: 8),
                    SegmentSnapshot(adapter: "harbor-bank", prefillRows: 0, decodeRows: 2, rank: 16),
                    SegmentSnapshot(
                        adapter: "pirate-games", prefillRows: index % 9 == 5 ? 16 : 0, decodeRows: 2, rank: 8),
                    SegmentSnapshot(adapter: "ticket-json", prefillRows: 0, decodeRows: 1 + index / 20 % 4, rank: 8),
                ], seconds: 0.021 + Double(index % 9) * 0.004)
        }
        return DeckSnapshot(
            index: index, time: start, uptime: 192, deck: identity, disabled: disabled, adapters: adapters, base: base,
            pool: pool(adapters, base: base, count: pages, spills: spills), requests: requests, step: steps.last,
            recentSteps: steps,
            events: events, tokensPerSecond: 104.4, promptTokensPerSecond: 322,
            process: ProcessUsage(residentBytes: 268_435_456, processorShare: 1.87), replicas: replicas,
            admissionPaused: admissionPaused)
    }

    static let identity = DeckIdentity(
        kind: .embedded, baseName: "SmolLM2-135M-Instruct", baseDigest: digest(1),
        summary: "llama, 30 layers, 135M, Q4_1", contextLength: 8192, threads: 2, queueLimit: 4096)

    static let configuration = ConsoleConfiguration(
        theme: "dark", themes: ["dark", "light", "mono"],
        prompts: [
            DemoPrompt(adapter: "pirate-games", text: "Where is my parcel?"),
            DemoPrompt(adapter: "haiku-hotel", text: "Do you have a room for two nights?"),
            DemoPrompt(adapter: nil, text: "What is the capital of France?"),
        ], movingSeconds: 0)
}

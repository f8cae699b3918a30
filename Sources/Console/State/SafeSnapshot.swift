import DeckCore
import TerminalKit

/// A snapshot whose every text may be drawn (invariant 9), and the way back from a shown name to the deck's own.
///
/// Cleaning is where foreign text enters the console; behind it, names are the shown ones everywhere.
public struct SafeSnapshot: Hashable, Sendable {
    public let snapshot: DeckSnapshot
    /// Shown name to the deck's name, only where they differ.
    private let originals: [String: String]

    /// The deck's own name for a shown one.
    func original(_ shown: String) -> String { originals[shown] ?? shown }

    /// What is as it was in `previous`, and therefore clean, is taken from there.
    public init(_ raw: DeckSnapshot, after previous: SafeSnapshot? = nil) {
        var names: [String: String] = [:]
        var originals: [String: String] = [:]
        let foreign = raw.adapters.filter { !Sanitiser.isPlain($0.name, limit: Cleaner.nameLimit) }
        let taken = foreign.isEmpty ? [] : Set(raw.adapters.map(\.name))
        var copies: [String: Int] = [:]
        for adapter in foreign {
            let clean = Sanitiser.line(adapter.name, limit: Cleaner.nameLimit)
            var shown = clean
            var copy = copies[clean] ?? 2
            // Two names that clean to the same text stay two rows.
            while originals[shown] != nil || (shown != adapter.name && taken.contains(shown)) {
                shown = "\(clean)#\(copy)"
                copy += 1
            }
            copies[clean] = copy
            names[adapter.name] = shown
            if shown != adapter.name { originals[shown] = adapter.name }
        }
        let cleaner = Cleaner(names: names, previous: names.isEmpty ? previous?.snapshot : nil)
        self.originals = originals
        self.snapshot = cleaner.snapshot(raw)
    }

    private init(snapshot: DeckSnapshot, originals: [String: String]) {
        self.snapshot = snapshot
        self.originals = originals
    }

    /// Another snapshot with the same names, clean already.
    func replacing(_ clean: DeckSnapshot) -> SafeSnapshot { SafeSnapshot(snapshot: clean, originals: originals) }
}

/// Rebuilds values with clean texts.
private struct Cleaner {
    static let nameLimit = 200

    /// The names that are shown otherwise.
    let names: [String: String]
    /// The moment before, cleaned with the same names; what equals something in it is clean.
    let previous: DeckSnapshot?

    private func line(_ text: String) -> String { Sanitiser.line(text) }

    private func name(_ text: String) -> String {
        Sanitiser.isPlain(text, limit: Self.nameLimit)
            ? text : names[text] ?? Sanitiser.line(text, limit: Self.nameLimit)
    }

    /// A thousand adapters are mostly as they were, one by one.
    private func adapters(_ raw: [AdapterSnapshot]) -> [AdapterSnapshot] {
        guard let old = previous?.adapters, old.count == raw.count else { return raw.map { adapter($0) } }
        return zip(raw, old).map { $0 == $1 ? $1 : adapter($0, before: $1) }
    }

    func snapshot(_ raw: DeckSnapshot) -> DeckSnapshot {
        DeckSnapshot(
            index: raw.index, time: raw.time, uptime: raw.uptime,
            deck: DeckIdentity(
                kind: raw.deck.kind, baseName: line(raw.deck.baseName), baseDigest: raw.deck.baseDigest,
                summary: line(raw.deck.summary), contextLength: raw.deck.contextLength, threads: raw.deck.threads,
                address: raw.deck.address.map(line), geometry: raw.deck.geometry,
                queueLimit: raw.deck.queueLimit),
            disabled: raw.disabled.mapValues(line), adapters: adapters(raw.adapters), base: adapter(raw.base),
            pool: pool(raw.pool), requests: raw.requests.map(request), step: raw.step.map(step),
            recentSteps: raw.recentSteps.map(step), events: raw.events.map(event),
            tokensPerSecond: raw.tokensPerSecond, promptTokensPerSecond: raw.promptTokensPerSecond,
            process: raw.process, tenants: raw.tenants.map(tenant), waits: raw.waits, thrash: raw.thrash,
            totals: raw.totals, unknown: raw.unknown.mapValues(line), replicas: raw.replicas.map(replica),
            admissionPaused: raw.admissionPaused.map { AdmissionPause(by: line($0.actor), seconds: $0.seconds) },
            baseFault: raw.baseFault.map(line))
    }

    private func adapter(_ raw: AdapterSnapshot, before old: AdapterSnapshot? = nil) -> AdapterSnapshot {
        AdapterSnapshot(
            name: name(raw.name), digest: raw.digest, tenant: raw.tenant.map(line), state: residency(raw.state),
            isPinned: raw.isPinned, facts: old?.facts == raw.facts ? old?.facts : raw.facts.map(facts),
            proof: old?.proof == raw.proof ? old?.proof : raw.proof.map(proof), pages: raw.pages,
            pagesNeeded: raw.pagesNeeded, overheadBytes: raw.overheadBytes, kvPages: raw.kvPages, running: raw.running,
            waiting: raw.waiting, tokensPerSecond: raw.tokensPerSecond, timeToFirstToken: raw.timeToFirstToken,
            interTokenLatency: raw.interTokenLatency, hits: raw.hits, loads: raw.loads, evictions: raw.evictions,
            requestsFinished: raw.requestsFinished, tokensGenerated: raw.tokensGenerated, lastUsed: raw.lastUsed,
            lastLoadSeconds: raw.lastLoadSeconds,
            versions: old?.versions == raw.versions ? raw.versions : raw.versions.map(version),
            lastEviction: raw.lastEviction.map(note))
    }

    private func version(_ raw: VersionSnapshot) -> VersionSnapshot {
        VersionSnapshot(
            digest: raw.digest, registered: raw.registered, path: line(raw.path), isCurrent: raw.isCurrent,
            users: raw.users, bytes: raw.bytes.map(bytes))
    }

    private func bytes(_ raw: VersionBytes) -> VersionBytes {
        switch raw {
        case .kept: .kept
        case .onlyInPlace(let reason): .onlyInPlace(reason: line(reason))
        case .gone(let reason): .gone(reason: line(reason))
        }
    }

    private func note(_ raw: EvictionNote) -> EvictionNote {
        EvictionNote(time: raw.time, actor: line(raw.actor), reason: line(raw.reason))
    }

    private func replica(_ raw: ReplicaSnapshot) -> ReplicaSnapshot {
        var state = raw.state
        switch state {
        case .up: break
        case .stale(let seconds, let reason): state = .stale(seconds: seconds, reason: reason.map(line))
        case .down(let reason, let seconds): state = .down(reason: line(reason), retryIn: seconds)
        }
        return ReplicaSnapshot(
            name: line(raw.name), address: line(raw.address), engine: raw.engine, version: raw.version.map(line),
            state: state, running: raw.running, waiting: raw.waiting, tokensPerSecond: raw.tokensPerSecond,
            kvUsage: raw.kvUsage, timeToFirstToken: raw.timeToFirstToken, interTokenLatency: raw.interTokenLatency,
            adapters: raw.adapters.map(name), note: raw.note.map(line))
    }

    private func timeline(_ raw: RequestTimeline) -> RequestTimeline {
        var clean = raw
        clean.waits = raw.waits.map { $0.map { WaitPart($0.reason.mapTexts(line), seconds: $0.seconds) } }
        if case .evicted(let seconds, let actor) = raw.coldCause {
            clean.coldCause = .evicted(secondsBefore: seconds, actor: line(actor))
        }
        return clean
    }

    private func residency(_ raw: Residency) -> Residency {
        switch raw {
        case .failed(let reason): .failed(reason: line(reason))
        case .quarantined(let reason): .quarantined(reason: line(reason))
        case .registered, .loading, .resident, .evicting: raw
        }
    }

    private func facts(_ raw: AdapterFacts) -> AdapterFacts {
        let verdict: BaseVerdict =
            switch raw.verdict {
            case .verified: .verified
            case .unverified(let reason): .unverified(reason: line(reason))
            case .overridden(let reason): .overridden(reason: line(reason))
            }
        return AdapterFacts(
            format: line(raw.format), path: line(raw.path), declaredBase: raw.declaredBase.map(line), verdict: verdict,
            ranks: raw.ranks, alpha: raw.alpha, scales: raw.scales, targets: raw.targets.map(line),
            moduleCount: raw.moduleCount, fileBytes: raw.fileBytes)
    }

    private func proof(_ raw: ProofOfEffect) -> ProofOfEffect {
        ProofOfEffect(
            modulesMatched: raw.modulesMatched, modulesTotal: raw.modulesTotal,
            norms: raw.norms.map { ProofOfEffect.ModuleNorm(module: line($0.module), norm: $0.norm) }, probe: raw.probe)
    }

    private func pool(_ raw: PoolSnapshot) -> PoolSnapshot {
        let owners = raw.owners.map { owner -> PageOwner in
            switch owner {
            case .free: .free
            case .adapter(let adapter, let phase): .adapter(name: name(adapter), phase: phase)
            case .sequence(let id, let adapter): .sequence(id, adapter: adapter.map(name))
            case .cachedPrefix(let adapter, let isEvictable):
                .cachedPrefix(adapter: adapter.map(name), isEvictable: isEvictable)
            }
        }
        return PoolSnapshot(
            pageBytes: raw.pageBytes, tokensPerPage: raw.tokensPerPage, owners: owners, pages: raw.pages,
            freePages: raw.freePages, kvPages: raw.kvPages, adapterPages: raw.adapterPages,
            evictablePages: raw.evictablePages, ownerOverheadBytes: raw.ownerOverheadBytes, prefixes: raw.prefixes,
            spills: raw.spills.map(spills))
    }

    private func spills(_ raw: SpillSnapshot) -> SpillSnapshot {
        SpillSnapshot(
            pages: raw.pages, limitPages: raw.limitPages, kept: raw.kept, restored: raw.restored,
            recomputed: raw.recomputed, fault: raw.fault.map(line))
    }

    private func request(_ raw: RequestSnapshot) -> RequestSnapshot {
        var phase = raw.phase
        switch phase {
        case .failed(let reason): phase = .failed(reason: line(reason))
        case .waiting(let reason): phase = .waiting(reason.mapTexts(line))
        case .prefill, .decode, .finished: break
        }
        return RequestSnapshot(
            id: raw.id, adapter: raw.adapter.map(name), digest: raw.digest, origin: line(raw.origin),
            submitted: raw.submitted, phase: phase, promptTokens: raw.promptTokens, cachedTokens: raw.cachedTokens,
            generatedTokens: raw.generatedTokens, timeline: timeline(raw.timeline))
    }

    private func tenant(_ raw: TenantSnapshot) -> TenantSnapshot {
        TenantSnapshot(
            name: line(raw.name), weight: raw.weight, running: raw.running, waiting: raw.waiting,
            promptTokens: raw.promptTokens, generatedTokens: raw.generatedTokens, serviceAhead: raw.serviceAhead,
            targetSeconds: raw.targetSeconds, timeToFirstToken: raw.timeToFirstToken, refused: raw.refused)
    }

    /// There are hundreds, and hardly ever one with a name that has to be cleaned.
    private func step(_ raw: StepSnapshot) -> StepSnapshot {
        let isPlain = raw.segments.allSatisfy {
            $0.adapter.map { Sanitiser.isPlain($0, limit: Self.nameLimit) } ?? true
        }
        guard !isPlain else { return raw }
        return StepSnapshot(
            index: raw.index,
            segments: raw.segments.map {
                SegmentSnapshot(
                    adapter: $0.adapter.map(name), prefillRows: $0.prefillRows, decodeRows: $0.decodeRows, rank: $0.rank
                )
            }, seconds: raw.seconds, parts: raw.parts)
    }

    private func event(_ raw: DeckEvent) -> DeckEvent {
        DeckEvent(
            id: raw.id, time: raw.time, kind: raw.kind, level: raw.level, actor: line(raw.actor),
            subject: raw.subject.map(name), message: line(raw.message), command: raw.command.map(line))
    }
}

import DeckCore
import Foundation
import Inference

/// The deck as screens see it, built between two steps from what the step thread has at hand.
extension StepLoop {
    /// Percentiles that one snapshot computes at most; the other adapters have theirs from before, and their turn next.
    static var percentilesASnapshot: Int { 12 }

    /// Nil when nobody reads: then nothing has to be built.
    func secondsToNextSnapshot() -> Double? {
        guard parts.publisher.hasReaders else { return nil }
        let isMoving = isDirty || !tickets.isEmpty
        let interval = isMoving ? 1 / max(0.1, parts.options.snapshotsPerSecond) : 1
        // Thousands of adapters and requests take milliseconds to describe: screens may cost the batch two per cent. A
        // snapshot during which the machine was busy elsewhere says nothing of the next one's cost.
        return max(0, lastPublished + max(interval, min(1, 50 * snapshotSeconds)) - now)
    }

    func publishIfDue() {
        if let seconds = secondsToNextSnapshot(), seconds <= 0 { publish() }
    }

    @discardableResult
    func publish() -> DeckSnapshot {
        let time = now
        lastPublished = time
        isDirty = false
        let snapshot = snapshot(now: time)
        parts.publisher.publish(snapshot)
        lookAtVersions()
        snapshotSeconds = now - time
        return snapshot
    }

    /// Gives those who asked for it a snapshot of this moment; who reads all of them gets it too.
    func answerSnapshots() {
        guard !snapshotReplies.isEmpty else { return }
        let replies = snapshotReplies
        snapshotReplies = []
        let made = parts.publisher.hasReaders ? publish() : snapshot(now: now)
        for reply in replies { reply(made) }
    }

    /// Percentiles cost most of a snapshot: with more adapters each is computed less often.
    private var percentileInterval: Double { max(0.5, Double(meters.count) / 60) }

    func snapshot(now: Double) -> DeckSnapshot {
        snapshotIndex += 1
        percentileBudget = Self.percentilesASnapshot
        let traffic = traffic()
        let leaving = usersOfEarlierVersions()
        // First, so that no budget keeps the deck's own percentiles back.
        let latencies = deckLatency.latencies(now: now, interval: 0.5, budget: &percentileBudget)
        let model = parts.model
        let requests = requestSnapshots()
        let waits = Self.waits(requests)
        return DeckSnapshot(
            index: snapshotIndex, time: Date(), uptime: now,
            deck: DeckIdentity(
                kind: .embedded, baseName: model.name, baseDigest: model.digest, summary: model.summary,
                contextLength: model.forward.contextLength, threads: parts.options.threads, geometry: model.geometry,
                queueLimit: parts.options.maxWaiting),
            disabled: [:],
            adapters: store.names.compactMap { adapterSnapshot($0, traffic[$0], leaving, now: now) },
            base: baseSnapshot(traffic[""], now: now), pool: poolSnapshot(), requests: requests,
            step: steps.last, recentSteps: steps.elements, events: parts.events.events,
            tokensPerSecond: tokenRate.rate(now: now), promptTokensPerSecond: promptRate.rate(now: now),
            process: processMeter.read(now: now), tenants: tenantSnapshots(now: now), waits: waits,
            thrash: thrashSnapshot(now: now),
            totals: DeckTotals(
                requests, timeToFirstToken: latencies.first, interTokenLatency: latencies.inter),
            admissionPaused: admissionSnapshot(now: now), baseFault: baseFault)
    }

    // MARK: Requests

    private func requestSnapshots() -> [RequestSnapshot] {
        let live = generations.values.filter { !$0.isProbe }.sorted { $0.id < $1.id }
        let book = scheduler.waitBook()
        return live.compactMap { generation in
            scheduler[generation.id].map { snapshot(of: generation, $0, phase(of: $0, book)) }
        } + ended.elements
    }

    private static func waits(_ requests: [RequestSnapshot]) -> [WaitSummary] {
        var counts: [String: Int] = [:]
        for request in requests {
            if case .waiting(let reason) = request.phase { counts[reason.cause.word, default: 0] += 1 }
        }
        return counts.map { WaitSummary(reason: $0.key, count: $0.value) }
            .sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }
    }

    private func phase(of sequence: ScheduledSequence, _ book: Scheduler.WaitBook) -> RequestPhase {
        if let reason = scheduler.yieldReason(sequence) { return .waiting(reason) }
        return switch sequence.status {
        case .waiting: .waiting(scheduler.waitReason(sequence, in: book))
        case .running:
            sequence.decodes
                ? .decode : .prefill(done: min(sequence.computed, sequence.length), total: sequence.length)
        }
    }

    func snapshot(of generation: Generation, _ sequence: ScheduledSequence, _ phase: RequestPhase)
        -> RequestSnapshot
    {
        let key = sequence.bound ?? generation.adapter.flatMap { store.currentKey($0) }
        var timeline = generation.timeline(now: now)
        if phase.isLive { timeline.waits = scheduler.waits(of: sequence) }
        return RequestSnapshot(
            id: generation.id, adapter: generation.adapter,
            digest: key.flatMap { store[$0]?.version.digest },
            origin: generation.request.origin, submitted: generation.submitted, phase: phase,
            promptTokens: generation.promptCount, cachedTokens: sequence.cachedTokens,
            generatedTokens: generation.generatedCount, timeline: timeline)
    }

    // MARK: Adapters

    /// A snapshot of an adapter that was not used within the metrics window, and when it was made.
    struct Dormant {
        let snapshot: AdapterSnapshot
        let time: Double

        func shows(_ record: AdapterRecord, _ store: AdapterStore) -> Bool {
            snapshot.digest == record.version.digest && snapshot.facts?.path == record.version.facts.path
                && snapshot.isPinned == store.isPinned(record) && snapshot.pagesNeeded == record.pagesNeeded
        }
    }

    /// What live requests of one name amount to.
    private struct Traffic {
        var running = 0
        var waiting = 0
        var kvPages = 0
    }

    /// By adapter name; the base's is under the empty name, which no adapter can have.
    private func traffic() -> [String: Traffic] {
        var traffic: [String: Traffic] = [:]
        for sequence in scheduler.sequences.values {
            let isProbe = generations[sequence.id]?.isProbe ?? false
            var sum = traffic[sequence.adapter ?? ""] ?? Traffic()
            sum.kvPages += sequence.ownPages.count
            if !isProbe {
                if sequence.isRunning, !sequence.isHeld { sum.running += 1 } else { sum.waiting += 1 }
            }
            traffic[sequence.adapter ?? ""] = sum
        }
        return traffic
    }

    /// Sequences that finish on versions which their names no longer point at, by content.
    private func usersOfEarlierVersions() -> [String: [Digest: Int]] {
        var users: [String: [Digest: Int]] = [:]
        for key in store.active {
            guard let record = store[key], !record.isCurrent, record.users > 0 else { continue }
            users[record.name, default: [:]][record.version.digest, default: 0] += record.users
        }
        return users
    }

    private func versionSnapshots(_ record: AdapterRecord, _ leaving: [Digest: Int]) -> [VersionSnapshot] {
        func snapshot(_ version: AdapterVersion, isCurrent: Bool, users: Int) -> VersionSnapshot {
            VersionSnapshot(
                digest: version.digest, registered: version.registered, path: version.facts.path,
                isCurrent: isCurrent, users: users,
                bytes: parts.loader.versions == nil ? nil : versionPlaces.bytes(of: version))
        }
        return [snapshot(record.version, isCurrent: true, users: record.users)]
            + versions[record.name].map { snapshot($0, isCurrent: false, users: leaving[$0.digest] ?? 0) }
    }

    private func adapterSnapshot(
        _ name: String, _ traffic: Traffic?, _ leaving: [String: [Digest: Int]], now: Double
    ) -> AdapterSnapshot? {
        guard let record = store.currentRecord(name) else { return nil }
        let lastChange = meters[name]?.lastChange
        let isQuiet = lastChange.map { now - $0 > parts.options.metricsWindowSeconds } ?? true
        if traffic == nil, isQuiet, record.state == .registered {
            if let known = dormant[name], known.time > lastChange ?? -.infinity, known.shows(record, store) {
                return known.snapshot
            }
            meters[name]?.latency.rest(now: now)
            let snapshot = adapterSnapshot(record, Traffic(), [:], now: now)
            dormant[name] = Dormant(snapshot: snapshot, time: now)
            return snapshot
        }
        return adapterSnapshot(record, traffic ?? Traffic(), leaving[name] ?? [:], now: now)
    }

    private func adapterSnapshot(
        _ record: AdapterRecord, _ traffic: Traffic, _ leaving: [Digest: Int], now: Double
    ) -> AdapterSnapshot {
        let name = record.name
        var latencies: (first: LatencySummary?, inter: LatencySummary?) = (nil, nil)
        var rate = 0.0
        if meters[name] != nil {
            latencies = meters[name]!.latency.latencies(
                now: now, interval: percentileInterval, budget: &percentileBudget)
            rate = meters[name]!.tokensPerSecond(now: now)
        }
        let meter = meters[name]
        return AdapterSnapshot(
            name: name, digest: record.version.digest, tenant: owners[name], state: residency(record),
            isPinned: store.isPinned(record), facts: record.version.facts, proof: record.proof,
            pages: record.pages.count, pagesNeeded: record.pagesNeeded,
            overheadBytes: record.packed?.layout.overheadBytes ?? 0, kvPages: traffic.kvPages,
            running: traffic.running,
            waiting: traffic.waiting, tokensPerSecond: rate, timeToFirstToken: latencies.first,
            interTokenLatency: latencies.inter, hits: meter?.hits ?? 0, loads: meter?.loads ?? 0,
            evictions: meter?.evictions ?? 0, requestsFinished: meter?.requestsFinished ?? 0,
            tokensGenerated: meter?.tokensGenerated ?? 0, lastUsed: meter?.lastUsed,
            lastLoadSeconds: meter?.lastLoadSeconds, versions: versionSnapshots(record, leaving),
            lastEviction: meter?.lastEviction?.note)
    }

    private func baseSnapshot(_ traffic: Traffic?, now: Double) -> AdapterSnapshot {
        let traffic = traffic ?? Traffic()
        let latencies = baseMeter.latency.latencies(now: now, interval: percentileInterval, budget: &percentileBudget)
        let rate = baseMeter.tokensPerSecond(now: now)
        return AdapterSnapshot(
            name: "base", digest: parts.model.digest, tenant: nil, state: .resident, isPinned: false,
            facts: nil,
            proof: nil, pages: 0, pagesNeeded: 0, overheadBytes: 0, kvPages: traffic.kvPages,
            running: traffic.running,
            waiting: traffic.waiting, tokensPerSecond: rate, timeToFirstToken: latencies.first,
            interTokenLatency: latencies.inter, hits: 0, loads: 0, evictions: 0,
            requestsFinished: baseMeter.requestsFinished, tokensGenerated: baseMeter.tokensGenerated,
            lastUsed: baseMeter.lastUsed, lastLoadSeconds: nil)
    }

    func residency(_ record: AdapterRecord) -> Residency {
        switch record.state {
        case .registered: .registered
        case .opening, .awaitingPages: .loading(fraction: 0)
        case .reading: .loading(fraction: tickets[record.key]?.fraction ?? 0)
        case .resident: .resident
        case .draining: .evicting
        case .failed(let reason): .failed(reason: reason)
        case .quarantined(let reason): .quarantined(reason: reason)
        }
    }
}

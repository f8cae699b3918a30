import DeckCore
import Foundation
import Inference
import ModelFiles

/// Loads and evictions: the store decides, the loader threads read, and this tells whoever waits.
extension StepLoop {
    // MARK: Phase 1

    func open(_ key: AdapterKey) {
        guard let record = store[key] else { return }
        loadBegan[key] = now
        announcedWaits.remove(key)
        parts.loader.open(
            record.version, overrideBase: record.overrideBase, prefersCopy: record.prefersCopy
        ) {
            [mailbox = parts.mailbox] in
            mailbox.post(.opened(key, $0))
        }
    }

    func opened(_ key: AdapterKey, _ result: Result<OpenedAdapter, AdapterRefusal>) {
        switch result {
        case .success(let adapter):
            store.opened(
                key, layout: adapter.layout, facts: adapter.content.facts, isCopy: adapter.isCopy, pool: &pool)
            guard store[key]?.state == .awaitingPages else { return loadBroke(key) }
            contents[key] = adapter.content
            settlePins(key)
        case .failure(let refusal):
            store.loadFailed(key, reason: refusal.reason, pool: &pool)
            loadBroke(key)
        }
    }

    /// Says once a load why it does not go on (invariant 8).
    func announceWait(_ key: AdapterKey, _ reason: String) {
        guard announcedWaits.insert(key).inserted, let record = store[key] else { return }
        parts.events.record(
            EventLog.Draft(
                kind: .load, level: .warning, actor: "engine", subject: record.name,
                message: "\(record.name) waits for pages: \(reason)"))
    }

    // MARK: Phase 3

    func readWeights(_ key: AdapterKey) {
        guard let content = contents.removeValue(forKey: key), let record = store[key], let packed = record.packed
        else { return }
        let version = record.version
        // A copy is judged by what it holds, every time.
        let isUntouched = !record.readsCopy && !content.files.isEmpty && content.files == version.files
        let ticket = LoadTicket(modules: packed.layout.placements.count)
        tickets[key] = ticket
        readBegan[key] = now
        parts.loader.read(
            content, knownAs: isUntouched ? version.digest : nil, norms: proofs[version.digest]?.norms, into: packed,
            ticket: ticket
        ) { [mailbox = parts.mailbox] in mailbox.post(.read(key, $0)) }
    }

    // MARK: Phase 4

    func read(_ key: AdapterKey, _ result: Result<ReadAdapter, AdapterRefusal>) {
        tickets[key] = nil
        let seconds = now - (readBegan.removeValue(forKey: key) ?? now)
        switch result {
        case .success(let adapter):
            let proof =
                proofs[adapter.digest]
                ?? ProofOfEffect(
                    modulesMatched: adapter.norms.count, modulesTotal: parts.model.moduleCount, norms: adapter.norms)
            if let record = store[key], adapter.digest != record.version.digest {
                if record.readsCopy {
                    discardCopy(of: record.version)
                } else if parts.loader.versions != nil, store.prefersCopyFromNowOn(key, pool: &pool) {
                    // The next plan opens it again.
                    return
                }
            }
            _ = store.loaded(key, digest: adapter.digest, files: adapter.files, proof: proof, pool: &pool)
            guard store[key]?.state == .resident else { return loadBroke(key) }
            store.setReloadSeconds(key, seconds, pool: &pool)
            noteVerified(key)
            proofs.keep(proof, of: adapter.digest)
            becameResident(key)
        case .failure(let refusal):
            store.loadFailed(key, reason: refusal.reason, pool: &pool)
            loadBroke(key)
        }
    }

    /// Makes a verdict durable that was another one when the adapter was registered.
    private func noteVerified(_ key: AdapterKey) {
        guard let version = store.takeNewlyVerified(key) else { return }
        parts.events.perform {
            try $0.noteVerified(version.digest, fileBytes: version.facts.fileBytes)
        } then: { _ in
            // Not noted, it is verified by its names again at the next load.
        }
    }

    private func becameResident(_ key: AdapterKey) {
        guard let record = store[key] else { return }
        let seconds = now - (loadBegan.removeValue(forKey: key) ?? now)
        var sinceEviction: Double?
        withMeter(record.name) { meter in
            meter.loads += 1
            meter.lastLoadSeconds = seconds
            sinceEviction = meter.lastEviction.map { now - $0.time }
        }
        for generation in generations.values
        where generation.adapter == record.name && generation.timeline.adapterReady == nil {
            generation.timeline.adapterReady = now - generation.arrival
        }
        meanLoadSeconds = meanLoadSeconds.map { 0.8 * $0 + 0.2 * seconds } ?? seconds
        if let sinceEviction, sinceEviction < parts.options.thrashSeconds, thrash.reloaded(now: now) {
            parts.events.record(
                EventLog.Draft(
                    kind: .warning, level: .warning, actor: "engine",
                    message: "thrash: \(thrashSnapshot(now: now).sentence)"))
        }
        startProbe(key)
        keepBytes(of: record.version)
    }

    func thrashSnapshot(now: Double) -> ThrashSnapshot {
        let own = scheduler.running.reduce(0) { $0 + (scheduler[$1]?.ownPages.count ?? 0) }
        let used = own + pool.prefixes.pageCount - pool.prefixes.idleCount
        let store = store
        return thrash.snapshot(now: now, capacityPages: pool.pageCount - used) { store.currentRecord($0)?.pagesNeeded }
    }

    /// The probe has an answer, or will have none: everything about the load is known.
    func completeLoad(_ key: AdapterKey) {
        let wasAnnounced = probes.announced.remove(key) != nil
        guard probes.pending.remove(key) != nil, let record = store[key],
            record.state == .resident || record.state == .draining
        else {
            return answerLoad(
                key, refused: "it left the pool before its proof of effect was complete", kind: .evict)
        }
        let waiters = loadWaiters.removeValue(forKey: key) ?? []
        if waiters.isEmpty, !wasAnnounced { announceLoad(record) }
        for pending in waiters { conclude(pending, .done(loadSentence(record)), kind: .load, subject: record.name) }
    }

    /// Records a load that nobody waits for.
    func announceLoad(_ record: AdapterRecord) {
        parts.events.record(
            EventLog.Draft(kind: .load, actor: "engine", subject: record.name, message: loadSentence(record)))
    }

    private func loadSentence(_ record: AdapterRecord) -> String {
        "loaded \(record.name) \(record.version.digest.short)"
            + (record.readsCopy ? " from its copy (\(record.version.facts.path) was touched)" : "") + ": "
            + proofSentence(record)
            + (probes.pending.contains(record.key) ? ", its probe is pending" : "")
    }

    private func proofSentence(_ record: AdapterRecord) -> String {
        var parts = [record.pages.count.counted("page")]
        if let seconds = meters[record.name]?.lastLoadSeconds { parts.append("\(tenths(seconds)) s") }
        if let proof = record.proof {
            parts.append("\(proof.modulesMatched)/\(proof.modulesTotal.counted("module"))")
            parts.append("largest norm \(decimals(proof.largestNorm))")
            if let probe = proof.probe { parts.append(probeSentence(probe)) }
        }
        return parts.joined(separator: ", ")
    }

    func probeSentence(_ probe: ProofOfEffect.Probe) -> String {
        "moves the base by \(decimals(probe.divergence)) nat, "
            + (probe.changesTopToken ? "changes the top token" : "keeps the top token")
    }

    private func tenths(_ seconds: Double) -> String { String(format: "%.1f", seconds) }
    private func decimals(_ value: Double) -> String { String(format: "%.3g", value) }

    /// A load ended without the adapter: failed with a reason, or cancelled.
    private func loadBroke(_ key: AdapterKey) {
        contents[key] = nil
        loadBegan[key] = nil
        guard let record = store[key] else {
            return answerLoad(key, refused: "a newer version replaced it", kind: .load)
        }
        let isQuarantined = store.quarantineIfRepeated(key, now: now)
        guard case .failed(let reason) = record.state else {
            // Cancelled; a wish that came after the cancellation starts over.
            if record.operatorOrder == nil {
                answerLoad(key, refused: "the load was cancelled", kind: .load)
            }
            return
        }
        if loadWaiters[key]?.isEmpty ?? true {
            parts.events.record(
                EventLog.Draft(
                    kind: .failure, level: .error, actor: "engine", subject: record.name,
                    message: "\(record.name) failed to load: \(reason)"))
        }
        if isQuarantined, case .quarantined(let reason) = store[key]?.state {
            parts.events.record(
                EventLog.Draft(
                    kind: .warning, level: .error, actor: "engine", subject: record.name,
                    message: "quarantined \(record.name): \(reason)"))
        }
        answerLoad(
            key, refused: "\(record.name) failed to load: \(reason)", kind: .failure, level: .error)
    }

    /// No room, whatever would be evicted; the adapter stays registered.
    func refusedLoad(_ key: AdapterKey, _ reason: String) {
        contents[key] = nil
        loadBegan[key] = nil
        if loadWaiters[key]?.isEmpty ?? true {
            parts.events.record(
                EventLog.Draft(
                    kind: .refusal, level: .warning, actor: "engine", subject: store[key]?.name,
                    message: "not loaded: \(reason)"))
        }
        answerLoad(key, refused: reason, kind: .refusal, level: .warning)
    }

    private func answerLoad(
        _ key: AdapterKey, refused reason: String, kind: DeckEvent.Kind,
        level: DeckEvent.Level = .warning
    ) {
        for pending in loadWaiters.removeValue(forKey: key) ?? [] {
            conclude(pending, .refused(reason), kind: kind, level: level, subject: store[key]?.name)
        }
    }

    /// Ends the reading of a load whose pages must come back.
    func cancelTicket(_ key: AdapterKey) { tickets[key]?.cancel() }

    // MARK: Evictions

    /// An idle adapter left; `actor` took its place.
    func evicted(_ adapter: AdapterStore.Evicted, for actor: String, reason: String) {
        // An operator's drain that ends so is counted when it is answered.
        if drainWaiters[adapter.key] == nil {
            countEviction(adapter.name, adapter.digest, by: actor, reason: reason)
        }
        parts.events.record(
            EventLog.Draft(
                kind: .evict, actor: "engine", subject: adapter.name,
                message: "evicted \(adapter.name), \(adapter.pages.counted("page")), \(reason)"))
        answerDrains()
    }

    private func countEviction(_ name: String, _ digest: Digest, by actor: String, reason: String) {
        let time = now
        withMeter(name) { meter in
            meter.evictions += 1
            meter.lastEviction = AdapterMeter.Eviction(
                time: time, digest: digest, note: EvictionNote(time: Date(), actor: actor, reason: reason))
        }
    }

    /// Why a request finds an adapter out of the pool, or about to leave it.
    func coldCause(_ record: AdapterRecord) -> ColdCause {
        if record.state == .draining, let drain = drainWaiters[record.key]?.first {
            return .evicted(secondsBefore: 0, actor: drain.pending.actor)
        }
        guard let eviction = meters[record.name]?.lastEviction, eviction.digest == record.version.digest else {
            return .neverLoaded
        }
        return .evicted(secondsBefore: now - eviction.time, actor: eviction.note.actor)
    }

    /// Tells operators whose drains came to their end.
    func answerDrains() {
        guard !drainWaiters.isEmpty else { return }
        for (key, drains) in drainWaiters where store[key]?.state != .draining {
            drainWaiters[key] = nil
            var isCounted = false
            for drain in drains {
                guard case .evict(let name, _, _) = drain.pending.command else { continue }
                if !isCounted {
                    countEviction(name, drain.digest, by: drain.pending.actor, reason: "as ordered")
                }
                isCounted = true
                let sequences = drain.sequences == 0 ? "" : " after \(drain.sequences.counted("sequence")) ended"
                let message = "evicted \(name), \(drain.pages.counted("page")) freed\(sequences)"
                conclude(drain.pending, .done(message), kind: .evict, subject: name)
            }
        }
    }
}

import DeckCore
import Foundation
import ModelFiles

/// What operators order, taken between two steps.
extension StepLoop {
    func perform(_ pending: PendingCommand) {
        switch pending.command {
        case .load(let name): load(name, pending)
        case .register(let name, let path, let overrideBase):
            register(name, path, overrideBase, pending)
        case .evict(let name, let digest, let mode): evict(name, digest, mode, pending)
        case .pin(let name): pin(name, pending)
        case .unpin(let name): unpin(name, pending)
        case .resizePool(let bytes): resizePool(bytes, pending)
        case .forecastResize(let bytes): forecastResize(bytes, pending)
        case .abort(let id):
            guard generations[id] != nil else {
                return refuse(pending, "there is no live request \(id)", subject: "\(id)")
            }
            finish(id, .aborted)
            conclude(pending, .done("aborted request \(id)"), kind: .abort, subject: "\(id)")
        case .verify(let path): verify(path, pending)
        case .rollback(let name, let digest): rollback(name, to: digest, pending)
        case .unregister(let name): unregister(name, pending)
        case .setAdmission(let isOpen): setAdmission(isOpen: isOpen, pending)
        case .only(let replica, let command):
            let reason =
                "\(command.commandLine): this deck has no replica \(replica), it is one engine inside this process"
            refuse(pending, reason, subject: nil)
        }
    }

    /// Records the outcome, and answers when that is durable.
    func conclude(
        _ pending: PendingCommand, _ outcome: CommandOutcome, kind: DeckEvent.Kind,
        level: DeckEvent.Level = .info,
        subject: String?
    ) {
        if let subject { share(subject) }
        let draft = EventLog.Draft(
            kind: kind, level: outcome.succeeded || level == .error ? level : .warning,
            actor: pending.actor, subject: subject,
            message: outcome.message, command: pending.command.commandLine)
        parts.events.record(draft) { fault in
            guard let fault else { return pending.reply(outcome) }
            let message = "\(outcome.message) (the audit log did not take it: \(fault))"
            pending.reply(outcome.succeeded ? .done(message) : .refused(message))
        }
    }

    func refuse(_ pending: PendingCommand, _ reason: String, subject: String?) {
        conclude(pending, .refused(reason), kind: .refusal, level: .warning, subject: subject)
    }

    /// The current version of a name, or a refusal that names what there is.
    func known(_ name: String, _ pending: PendingCommand) -> AdapterRecord? {
        if departures[name] != nil {
            refuse(pending, "\(name) is being unregistered", subject: name)
            return nil
        }
        if let record = store.currentRecord(name) { return record }
        refuse(pending, unknown(name), subject: name)
        return nil
    }

    // MARK: Load

    private func load(_ name: String, _ pending: PendingCommand) {
        guard let record = known(name, pending) else { return }
        switch record.state {
        case .resident where !probes.pending.contains(record.key):
            conclude(
                pending, .done("\(name) is resident already, \(record.pages.count.counted("page"))"), kind: .load,
                subject: name)
        case .draining:
            refuse(pending, "\(name) is being evicted; load it when it is gone", subject: name)
        default:
            // Resident with its probe pending: the wish is granted already, and the probe goes at once.
            store.wantByOperator(record.key, order: pending.order, now: now)
            loadWaiters[record.key, default: []].append(pending)
        }
    }

    // MARK: Evict

    private func evict(
        _ name: String, _ digest: Digest?, _ mode: DeckCommand.EvictMode, _ pending: PendingCommand
    ) {
        guard let record = known(name, pending) else { return }
        let key = record.key
        if let digest, digest != record.version.digest {
            let reason = "\(name) is version \(record.version.digest.short) now, not \(digest.short)"
            return refuse(pending, reason, subject: name)
        }
        if store.isPinned(record) {
            return refuse(pending, "\(name) is pinned; unpin it first", subject: name)
        }
        switch record.state {
        case .registered, .failed, .quarantined:
            refuse(pending, "\(name) is not resident, it holds no pages", subject: name)
        case .opening, .awaitingPages, .reading: cancelLoad(record, mode, pending)
        case .resident, .draining:
            // Before anything ends: the end of the last sequence answers the drain.
            drainWaiters[key, default: []].append(
                Drain(
                    pending: pending, digest: record.version.digest, pages: record.pages.count,
                    sequences: record.users))
            if mode == .abort { abortUsers(of: key) }
            if store[key]?.state == .resident { store.drain(key, pool: &pool) }
            answerDrains()
        }
    }

    private func cancelLoad(
        _ record: AdapterRecord, _ mode: DeckCommand.EvictMode, _ pending: PendingCommand
    ) {
        let waiting = scheduler.sequences.values.filter { $0.adapter == record.name && !$0.isRunning }
        if mode == .drain, !waiting.isEmpty {
            let reason =
                "\(record.name) is loading for \(waiting.count) waiting requests; evict it with abort to end them"
            return refuse(pending, reason, subject: record.name)
        }
        for sequence in waiting.sorted(by: { $0.id < $1.id }) { finish(sequence.id, .aborted) }
        cancelLoad(record)
        conclude(
            pending, .done("cancelled the load of \(record.name)"), kind: .evict, subject: record.name)
    }

    /// Ends a load that nobody wants any more, and tells the operators who waited for it.
    func cancelLoad(_ record: AdapterRecord) {
        cancelTicket(record.key)
        store.cancelLoad(record.key, pool: &pool)
        contents[record.key] = nil
        for waiter in loadWaiters.removeValue(forKey: record.key) ?? [] {
            conclude(
                waiter, .refused("the load of \(record.name) was cancelled"), kind: .load,
                subject: record.name)
        }
    }

    private func abortUsers(of key: AdapterKey) {
        let users = scheduler.sequences.values.filter { $0.bound == key }.map(\.id).sorted()
        for id in users {
            if generations[id]?.isProbe == true { fail(id, .unavailable, "evicted") } else { finish(id, .aborted) }
        }
    }

    // MARK: Pins

    private func pin(_ name: String, _ pending: PendingCommand) {
        guard let record = known(name, pending) else { return }
        if store.isPinned(record) {
            return conclude(pending, .done("\(name) is pinned already"), kind: .pin, subject: name)
        }
        if record.state == .draining {
            return refuse(pending, "\(name) is being evicted", subject: name)
        }
        if record.layout != nil { return settlePin(record.key, pending) }
        // Its size is not known before its header is read: settlePins answers then.
        store.wantByOperator(record.key, order: pending.order, now: now)
        loadWaiters[record.key, default: []].append(pending)
    }

    /// The size of an adapter is known now: answers the pins that waited for it.
    func settlePins(_ key: AdapterKey) {
        guard let waiters = loadWaiters[key] else { return }
        let pins = waiters.filter { if case .pin = $0.command { true } else { false } }
        let others = waiters.filter { if case .pin = $0.command { false } else { true } }
        guard !pins.isEmpty else { return }
        loadWaiters[key] = others.isEmpty ? nil : others
        for pending in pins { settlePin(key, pending) }
        // Nobody but a refused pin wanted it.
        let isAsked = scheduler.sequences.values.contains {
            $0.adapter == store[key]?.name && !$0.isRunning
        }
        if let record = store[key], !store.isPinned(record), others.isEmpty, !isAsked {
            store.cancelLoad(key, pool: &pool)
            contents[key] = nil
        }
    }

    private func settlePin(_ key: AdapterKey, _ pending: PendingCommand) {
        guard let record = store[key] else {
            return refuse(pending, "a newer version replaced it", subject: nil)
        }
        let name = record.name
        if let reason = store.pinRefusal(key, tokensPerPage: parts.options.tokensPerPage, pool: pool) {
            return refuse(pending, reason, subject: name)
        }
        store.setPinned(name, true)
        store.wantByOperator(key, order: pending.order, now: now)
        let state = record.state == .resident ? "" : ", loading"
        keepPin(
            name, true, pending, "pinned \(name), \(record.pagesNeeded ?? 0) pages\(state)", kind: .pin)
    }

    private func unpin(_ name: String, _ pending: PendingCommand) {
        guard known(name, pending) != nil else { return }
        guard store.pinnedNames.contains(name) else {
            return refuse(pending, "\(name) is not pinned", subject: name)
        }
        store.setPinned(name, false)
        keepPin(name, false, pending, "unpinned \(name)", kind: .unpin)
    }

    /// Makes a pin durable, then acknowledges it; takes it back when the journal cannot.
    private func keepPin(
        _ name: String, _ pinned: Bool, _ pending: PendingCommand, _ message: String,
        kind: DeckEvent.Kind
    ) {
        let events = parts.events
        let mailbox = parts.mailbox
        events.perform {
            try $0.setPinned(pinned, adapter: name)
        } then: { fault in
            let outcome: CommandOutcome =
                fault.map { .refused("the registry did not keep it: \($0)") } ?? .done(message)
            if fault != nil { mailbox.post(.pinLost(name, wasPinned: !pinned)) }
            let draft = EventLog.Draft(
                kind: fault == nil ? kind : .refusal, level: fault == nil ? .info : .error,
                actor: pending.actor,
                subject: name, message: outcome.message, command: pending.command.commandLine)
            events.record(draft) { _ in pending.reply(outcome) }
        }
    }
}

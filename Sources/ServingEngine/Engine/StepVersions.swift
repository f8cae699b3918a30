import DeckCore
import Foundation
import Inference
import ModelFiles

/// Which content a name points at: registrations, the way back to an earlier version, and looking at a folder first.
extension StepLoop {
    func register(_ name: String, _ path: String, _ overrideBase: Bool, _ pending: PendingCommand) {
        if let reason = parts.model.naming.refusal(of: name) {
            return refuse(pending, Self.notRegistered(name, reason), subject: name)
        }
        if departures[name] != nil { return refuse(pending, "\(name) is being unregistered", subject: name) }
        if pending.found == nil { parts.orders.began(name) }
        let before = store.currentRecord(name)?.version
        parts.loader.identify(path: path, overrideBase: overrideBase) {
            [events = parts.events, mailbox = parts.mailbox, opening = parts.loader.opening, orders = parts.orders] in
            if case .success(let adapter) = $0, let found = pending.found {
                if found.turnedDown.contains(adapter.digest) {
                    return Self.leave(name, adapter, at: path, pending, events)
                }
                if orders.came(for: name, since: found.moment) {
                    return pending.reply(.done("\(name) is as it was ordered meanwhile"))
                }
            }
            var standing = opening.standing(under: name)
            if case .success(let found) = $0, found.facts.path == standing?.path { standing = nil }
            // What stands in the name's own place, if that was told.
            let left = standing.flatMap { $0.path == before?.facts.path ? before?.digest : before?.insteadOf }
            Self.save(
                $0.map { AdapterVersion(name, $0, insteadOf: left == $0.digest ? nil : left) }, overrideBase,
                standing: standing?.files ?? [], pending, events, mailbox)
        }
    }

    /// Found content that an earlier order turned the name away from stays where it is, and the name as it was.
    private static func leave(
        _ name: String, _ found: IdentifiedAdapter, at path: String, _ pending: PendingCommand, _ events: EventLog
    ) {
        let outcome = CommandOutcome.done(
            "\(name) stays as it was ordered: \(path) holds \(found.digest.short), which it was turned away from")
        events.perform {
            try $0.noteTurnedDown(found.digest, files: found.files, adapter: name)
        } then: { _ in
            // Not noted, it is read again the next time.
            pending.reply(outcome)
        }
    }

    /// Points a name at content that it pointed at before, if a copy was kept or it is still where it was registered from.
    func rollback(_ name: String, to digest: Digest, _ pending: PendingCommand) {
        guard let record = known(name, pending) else { return }
        if record.version.digest == digest {
            return refuse(pending, "\(name) is version \(digest.short) already", subject: name)
        }
        guard let version = versions[name].first(where: { $0.digest == digest }) else {
            let known = versions[name].map(\.digest.short).joined(separator: ", ")
            let reason =
                "\(name) has no earlier version \(digest.short)" + (known.isEmpty ? "" : "; it has \(known)")
            return refuse(pending, reason, subject: name)
        }
        let isOverridden = if case .overridden = version.facts.verdict { true } else { false }
        parts.orders.began(name)
        let left = record.version.insteadOf ?? record.version.digest
        parts.loader.identify(version, overrideBase: isOverridden) {
            [events = parts.events, mailbox = parts.mailbox, opening = parts.loader.opening] in
            Self.save(
                $0.map { AdapterVersion(name, $0, insteadOf: left == digest ? nil : left) }, isOverridden,
                standing: opening.standing(under: name)?.files ?? [], pending, events, mailbox)
        }
    }

    /// Makes what was read the name's version: durable first, so that no request meets a version that a crash would lose.
    private static func save(
        _ result: Result<AdapterVersion, AdapterRefusal>, _ overrideBase: Bool, standing: [FileState],
        _ pending: PendingCommand, _ events: EventLog, _ mailbox: Mailbox
    ) {
        let answer: @Sendable (Result<AdapterVersion, AdapterRefusal>) -> Void = {
            mailbox.post(.identified(pending, $0, overrideBase: overrideBase), for: pending)
        }
        guard case .success(let version) = result else { return answer(result) }
        events.perform {
            try $0.save(version, standing: standing)
        } then: { fault in
            answer(
                fault.map { .failure(AdapterRefusal("the registry did not take it: \($0)")) } ?? .success(version))
        }
    }

    private static func notRegistered(_ name: String, _ reason: String) -> String {
        "\(AdapterNaming.shown(name)) is not registered: \(reason)"
    }

    func identified(
        _ pending: PendingCommand, _ result: Result<AdapterVersion, AdapterRefusal>,
        _ overrideBase: Bool
    ) {
        let isRollback = if case .rollback = pending.command { true } else { false }
        if pending.found == nil, let name = pending.command.registered {
            parts.orders.ended(name, at: parts.ids.next())
        }
        switch result {
        case .failure(let refusal):
            switch pending.command {
            case .register(let name, _, _):
                refuse(pending, Self.notRegistered(name, refusal.reason), subject: name)
            case .rollback(let name, _):
                let current = store.currentRecord(name).map { " stays at \($0.version.digest.short)" }
                refuse(pending, "\(name)\(current ?? " is not rolled back"): \(refusal.reason)", subject: name)
            default: break
            }
        case .success(let version):
            let what =
                isRollback
                ? "rolled \(version.name) back to \(version.digest.short)"
                : "registered \(version.name) \(version.digest.short)"
            let message = what + install(version, overrideBase, pending)
            conclude(pending, .done(message), kind: isRollback ? .rollback : .register, subject: version.name)
        }
    }

    /// Makes a version that is durable the one that its name points at; returns what else there is to say.
    private func install(_ version: AdapterVersion, _ overrideBase: Bool, _ pending: PendingCommand) -> String {
        let name = version.name
        let before = store.currentRecord(name)?.version
        dormant[name] = nil
        var message = ""
        let registration = store.register(version, overrideBase: overrideBase, pool: &pool)
        keepBytes(of: version, replacing: before?.digest)
        switch registration {
        case .unchanged: message = ", the content that it had before"
        case .installed(let key, let superseded):
            if let superseded {
                if let before { versions.superseded(before, by: version.digest) }
                // A preempted sequence may still need the old version's load.
                if store[superseded]?.isCancelled ?? true { cancelTicket(superseded) }
                if let users = store[superseded]?.users, users > 0 {
                    message +=
                        "; \(users.counted("sequence")) \(users.form("finishes", many: "finish")) on the version before"
                }
                moveWaiters(from: superseded, to: key)
                answerDrains()
            }
            if store.pinnedNames.contains(name) { store.wantByOperator(key, order: pending.order, now: now) }
        }
        if case .overridden(let reason) = version.facts.verdict {
            message += "; base overridden: \(reason)"
        }
        return message
    }

    /// Operators who wait for a name get its newest version.
    private func moveWaiters(from old: AdapterKey, to new: AdapterKey) {
        guard let waiters = loadWaiters.removeValue(forKey: old), let first = waiters.first else {
            return
        }
        loadWaiters[new] = waiters
        store.wantByOperator(new, order: first.order, now: now)
    }

    // MARK: Verify

    func verify(_ path: String, _ pending: PendingCommand) {
        let mailbox = parts.mailbox
        parts.loader.identify(path: path, overrideBase: false) { mailbox.post(.verified(pending, $0), for: pending) }
    }

    func verified(_ pending: PendingCommand, _ result: Result<IdentifiedAdapter, AdapterRefusal>) {
        guard case .verify(let path) = pending.command else { return }
        switch result {
        case .failure(let refusal): refuse(pending, refusal.reason, subject: path)
        case .success(let adapter):
            conclude(pending, .done(sentence(adapter, path)), kind: .verify, subject: path)
        }
    }

    private func sentence(_ adapter: IdentifiedAdapter, _ path: String) -> String {
        let facts = adapter.facts
        let base =
            switch facts.verdict {
            case .verified: "its base \(facts.declaredBase ?? "") is ours"
            case .unverified(let reason), .overridden(let reason): "base \(facts.verdict.word): \(reason)"
            }
        let ranks = facts.ranks
        var parts = [
            "\(facts.format) adapter \(adapter.digest.short)", base,
            "rank \(ranks.lowerBound)" + (ranks.count > 1 ? " to \(ranks.upperBound)" : ""),
            "\(facts.moduleCount) of \(self.parts.model.moduleCount.counted("module")) (\(facts.targets.joined(separator: ", ")))",
            store.arithmetic(needed: adapter.layout.pageCount, pool: pool),
        ]
        let pins = store.pinnedPages()
        let pinned = pins.reduce(0) { $0 + $1.pages }
        if adapter.layout.pageCount + 1 + pinned > pool.pageCount {
            let shares = pins.isEmpty ? "" : ", \(pinned) of them pinned (\(AdapterStore.list(pins)))"
            parts.append("more than the pool's \(pool.pageCount.counted("page"))\(shares) can hold beside a sequence")
        }
        if let reason = self.parts.model.naming.refusal(of: AdapterNaming.name(ofPath: path)) {
            parts.append("it needs another name than its own to be registered: \(reason)")
        }
        if let name = store.servedName(adapter.digest) { parts.append("registered as \(name)") }
        return "verified \(path): " + parts.joined(separator: "; ")
    }
}

extension AdapterVersion {
    /// What was read, under a name, from now on.
    fileprivate init(_ name: String, _ adapter: IdentifiedAdapter, insteadOf: Digest? = nil) {
        self.init(
            name: name, digest: adapter.digest, facts: adapter.facts, registered: Date(), files: adapter.files,
            insteadOf: insteadOf)
    }
}

extension DeckCommand {
    /// The name that a registration or a roll-back points elsewhere.
    fileprivate var registered: String? {
        switch self {
        case .register(let name, _, _), .rollback(let name, _): name
        default: nil
        }
    }
}

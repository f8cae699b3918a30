import DeckCore
import ModelFiles

/// A name on its way out of the registry.
struct Departure {
    let pending: PendingCommand
    /// Pages and users of its adapter when the order came.
    let pages: Int
    let sequences: Int
    let wasPinned: Bool
    /// The journal was asked to forget it.
    var isRecorded = false
}

/// Unregistering: what runs ends first, then the pages go back, then the registry forgets the name.
extension StepLoop {
    func unregister(_ name: String, _ pending: PendingCommand) {
        guard let record = known(name, pending) else { return }
        parts.orders.began(name)
        departures[name] = Departure(
            pending: pending, pages: record.pages.count, sequences: record.users,
            wasPinned: store.pinnedNames.contains(name))
        store.setPinned(name, false)
        let waiting = scheduler.sequences.values.filter {
            $0.adapter == name && !$0.isRunning && !$0.wasPreempted && !$0.isProbe
        }
        for sequence in waiting.sorted(by: { $0.id < $1.id }) {
            fail(sequence.id, .unknownAdapter, "adapter \(name) was unregistered by \(pending.actor)")
        }
        if record.isLoading { cancelLoad(record) }
        if record.state == .resident { store.drain(record.key, pool: &pool) }
        answerDrains()
    }

    /// Asks the journal to forget the names whose adapters left; called once a turn.
    func continueDepartures() {
        for (name, departure) in departures where !departure.isRecorded {
            if let record = store.currentRecord(name) {
                guard !record.isLoading, record.state != .draining, record.users == 0 else { continue }
                // An operator's load that came in between.
                if record.state == .resident {
                    store.drain(record.key, pool: &pool)
                    continue
                }
            }
            departures[name]?.isRecorded = true
            let (mailbox, opening) = (parts.mailbox, parts.loader.opening)
            parts.events.perform {
                try $0.remove(adapter: name, standing: opening.standing(under: name)?.files ?? [])
            } then: {
                mailbox.post(.removed(name, fault: $0))
            }
        }
    }

    /// The journal forgot a name, or could not.
    func removed(_ name: String, fault: String?) {
        guard let departure = departures.removeValue(forKey: name) else { return }
        parts.orders.ended(name, at: parts.ids.next())
        dormant[name] = nil
        if let fault {
            let reason = "\(name) stays registered: the registry did not forget it: \(fault)"
            if departure.wasPinned {
                store.setPinned(name, true)
                if let key = store.currentKey(name) {
                    store.wantByOperator(key, order: departure.pending.order, now: now)
                }
            }
            return conclude(departure.pending, .refused(reason), kind: .refusal, level: .error, subject: name)
        }
        if let record = store.currentRecord(name) { cancelLoad(record) }
        store.remove(name, pool: &pool)
        versions.forget(name)
        meters[name] = nil
        conclude(departure.pending, .done(departure.message(name)), kind: .unregister, subject: name)
    }
}

extension Departure {
    func message(_ name: String) -> String {
        "unregistered \(name), \(pages.counted("page")) freed"
            + (sequences == 0 ? "" : " after \(sequences.counted("sequence")) ended")
            + (wasPinned ? ", its pin is gone" : "")
    }
}

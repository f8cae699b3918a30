import DeckCore
import Dispatch
import Foundation
import Synchronization

/// The way to the journal, off the step thread: events in order, each durable before whoever waits for it is told.
final class EventLog: Sendable {
    /// An event before the journal gave it an id.
    struct Draft: Sendable {
        var kind: DeckEvent.Kind
        var level: DeckEvent.Level = .info
        var actor: String
        var subject: String?
        var message: String
        var command: String?
    }

    private let journal: any DeckJournal
    private let queue = DispatchQueue(label: "journal")
    private let tail: Mutex<[DeckEvent]>
    private let limit: Int

    init(journal: any DeckJournal, limit: Int) {
        self.journal = journal
        self.limit = limit
        tail = Mutex([])
    }

    /// The latest events, oldest first.
    var events: [DeckEvent] { tail.withLock { $0 } }

    func restore(_ events: [DeckEvent]) {
        tail.withLock { $0 = Array((events + $0).suffix(limit)) }
    }

    /// Records an event. `done` is called when it is durable, with what went wrong if it is not.
    func record(_ draft: Draft, done: (@Sendable (String?) -> Void)? = nil) {
        let time = Date()
        queue.async { [self] in
            let fault = write(draft, time: time)
            done?(fault)
        }
    }

    /// Does something durable with the journal, then records what `event` makes of its outcome.
    func perform(
        _ work: @escaping @Sendable (any DeckJournal) throws -> Void,
        then finish: @escaping @Sendable (_ fault: String?) -> Void
    ) {
        queue.async { [journal] in
            do {
                try work(journal)
                finish(nil)
            } catch {
                finish("\(error)")
            }
        }
    }

    /// Calls back when everything recorded so far is durable.
    func flush(_ done: @escaping @Sendable () -> Void) { queue.async(execute: done) }

    private func write(_ draft: Draft, time: Date) -> String? {
        var fault: String?
        var id: Int64?
        do {
            id = try journal.record(
                time: time, kind: draft.kind, level: draft.level, actor: draft.actor,
                subject: draft.subject,
                message: draft.message, command: draft.command)
        } catch {
            fault = "\(error)"
        }
        tail.withLock { events in
            // An event that the journal refused is still shown, under the next id of this run.
            events.append(
                DeckEvent(
                    id: id ?? (events.last?.id ?? 0) + 1, time: time, kind: draft.kind, level: draft.level,
                    actor: draft.actor, subject: draft.subject,
                    message: draft.message + (fault.map { " (not recorded: \($0))" } ?? ""),
                    command: draft.command))
            if events.count > limit { events.removeFirst(events.count - limit) }
        }
        return fault
    }
}

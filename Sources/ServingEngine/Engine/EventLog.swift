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

    /// What the journal is asked for, and who hears of it.
    private enum Job {
        case record(Draft, time: Date, done: (@Sendable (String?) -> Void)?)
        case perform(@Sendable (any DeckJournal) throws -> Void, then: @Sendable (_ fault: String?) -> Void)
        case flush(@Sendable () -> Void)
    }

    /// Jobs that become durable together at most.
    private static let together = 256

    private let journal: any DeckJournal
    private let queue = DispatchQueue(label: "journal")
    /// In order; those that came while the disk was busy with others.
    private let waiting = Mutex<[Job]>([])
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
        append(.record(draft, time: Date(), done: done))
    }

    /// Does something durable with the journal, then records what `event` makes of its outcome.
    func perform(
        _ work: @escaping @Sendable (any DeckJournal) throws -> Void,
        then finish: @escaping @Sendable (_ fault: String?) -> Void
    ) {
        append(.perform(work, then: finish))
    }

    /// Calls back when everything recorded so far is durable.
    func flush(_ done: @escaping @Sendable () -> Void) { append(.flush(done)) }

    private func append(_ job: Job) {
        let isFirst = waiting.withLock { jobs in
            jobs.append(job)
            return jobs.count == 1
        }
        if isFirst { queue.async { [self] in drain() } }
    }

    /// Writes everything that waits, group by group (group commit: what comes while one is flushed makes the next).
    private func drain() {
        let jobs = waiting.withLock { jobs in
            defer { jobs = [] }
            return jobs
        }
        var rest = jobs[...]
        while !rest.isEmpty {
            write(Array(rest.prefix(Self.together)))
            rest = rest.dropFirst(Self.together)
        }
    }

    private func write(_ jobs: [Job]) {
        var ids = [Int64?](repeating: nil, count: jobs.count)
        var faults = [String?](repeating: nil, count: jobs.count)
        do {
            try journal.together {
                for (index, job) in jobs.enumerated() {
                    do { ids[index] = try keep(job) } catch { faults[index] = "\(error)" }
                }
            }
        } catch {
            for index in jobs.indices {
                ids[index] = nil
                faults[index] = faults[index] ?? "\(error)"
            }
        }
        for (index, job) in jobs.enumerated() { tell(job, ids[index], faults[index]) }
    }

    /// Returns an event's id.
    private func keep(_ job: Job) throws -> Int64? {
        switch job {
        case .record(let draft, let time, _):
            return try journal.record(
                time: time, kind: draft.kind, level: draft.level, actor: draft.actor, subject: draft.subject,
                message: draft.message, command: draft.command)
        case .perform(let work, _): try work(journal)
        case .flush: break
        }
        return nil
    }

    private func tell(_ job: Job, _ id: Int64?, _ fault: String?) {
        switch job {
        case .record(let draft, let time, let done):
            show(draft, time, id, fault)
            done?(fault)
        case .perform(_, let finish): finish(fault)
        case .flush(let done): done()
        }
    }

    private func show(_ draft: Draft, _ time: Date, _ id: Int64?, _ fault: String?) {
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
    }
}

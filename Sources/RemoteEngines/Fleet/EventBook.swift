import DeckCore
import Foundation
import Synchronization

/// The log of what was ordered and of what was seen, in this process.
final class EventBook: Sendable {
    static let kept = 300

    private let state = Mutex<(next: Int64, events: [DeckEvent])>((1, []))
    private let copy: @Sendable (DeckEvent) -> Void

    /// `copy` gets each event as it happens.
    init(_ copy: @escaping @Sendable (DeckEvent) -> Void) { self.copy = copy }

    var latest: [DeckEvent] { state.withLock { $0.events } }

    func record(
        _ kind: DeckEvent.Kind, _ level: DeckEvent.Level, actor: String, subject: String? = nil, _ message: String,
        command: String? = nil
    ) {
        let event = state.withLock { state in
            let event = DeckEvent(
                id: state.next, time: Date(), kind: kind, level: level, actor: actor, subject: subject,
                message: message, command: command)
            state.next += 1
            state.events.append(event)
            if state.events.count > Self.kept { state.events.removeFirst(state.events.count - Self.kept) }
            return event
        }
        copy(event)
    }

    /// What a replica has to tell.
    @Sendable func take(_ news: Replica.News) { record(news.kind, news.level, actor: "attach", news.message) }

    /// The audit line of a command.
    func record(_ command: DeckCommand, by actor: String, _ outcome: CommandOutcome) {
        let level: DeckEvent.Level
        switch outcome {
        case .done: level = .info
        case .refused, .partly: level = .warning
        }
        let kind: DeckEvent.Kind = if case .refused = outcome { .refusal } else { Self.kind(command) }
        record(
            kind, level, actor: actor, subject: Self.subject(command), outcome.message, command: command.commandLine)
    }

    private static func kind(_ command: DeckCommand) -> DeckEvent.Kind {
        switch command {
        case .load: .load
        case .register: .register
        case .evict: .evict
        case .pin: .pin
        case .unpin: .unpin
        case .abort: .abort
        case .resizePool, .forecastResize: .resize
        case .verify: .verify
        case .rollback: .rollback
        case .unregister: .unregister
        case .setAdmission: .admission
        case .only(_, let inner): kind(inner)
        }
    }

    private static func subject(_ command: DeckCommand) -> String? {
        switch command {
        case .load(let name), .register(let name, _, _), .evict(let name, _, _), .pin(let name), .unpin(let name),
            .rollback(let name, _), .unregister(let name):
            name
        case .abort(let id): id.description
        case .verify(let path): path
        case .resizePool, .forecastResize, .setAdmission: nil
        case .only(_, let inner): subject(inner)
        }
    }
}

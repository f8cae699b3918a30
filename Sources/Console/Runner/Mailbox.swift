import DeckCore
import Synchronization
import TerminalKit

/// Where tasks leave events for the console's thread, which a full mailbox wakes.
///
/// Of snapshots only the newest is kept: a console that is slow draws fewer moments, not later ones.
final class Mailbox: Sendable {
    private struct Content {
        /// A `cleaned` event.
        var snapshot: ConsoleEvent?
        var events: [ConsoleEvent] = []
    }

    private let content = Mutex(Content())
    private let waker: Waker

    init(waker: Waker) { self.waker = waker }

    func post(_ event: ConsoleEvent) {
        // One wake a filling: the reader empties it all. It may leave a snapshot for its next frame, whose time it knows;
        // what comes after that does not wait.
        let isFirst = content.withLock { content in
            guard case .cleaned = event else {
                content.events.append(event)
                return content.events.count == 1
            }
            defer { content.snapshot = event }
            return content.snapshot == nil && content.events.isEmpty
        }
        if isFirst { waker.wake() }
    }

    /// Whether a snapshot waits to be taken.
    var hasSnapshot: Bool { content.withLock { $0.snapshot != nil } }

    /// Takes everything: the newest snapshot first, unless that is to wait, then the events in their order.
    func drain(withSnapshot: Bool = true) -> [ConsoleEvent] {
        content.withLock { content in
            let taken = content
            content = Content(snapshot: withSnapshot ? nil : taken.snapshot)
            return (withSnapshot ? taken.snapshot.map { [$0] } ?? [] : []) + taken.events
        }
    }
}

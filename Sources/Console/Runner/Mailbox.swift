import DeckCore
import Synchronization
import TerminalKit

/// Where tasks leave events for the console's thread, which a full mailbox wakes.
///
/// Of snapshots only the newest is kept: a console that is slow draws fewer moments, not later ones.
final class Mailbox: Sendable {
    private struct Content {
        var snapshot: DeckSnapshot?
        var events: [ConsoleEvent] = []

        var isEmpty: Bool { snapshot == nil && events.isEmpty }
    }

    private let content = Mutex(Content())
    private let waker: Waker

    init(waker: Waker) { self.waker = waker }

    func post(_ event: ConsoleEvent) {
        let wasEmpty = content.withLock { content in
            let wasEmpty = content.isEmpty
            if case .snapshot(let snapshot) = event {
                content.snapshot = snapshot
            } else {
                content.events.append(event)
            }
            return wasEmpty
        }
        // One wake a filling: the reader empties it all.
        if wasEmpty { waker.wake() }
    }

    /// Takes everything: the newest snapshot first, then the events in their order.
    func drain() -> [ConsoleEvent] {
        content.withLock { content in
            let taken = content
            content = Content()
            return (taken.snapshot.map { [.snapshot($0)] } ?? []) + taken.events
        }
    }
}

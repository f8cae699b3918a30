import DeckCore
import Foundation
import HTTPClient
import Synchronization

/// Another loradeck, shown as its own console shows it.
public final class LoradeckDeck: AttachedDeck {
    private let connection: DeckConnection
    private let follower: DeckFollower
    private let task = Mutex<Task<Void, Never>?>(nil)

    /// `copy` gets each event of the line, for a log; those of the deck are in its own.
    public convenience init(
        _ address: HTTPAddress, key: String?, copy: @escaping @Sendable (DeckEvent) -> Void = { _ in }
    ) {
        self.init(address, key: key, patience: DeckConnection.frameSeconds, copy: copy)
    }

    /// `patience` is how many seconds a stream may be without a frame.
    init(
        _ address: HTTPAddress, key: String?, patience: Double, copy: @escaping @Sendable (DeckEvent) -> Void = { _ in }
    ) {
        connection = DeckConnection(line: EngineLine(address, key: key), patience: patience)
        follower = DeckFollower(connection, book: EventBook(copy))
    }

    public func start() async -> [String: String] {
        let (first, outlet) = AsyncStream<Void>.makeStream()
        task.withLock { task in task = Task { [follower] in await follower.run { outlet.finish() } } }
        for await _ in first {}
        return follower.trouble.map { [connection.line.address.place: $0] } ?? [:]
    }

    public func stop() { task.withLock { $0?.cancel() } }

    deinit { stop() }

    public func snapshots() -> AsyncStream<DeckSnapshot> { follower.news.stream() }

    public func perform(_ command: DeckCommand, by actor: String) async -> CommandOutcome {
        var order = command
        // The deck knows no replica by our name for it.
        if case .only(let replica, let inner) = command, replica == connection.line.address.place { order = inner }
        return await connection.perform(order, by: actor)
    }

    public func submit(_ requests: [PromptRequest]) -> [AsyncStream<PromptUpdate>] {
        DeckPrompts(connection: connection, requests: requests).streams()
    }
}

/// Follows a deck's stream, and connects again when it breaks.
private final class DeckFollower: Sendable {
    let news = Broadcast()
    private let connection: DeckConnection
    private let link: Mutex<DeckLink>
    private let book: EventBook

    init(_ connection: DeckConnection, book: EventBook) {
        self.connection = connection
        self.book = book
        let address = connection.line.address
        link = Mutex(DeckLink(name: address.place, address: address.description, at: SteadyClock.now))
    }

    /// Why nothing can be shown; nil when something is.
    var trouble: String? { link.withLock { $0.latest == nil ? $0.lost ?? "it has not answered yet" : nil } }

    /// Goes on until the task is cancelled. `hasNews` is called whenever something came of it.
    func run(_ hasNews: @escaping @Sendable () -> Void) async {
        while !Task.isCancelled {
            var reason = "the deck ended the stream"
            do {
                try await connection.follow { [self] snapshot in
                    news.publish(link.withLock { $0.took(snapshot, at: SteadyClock.now) })
                    hasNews()
                    return true
                }
            } catch {
                reason = "\(error)"
            }
            if Task.isCancelled { break }
            let (delay, shown) = link.withLock { $0.broke(reason, at: SteadyClock.now) }
            if let shown {
                news.publish(shown)
                book.record(
                    .failure, .error, actor: "attach", "\(connection.line.address.place) does not answer: \(reason)")
            }
            hasNews()
            try? await Task.sleep(for: .seconds(delay))
        }
        hasNews()
    }
}

import ArgumentParser
import DeckCore
import Foundation
import Logging
import ModelFiles
import Registry
import ServingAPI

/// The API beside a console or alone, from its start to its end.
struct APISession: Sendable {
    private let served: ServedDeck
    private let server: APIServer
    private let usage: UsageKeeper
    private let lock: StateLock
    /// `attach` speaks none.
    private let hasTLS: Bool
    private let log: Logger

    init(
        _ deck: EmbeddedDeck, root: URL?, registry: Registry, lock: StateLock, options: ServerOptions, log: Logger
    ) throws {
        self.lock = lock
        hasTLS = options.certificate != nil
        served = try ServedDeck(deck, root: root, registry: registry, log: log)
        server = try APIServer(
            served, meters: RequestMeters(), options: options, version: Loradeck.configuration.version, log: log)
        usage = UsageKeeper(
            engine: deck.engine, book: registry.tenantBook, base: deck.base.model.digest, log: log)
        self.log = log
    }

    /// The deck with its requests measured for `/metrics`: what else asks it should go through here.
    var deck: any Deck { server.deck }

    /// Serves until cancelled. `ready` is called once, with the address that was bound.
    func run(ready: @escaping @Sendable (ListenAddress) -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await served.follow() }
            group.addTask { await usage.run() }
            group.addTask {
                try await server.run { address in
                    if !hasTLS { lock.announce(address.attachable) }
                    ready(address)
                }
            }
            defer { group.cancelAll() }
            // The others end only when they are cancelled.
            try await group.next()
        }
    }
}

/// An API that runs beside a console.
struct RunningAPI: Sendable {
    let deck: any Deck
    private let task: Task<Void, any Error>

    fileprivate init(_ session: APISession, log: Logger) throws {
        deck = session.deck
        let (begun, continuation) = AsyncStream.makeStream(
            of: Result<Void, any Error>.self, bufferingPolicy: .bufferingOldest(1))
        task = Task {
            do {
                try await session.run { address in
                    log.info("the API listens on \(address)")
                    continuation.yield(.success(()))
                }
            } catch {
                log.error("the API ended: \(error)")
                continuation.yield(.failure(error))
                throw error
            }
        }
        try Blocking.run { for await result in begun { return try result.get() } }
    }

    /// Ends it from the main thread; its requests are aborted.
    func end() {
        task.cancel()
        let task = task
        _ = try? Blocking.run { await task.result }
    }
}

extension APISession {
    /// Nil without options. Returns when it listens, and throws when it cannot.
    static func start(
        _ deck: EmbeddedDeck, root: URL?, registry: Registry, lock: StateLock, options: ServerOptions?, log: Logger
    ) throws -> RunningAPI? {
        guard let options else { return nil }
        let session = try APISession(deck, root: root, registry: registry, lock: lock, options: options, log: log)
        return try RunningAPI(session, log: log)
    }
}

import ArgumentParser
import DeckCore
import Foundation
import Logging
import ModelFiles
import Registry
import ServingAPI
import ServingEngine

/// The API beside a console or alone, from its start to its end.
struct APISession: Sendable {
    private let served: ServedDeck
    private let server: APIServer
    private let usage: UsageKeeper
    private let engine: Engine
    private let drainSeconds: Double
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
        engine = deck.engine
        drainSeconds = options.drainSeconds
        self.log = log
    }

    /// Takes nothing new in from now on, and ends when the answers that run have ended or have had their time; told again, at
    /// once. Says to whoever watches what it waits for.
    func end() {
        let count = server.end()
        guard count > 0 else { return }
        let sentence =
            "about to end: takes nothing new, and gives \(count.counted("answer")) \(Int(drainSeconds)) s to end"
        log.notice("\(sentence)")
        engine.note(.warning, by: "engine", about: nil, sentence)
        Output.note("\(sentence); another interruption ends it at once")
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
    private let session: APISession
    private let task: Task<Void, any Error>

    fileprivate init(_ session: APISession, log: Logger) throws {
        deck = session.deck
        self.session = session
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

    /// Ends it from the main thread, when the console is gone: as `serve` ends, or at once when somebody interrupts that.
    func end() {
        let interruption = Interruption()
        session.end()
        _ = try? Blocking.run(unless: interruption) { [task] in
            await withTaskCancellationHandler {
                _ = await task.result
            } onCancel: {
                task.cancel()
            }
        }
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

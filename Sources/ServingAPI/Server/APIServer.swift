import DeckCore
import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Synchronization
import Threads

/// The HTTP API on one address.
public struct APIServer: Sendable {
    /// Why a server does not start, for a person.
    public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        public let reason: String
        public var description: String { reason }
    }

    private let service: APIService
    private let version: String
    private let tls: ServerTLS?
    /// Where a connection comes from.
    var peer: @Sendable (any Channel) -> PeerAddress = { PeerAddress(of: $0) }

    /// Throws when the options ask for what must not be: an address that others reach while there are no keys, or a
    /// certificate that cannot be read; and when the system refuses the threads that a server needs.
    public init(
        _ serving: any Serving, meters: RequestMeters, options: ServerOptions, version: String, log: Logger
    ) throws(Refusal) {
        guard options.address.isLocal || serving.directory.current.hasKeys else {
            throw Refusal(
                reason:
                    "\(options.address) can be reached from other machines, and there are no API keys: make one with "
                    + "`loradeck keys add TENANT`, or listen on 127.0.0.1 or on unix:/path")
        }
        do throws(ThreadRefusal) {
            // Those of the event loops cannot be refused without a trap.
            try WorkThread.check(System.coreCount)
            service = try APIService(serving: serving, meters: meters, options: options, log: log)
        } catch {
            throw Refusal(reason: error.description)
        }
        self.version = version
        tls = try options.certificate.map { (files) throws(Refusal) in try ServerTLS(files) }
    }

    /// The deck as the server sees it: what goes through it is measured for `/metrics`.
    public var deck: any Deck { service.deck }

    /// Takes nothing new in from now on, and ends when the answers that run have ended, or have had their time. Told again, it
    /// ends at once. Returns how many answers it waits for.
    @discardableResult public func end() -> Int { service.drain.end() }

    /// Serves until it is told to end, the task is cancelled or the deck ends. `ready` is told where the server listens.
    public func run(ready: @escaping @Sendable (ListenAddress) -> Void) async throws {
        let options = service.options
        let connection = HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                ConnectionHandler(service.connections, stalledSeconds: options.stalledSeconds),
                RequestTally(service.drain),
            ],
            // Later than the body's own limit, which has an answer.
            idleTimeout: .milliseconds(Int64(options.requestSeconds * 1500)),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: options.maxHeaderBytes, maxHeaderListSize: options.maxHeaderBytes,
                maxHeaderFieldCount: 100))
        var server = HTTPServerBuilder.http1(configuration: connection)
        if let tls { server = try tls.around(server) }
        if case .unix(let path) = options.address { try Self.clear(path) }
        let application = Application(
            responder: APIResponder(service: service, version: version, peer: peer), server: server,
            configuration: ApplicationConfiguration(
                address: options.address.bindAddress, serverName: "loradeck/\(version)",
                // Who comes waits in the kernel's queue for no more than its turn to be accepted.
                backlog: options.maxConnections),
            onServerRunning: { channel in
                if case .unix(let path) = options.address { chmod(path, 0o600) }
                ready(options.address.bound(to: channel))
            }, logger: service.log)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await service.keeper.run(service.serving.deck) }
                group.addTask { try await application.run() }
                group.addTask { await service.drain.untilStopped() }
                try await group.next()
                group.cancelAll()
                while (try? await group.next()) != nil {}
            }
        } catch let error as IOError {
            throw Refusal(reason: "cannot listen on \(options.address): \(String(cString: strerror(error.errnoCode)))")
        }
        if case .unix(let path) = options.address { unlink(path) }
    }

    /// Takes away the socket that an earlier server left; one that still answers, and any other file, stays.
    private static func clear(_ path: String) throws(Refusal) {
        switch UnixSocket.occupant(of: path) {
        case .none: break
        case .server: throw Refusal(reason: "another server answers on \(path): end it, or give another path")
        case .file: throw Refusal(reason: "\(path) is there and is no socket: give another path")
        case .leftOver: unlink(path)
        }
    }
}

extension ListenAddress {
    fileprivate var bindAddress: BindAddress {
        switch self {
        case .tcp(let host, let port): .hostname(host, port: port)
        case .unix(let path): .unixDomainSocket(path: path)
        }
    }

    /// The same with the port that the system chose.
    fileprivate func bound(to channel: any Channel) -> ListenAddress {
        guard case .tcp(let host, _) = self, let port = channel.localAddress?.port else { return self }
        return .tcp(host: host, port: port)
    }
}

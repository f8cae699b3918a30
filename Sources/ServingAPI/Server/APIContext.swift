import Hummingbird
import Logging
import NIOCore

/// What a request brings besides its head and body.
struct APIContext: InitializableFromSource {
    let channel: any Channel

    init(source: ApplicationRequestContextSource) { channel = source.channel }

    /// Whether this connection's client is still there. A connection that is closing already has none.
    func departure() async -> Departure {
        do {
            return try await channel.pipeline.handler(type: ConnectionHandler.self).map { $0.departure }.get()
        } catch {
            let gone = Departure()
            gone.leave()
            return gone
        }
    }
}

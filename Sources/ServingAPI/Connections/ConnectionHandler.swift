import HTTPTypes
import NIOCore
import NIOHTTPTypes
import Synchronization

/// Watches one connection: gives it its place, notices that its client is gone, and closes it when the client takes too long
/// in any phase, does not read, or was told in an answer that it ends.
///
/// A client that closes only its sending half is taken for gone too, as by other servers: nothing tells it from one that
/// closed both.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    let departure = Departure()
    private let connections: OpenConnections
    private let stalledSeconds: Double
    private var phases = ConnectionPhases()
    private var phase: ConnectionPhases.Phase?
    /// Ends the phase that is under way.
    private var deadline: Scheduled<Void>?
    private var stalled: Scheduled<Void>?
    private var closesAfterEnd = false

    init(_ connections: OpenConnections, stalledSeconds: Double) {
        self.connections = connections
        self.stalledSeconds = stalledSeconds
    }

    func channelActive(context: ChannelHandlerContext) {
        connections.open(context.channel)
        moved(context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            phases.headCame()
            moved(context)
        case .end:
            phases.endCame()
            moved(context)
        case .body: break
        }
        context.fireChannelRead(data)
    }

    /// Sets the deadline of a new phase.
    private func moved(_ context: ChannelHandlerContext) {
        guard phases.phase != phase else { return }
        phase = phases.phase
        deadline?.cancel()
        let limits = connections.limits
        let seconds: Double? =
            switch phases.phase {
            case .firstHead: limits.headSeconds
            case .idle: limits.idleSeconds
            case .body: limits.bodySeconds
            case .answering: nil
            }
        connections.note(context.channel, isSilent: phase == .firstHead || phase == .idle)
        deadline = seconds.map { close(context, after: $0) }
    }

    private func close(_ context: ChannelHandlerContext, after seconds: Double) -> Scheduled<Void> {
        let channel = context.channel
        return context.eventLoop.scheduleTask(in: .milliseconds(Int64(seconds * 1000))) {
            channel.close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { departure.leave() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        stalled?.cancel()
        deadline?.cancel()
        connections.closed(context.channel)
        departure.leave()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is IOError { departure.leave() }
        context.fireErrorCaught(error)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        stalled?.cancel()
        stalled = context.channel.isWritable ? nil : close(context, after: stalledSeconds)
        context.fireChannelWritabilityChanged()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head): closesAfterEnd = head.headerFields[.connection] == "close"
        case .end:
            phases.answerEnded()
            moved(context)
            guard closesAfterEnd else { break }
            let promise = promise ?? context.eventLoop.makePromise()
            let channel = context.channel
            promise.futureResult.whenComplete { _ in channel.close(promise: nil) }
            return context.write(data, promise: promise)
        case .body: break
        }
        context.write(data, promise: promise)
    }
}

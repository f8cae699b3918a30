import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Watches one connection: notices that its client is gone, closes it when the client does not read, and after an answer
/// that says so.
///
/// A client that closes only its sending half is taken for gone too, as by other servers: nothing tells it from one that
/// closed both.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    let departure = Departure()
    private let stalledSeconds: Double
    private var stalled: Scheduled<Void>?
    private var closesAfterEnd = false

    init(stalledSeconds: Double) { self.stalledSeconds = stalledSeconds }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { departure.leave() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        stalled?.cancel()
        departure.leave()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is IOError { departure.leave() }
        context.fireErrorCaught(error)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        stalled?.cancel()
        stalled = nil
        if !context.channel.isWritable {
            let channel = context.channel
            stalled = context.eventLoop.scheduleTask(in: .milliseconds(Int64(stalledSeconds * 1000))) {
                channel.close(promise: nil)
            }
        }
        context.fireChannelWritabilityChanged()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head): closesAfterEnd = head.headerFields[.connection] == "close"
        case .end where closesAfterEnd:
            let promise = promise ?? context.eventLoop.makePromise()
            let channel = context.channel
            promise.futureResult.whenComplete { _ in channel.close(promise: nil) }
            return context.write(data, promise: promise)
        case .body, .end: break
        }
        context.write(data, promise: promise)
    }
}

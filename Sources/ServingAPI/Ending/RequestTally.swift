import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTPTypes

/// Counts the requests of one connection, each from its head until the last byte of its answer was handed to the system.
final class RequestTally: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let drain: Drain
    /// Whether each request that is not answered yet is work, the oldest first.
    private var open: [Bool] = []

    init(_ drain: Drain) { self.drain = drain }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data) {
            // Read as the responder reads it.
            let isWork = APIRoute(rawValue: URI(head.path ?? "").path)?.isWork ?? false
            open.append(isWork)
            drain.began(isWork: isWork)
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = unwrapOutboundIn(data), !open.isEmpty else {
            return context.write(data, promise: promise)
        }
        let isWork = open.removeFirst()
        let promise = promise ?? context.eventLoop.makePromise()
        promise.futureResult.whenComplete { [drain] _ in drain.ended(isWork: isWork) }
        context.write(data, promise: promise)
    }

    func channelInactive(context: ChannelHandlerContext) {
        for isWork in open { drain.ended(isWork: isWork) }
        open = []
        context.fireChannelInactive()
    }
}

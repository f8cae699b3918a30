import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTPTypes
import Synchronization

/// A client's `Expect: 100-continue`: it holds its body back until it is told to send it, or a second or so has passed.
///
/// It is told when the body is asked for, so that what is refused by its head alone is never sent.
final class Expectation: Sendable {
    private let channel: any Channel
    private let answered = Mutex(false)

    /// Nil for a request without one. Throws for an expectation that nothing here meets.
    init?(_ request: Request, channel: any Channel) throws(APIError) {
        let expected = request.headers[values: .expect].flatMap { $0.split(separator: ",") }
            .map { $0.lowercased().filter { !$0.isWhitespace } }
        guard !expected.isEmpty else { return nil }
        if let other = expected.first(where: { $0 != "100-continue" }) {
            throw APIError(
                status: 417, message: "Expect: \(other.prefix(40)) cannot be met; 100-continue can", closes: true)
        }
        self.channel = channel
    }

    /// Whether the client was told to go on.
    var isMet: Bool { answered.withLock { $0 } }

    /// Tells the client to send its body, once.
    func meet() async {
        let isFirst = answered.withLock { answered in
            defer { answered = true }
            return !answered
        }
        guard isFirst else { return }
        // A connection that is closing needs no word.
        try? await channel.eventLoop.submit { [channel] in
            // From the place of our own handler: what stands behind it counts answers, and this is none.
            let context = try channel.pipeline.syncOperations.context(handlerType: ConnectionHandler.self)
            context.writeAndFlush(
                NIOAny(HTTPResponsePart.head(HTTPResponse(status: .continue))), promise: nil)
        }.get()
    }
}

/// A body whose sender is told to go on when the first piece is asked for.
struct ExpectedBody: AsyncSequence, Sendable {
    let body: RequestBody
    let expectation: Expectation

    struct AsyncIterator: AsyncIteratorProtocol {
        var body: RequestBody.AsyncIterator
        let expectation: Expectation

        mutating func next() async throws -> ByteBuffer? {
            await expectation.meet()
            return try await body.next()
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(body: body.makeAsyncIterator(), expectation: expectation)
    }
}

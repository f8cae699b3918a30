import Hummingbird
import NIOCore

/// A body at whose end its sender is judged again: it can take long to arrive, and what was allowed when its head came may
/// not be allowed any more.
struct GuardedBody: AsyncSequence, Sendable {
    let body: RequestBody
    let directory: LiveDirectory
    let access: Access

    struct AsyncIterator: AsyncIteratorProtocol {
        var body: RequestBody.AsyncIterator
        let directory: LiveDirectory
        let access: Access

        mutating func next() async throws -> ByteBuffer? {
            let piece = try await body.next()
            if piece == nil, let reason = directory.withdrawal(of: access) { throw reason }
            return piece
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(body: body.makeAsyncIterator(), directory: directory, access: access)
    }
}

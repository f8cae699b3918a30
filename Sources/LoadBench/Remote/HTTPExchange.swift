import Foundation
import Glibc
import Synchronization

/// One request on a connection of its own, read as it comes, on a thread of its own: the moment of a piece's arrival is when
/// read(2) returned it, whatever else the process does.
final class HTTPExchange: Sendable {
    struct Failure: Error, Hashable, CustomStringConvertible {
        let description: String
    }

    /// A server that sends nothing for so long is given up.
    static let silenceSeconds = 600

    private enum Life {
        case ready, connected(Int32), over
    }

    private let address: HTTPAddress
    private let request: [UInt8]
    private let life = Mutex(Life.ready)

    /// `key` is sent as a bearer token; `body` is JSON.
    init(_ address: HTTPAddress, method: String, path: String, body: Data?, key: String?) {
        self.address = address
        var head = "\(method) \(address.prefix)\(path) HTTP/1.1\r\nHost: \(address.host):\(address.port)\r\n"
        head += "User-Agent: loradeck-bench\r\nAccept: */*\r\nConnection: close\r\n"
        if let key { head += "Authorization: Bearer \(key)\r\n" }
        if let body { head += "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n" }
        request = Array(head.utf8) + [13, 10] + (body.map(Array.init) ?? [])
    }

    /// Runs to the end and returns the status; `onBody` gets each piece of the body on the exchange's thread. Cancelling the
    /// task closes the connection. Throws `Failure`.
    func run(_ onBody: @escaping @Sendable (_ status: Int, _ piece: [UInt8]) -> Void) async throws -> Int {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Int, any Error>) in
                let thread = Thread { [self] in continuation.resume(with: Result { try perform(onBody) }) }
                thread.stackSize = 512 << 10
                thread.start()
            }
        } onCancel: {
            life.withLock { life in
                // Ends a read(2) that waits; whoever opened the descriptor closes it.
                if case .connected(let socket) = life { shutdown(socket, Int32(SHUT_RDWR)) }
                life = .over
            }
        }
    }

    private func perform(_ onBody: (Int, [UInt8]) -> Void) throws -> Int {
        let socket = try connect()
        defer { close(socket) }
        let mayGoOn = life.withLock { life in
            guard case .ready = life else { return false }
            life = .connected(socket)
            return true
        }
        // Before the descriptor is closed: nobody may shut down another one of the same number.
        defer { life.withLock { $0 = .over } }
        guard mayGoOn else { throw CancellationError() }
        try send(on: socket)
        var reader = HTTPResponseReader()
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while !reader.isComplete {
            let count = read(socket, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw problem("no answer") }
            if count == 0 {
                try reader.end()
                break
            }
            let piece = try reader.feed(buffer[..<count])
            if !piece.isEmpty, let status = reader.status { onBody(status, piece) }
        }
        return reader.status ?? 0
    }

    private func send(on socket: Int32) throws {
        var rest = request[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw problem("cannot send") }
            rest = rest.dropFirst(count)
        }
    }

    private func connect() throws -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(address.host, "\(address.port)", &hints, &found)
        guard status == 0 else {
            throw Failure(description: "\(address.host) cannot be found: \(String(cString: gai_strerror(status)))")
        }
        defer { freeaddrinfo(found) }
        var next = found
        while let candidate = next?.pointee {
            next = candidate.ai_next
            let socket = Glibc.socket(
                candidate.ai_family, candidate.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), candidate.ai_protocol)
            guard socket >= 0 else { continue }
            if Glibc.connect(socket, candidate.ai_addr, candidate.ai_addrlen) == 0 {
                var yes: Int32 = 1
                setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
                var silence = timeval(tv_sec: Self.silenceSeconds, tv_usec: 0)
                setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &silence, socklen_t(MemoryLayout<timeval>.size))
                return socket
            }
            let code = errno
            close(socket)
            errno = code
        }
        throw problem("no connection")
    }

    private func problem(_ what: String) -> Failure {
        Failure(description: "\(address.host):\(address.port): \(what): \(String(cString: strerror(errno)))")
    }
}

import Deflate
import Foundation
import Glibc
import Synchronization
import Threads

/// One request on a connection of its own, read as it comes, on a thread of its own: the moment of a piece's arrival is when
/// read(2) returned it, whatever else the process does.
public final class HTTPExchange: Sendable {
    public struct Failure: Error, Hashable, CustomStringConvertible {
        public let description: String
    }

    private enum Life {
        case ready, connected(Int32), over
    }

    private let address: HTTPAddress
    private let request: [UInt8]
    private let limits: HTTPLimits
    private let acceptsPacked: Bool
    private let life = Mutex(Life.ready)

    /// `key` is sent as a bearer token; `body` is JSON. Who accepts a packed answer gets it unpacked.
    public init(
        _ address: HTTPAddress, method: String, path: String, body: Data?, key: String?, acceptsPacked: Bool = false,
        limits: HTTPLimits = HTTPLimits()
    ) {
        self.address = address
        self.limits = limits
        self.acceptsPacked = acceptsPacked
        let host = address.socketPath == nil ? address.place : address.host
        var head = "\(method) \(address.prefix)\(path) HTTP/1.1\r\nHost: \(host)\r\n"
        head += "User-Agent: loradeck\r\nAccept: */*\r\nConnection: close\r\n"
        if acceptsPacked { head += "Accept-Encoding: deflate\r\n" }
        if let key { head += "Authorization: Bearer \(key)\r\n" }
        if let body { head += "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n" }
        request = Array(head.utf8) + [13, 10] + (body.map(Array.init) ?? [])
    }

    /// Runs to the end and returns the status; `onBody` gets each piece of the body on the exchange's thread. Cancelling the
    /// task closes the connection. Throws `Failure`, `HTTPResponseReader.Malformed`, `InflateError`, `ThreadRefusal` or
    /// `CancellationError`.
    public func run(_ onBody: @escaping @Sendable (_ status: Int, _ piece: [UInt8]) -> Void) async throws -> Int {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Int, any Error>) in
                do throws(ThreadRefusal) {
                    try WorkThread.start("exchange", stackBytes: 512 << 10) { [self] in
                        continuation.resume(with: Result { try perform(onBody) })
                    }
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        } onCancel: {
            life.withLock { life in
                // Ends a wait for the socket; whoever opened the descriptor closes it.
                if case .connected(let socket) = life { shutdown(socket, Int32(SHUT_RDWR)) }
                life = .over
            }
        }
    }

    private var isOver: Bool { life.withLock { if case .over = $0 { true } else { false } } }

    private func perform(_ onBody: (Int, [UInt8]) -> Void) throws -> Int {
        let deadline = limits.totalSeconds.map { monotonicSeconds() + $0 }
        let socket = try connect(deadline)
        defer { close(socket) }
        let mayGoOn = life.withLock { life in
            guard case .ready = life else { return false }
            life = .connected(socket)
            return true
        }
        // Before the descriptor is closed: nobody may shut down another one of the same number.
        defer { life.withLock { $0 = .over } }
        guard mayGoOn else { throw CancellationError() }
        try send(on: socket, deadline)
        var reader = HTTPResponseReader()
        var inflater = Inflater()
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        var total = 0
        while !reader.isComplete {
            let count = try read(socket, into: &buffer, deadline)
            if count == 0 {
                if isOver { throw CancellationError() }
                try reader.end()
                break
            }
            var piece = try reader.feed(buffer[..<count])
            switch reader.encoding {
            case nil: break
            case "deflate" where acceptsPacked: piece = try inflater.feed(piece)
            case .some(let encoding):
                throw Failure(description: "\(address.place): the answer is packed as \(encoding.prefix(20))")
            }
            total += piece.count
            guard total <= limits.bodyBytes else {
                throw Failure(description: "\(address.place): the answer is larger than \(limits.bodyBytes) bytes")
            }
            if !piece.isEmpty, let status = reader.status { onBody(status, piece) }
        }
        return reader.status ?? 0
    }

    private func read(_ socket: Int32, into buffer: inout [UInt8], _ deadline: Double?) throws -> Int {
        while true {
            // A server that never pauses is not waited for, and is over time all the same.
            if let deadline, monotonicSeconds() > deadline {
                errno = ETIMEDOUT
                throw problem("no end of the answer")
            }
            let count = Glibc.read(socket, &buffer, buffer.count)
            if count >= 0 { return count }
            switch errno {
            case EINTR: continue
            case EAGAIN: try wait(socket, POLLIN, limits.silenceSeconds, deadline)
            default: throw problem("no answer")
            }
        }
    }

    private func send(on socket: Int32, _ deadline: Double?) throws {
        var rest = request[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                rest = rest.dropFirst(count)
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN: try wait(socket, POLLOUT, limits.silenceSeconds, deadline)
            default: throw problem("cannot send")
            }
        }
    }

    /// Waits until the socket can be used so, or has ended; throws when that takes too long.
    private func wait(_ socket: Int32, _ events: Int32, _ seconds: Double, _ deadline: Double?) throws {
        let now = monotonicSeconds()
        let end = min(now + seconds, deadline ?? .infinity)
        var entry = pollfd(fd: socket, events: Int16(events), revents: 0)
        while true {
            let left = end - monotonicSeconds()
            guard left > 0 else {
                errno = ETIMEDOUT
                throw problem("no answer")
            }
            let count = poll(&entry, 1, Int32(min(left * 1000 + 1, 1e9)))
            if count > 0 { return }
            guard count == 0 || errno == EINTR else { throw problem("cannot wait") }
        }
    }

    private func connect(_ deadline: Double?) throws -> Int32 {
        if let path = address.socketPath { return try connect(path, deadline) }
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
                candidate.ai_family,
                candidate.ai_socktype | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue),
                candidate.ai_protocol)
            guard socket >= 0 else { continue }
            if try connect(socket, candidate.ai_addr, candidate.ai_addrlen, deadline) {
                var yes: Int32 = 1
                setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
                return socket
            }
        }
        throw problem("no connection")
    }

    private func connect(_ path: String, _ deadline: Double?) throws -> Int32 {
        let socket = Glibc.socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard socket >= 0 else { throw problem("no connection") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let stands = try withUnsafePointer(to: address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size), deadline)
            }
        }
        guard stands else { throw problem("no connection") }
        return socket
    }

    /// Whether the connection stands; when it does not, the socket is closed and errno says why.
    private func connect(
        _ socket: Int32, _ place: UnsafePointer<sockaddr>?, _ length: socklen_t, _ deadline: Double?
    ) throws -> Bool {
        func fail(_ code: Int32) -> Bool {
            close(socket)
            errno = code
            return false
        }
        if Glibc.connect(socket, place, length) == 0 { return true }
        guard errno == EINPROGRESS else { return fail(errno) }
        let end = min(monotonicSeconds() + limits.connectSeconds, deadline ?? .infinity)
        var entry = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
        // In slices: until the connection stands, nobody but this thread may touch the socket.
        while poll(&entry, 1, 50) == 0 {
            if isOver {
                close(socket)
                throw CancellationError()
            }
            guard monotonicSeconds() < end else { return fail(ETIMEDOUT) }
        }
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &size)
        return code == 0 ? true : fail(code)
    }

    private func problem(_ what: String) -> Failure {
        Failure(description: "\(address.place): \(what): \(String(cString: strerror(errno)))")
    }
}

/// A clock that only goes forward.
private func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

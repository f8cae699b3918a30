import Foundation
import Glibc

/// A server on a port of its own that answers by what was asked, byte for byte as told, and then closes.
public final class FakeServer: Sendable {
    /// What goes out, piece by piece, each in a write of its own.
    public typealias Answer = @Sendable (_ path: String, _ body: String) -> [String]
    /// Sends as long as it likes; what it is given is false when nobody reads any more.
    public typealias Stream = @Sendable (_ path: String, _ send: (String) -> Bool) -> Void

    public let port: UInt16
    private let listener: Int32

    public convenience init(_ answer: @escaping Answer) throws {
        try self.init(serving: { path, body, send in
            for piece in answer(path, body) where !send(piece) { return }
        })
    }

    /// A server whose answers need not end.
    public convenience init(stream: @escaping Stream) throws {
        try self.init(serving: { path, _, send in stream(path, send) })
    }

    private typealias Service = @Sendable (_ path: String, _ body: String, _ send: (String) -> Bool) -> Void

    private init(serving service: @escaping Service) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(UInt32(0x7F00_0001).bigEndian)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && getsockname(listener, address, &length) == 0
            }
        }
        guard bound, listen(listener, 128) == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        port = UInt16(bigEndian: address.sin_port)
        self.listener = listener
        Thread.detachNewThread {
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                Thread.detachNewThread { Self.serve(client, service) }
            }
        }
    }

    /// Ends the accepting thread.
    public func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private static func serve(_ client: Int32, _ service: Service) {
        defer { close(client) }
        var request: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let text = String(decoding: request, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n") {
                let head = text[..<end.lowerBound].split(separator: "\r\n")
                let length = head.first { $0.hasPrefix("Content-Length:") }.flatMap { Int($0.dropFirst(16)) } ?? 0
                let body = text[end.upperBound...]
                if body.utf8.count >= length {
                    let path = head[0].split(separator: " ")[1]
                    service(String(path), String(body)) { piece in
                        var rest = Array(piece.utf8)[...]
                        while !rest.isEmpty {
                            let count = rest.withUnsafeBytes {
                                send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                            }
                            guard count > 0 else { return false }
                            rest = rest.dropFirst(count)
                        }
                        return true
                    }
                    return
                }
            }
            let count = read(client, &buffer, buffer.count)
            guard count > 0 else { return }
            request += buffer[..<count]
        }
    }
}

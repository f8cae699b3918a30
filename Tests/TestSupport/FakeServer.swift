import Foundation
import Glibc

/// A server on a port of its own that answers by what was asked, byte for byte as told, and then closes.
public final class FakeServer: Sendable {
    /// What goes out, piece by piece, each in a write of its own.
    public typealias Answer = @Sendable (_ path: String, _ body: String) -> [String]

    public let port: UInt16
    private let listener: Int32

    public init(_ answer: @escaping Answer) throws {
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
                Thread.detachNewThread { Self.serve(client, answer) }
            }
        }
    }

    /// Ends the accepting thread.
    public func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private static func serve(_ client: Int32, _ answer: Answer) {
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
                    for piece in answer(String(path), String(body)) {
                        _ = send(client, piece, piece.utf8.count, Int32(MSG_NOSIGNAL))
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

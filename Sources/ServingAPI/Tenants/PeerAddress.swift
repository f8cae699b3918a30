import NIOCore

/// Where a connection comes from, as the system says it. Nothing that a client sends decides it.
enum PeerAddress: Hashable, Sendable {
    /// The other end of a socket in the file system, which only who may open that reaches.
    case unixSocket
    /// As `inet_ntop` writes it.
    case ip(String)
    /// The system does not say.
    case unknown

    init(of channel: any Channel) {
        // The peer of such a socket has no name of its own.
        if case .unixDomainSocket? = channel.localAddress {
            self = .unixSocket
        } else if let ip = channel.remoteAddress?.ipAddress {
            self = .ip(ip)
        } else {
            self = .unknown
        }
    }

    /// Whether nobody but a user of this machine can be there: what is not known to be so is not.
    var isLocal: Bool {
        switch self {
        case .unixSocket: true
        case .ip(let text): Self.isLoopback(text)
        case .unknown: false
        }
    }

    private static func isLoopback(_ text: String) -> Bool {
        if text == "::1" { return true }
        // A socket of both families shows a peer of the older one so.
        let mapped = "::ffff:"
        let text = text.hasPrefix(mapped) ? text.dropFirst(mapped.count) : text[...]
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}

extension PeerAddress: CustomStringConvertible {
    var description: String {
        switch self {
        case .unixSocket: "a Unix socket"
        case .ip(let text): text
        case .unknown: "an unknown address"
        }
    }
}

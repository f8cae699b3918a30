import Foundation

/// Where a server listens: a port of a host, or a Unix socket.
public struct HTTPAddress: Hashable, Sendable, CustomStringConvertible {
    /// `localhost` for a Unix socket.
    public let host: String
    /// 0 for a Unix socket.
    public let port: UInt16
    /// The socket's path; nil for a port.
    public let socketPath: String?
    /// In front of every path; without a slash at the end.
    public let prefix: String

    /// Nil for what is neither `http://host[:port][/prefix]` nor `unix:/path`. There is no TLS: it would be measured with
    /// the server, and an SSH tunnel brings it where it is wanted.
    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            var path = text.dropFirst(5)
            if path.hasPrefix("///") { path = path.dropFirst(2) }
            // What sockaddr_un has room for, with the zero at its end.
            guard path.hasPrefix("/"), !path.hasPrefix("//"), path.count > 1, path.utf8.count < 108 else { return nil }
            self.init(host: "localhost", port: 0, socketPath: String(path), prefix: "")
            return
        }
        guard let parts = URLComponents(string: text), parts.scheme == "http", let host = parts.host, !host.isEmpty,
            parts.query == nil, parts.user == nil, let port = UInt16(exactly: parts.port ?? 80)
        else { return nil }
        // An IPv6 address stands in brackets, which getaddrinfo does not take.
        let bare = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        var prefix = parts.path
        while prefix.hasSuffix("/") { prefix.removeLast() }
        if prefix.hasSuffix("/v1") { prefix.removeLast(3) }
        self.init(host: bare, port: port, socketPath: nil, prefix: prefix)
    }

    /// A port of this machine.
    public init(loopbackPort port: UInt16) {
        self.init(host: "127.0.0.1", port: port, socketPath: nil, prefix: "")
    }

    private init(host: String, port: UInt16, socketPath: String?, prefix: String) {
        self.host = host
        self.port = port
        self.socketPath = socketPath
        self.prefix = prefix
    }

    /// What `init` takes.
    public var description: String { socketPath.map { "unix:" + $0 } ?? "http://\(place)\(prefix)" }

    /// Host and port, or the socket's path: what a person calls it.
    public var place: String {
        socketPath ?? (host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)")
    }
}

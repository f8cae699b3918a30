import Foundation

/// Where a server listens.
public struct HTTPAddress: Hashable, Sendable {
    public let host: String
    public let port: UInt16
    /// In front of every path; without a slash at the end.
    public let prefix: String

    /// Nil for what is not `http://host[:port][/prefix]`. TLS would be measured with the server; there is none here.
    public init?(_ text: String) {
        guard let parts = URLComponents(string: text), parts.scheme == "http", let host = parts.host, !host.isEmpty,
            parts.query == nil, parts.user == nil, let port = UInt16(exactly: parts.port ?? 80)
        else { return nil }
        // An IPv6 address stands in brackets, which getaddrinfo does not take.
        self.host = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        self.port = port
        var prefix = parts.path
        while prefix.hasSuffix("/") { prefix.removeLast() }
        if prefix.hasSuffix("/v1") { prefix.removeLast(3) }
        self.prefix = prefix
    }
}

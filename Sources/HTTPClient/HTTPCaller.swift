import Foundation

/// A whole answer.
public struct HTTPReply: Hashable, Sendable {
    public let status: Int
    public let body: Data

    public init(status: Int, body: Data) {
        self.status = status
        self.body = body
    }
}

/// Asks one server for whole answers.
public struct HTTPCaller: Sendable {
    public let address: HTTPAddress
    public let key: String?
    public let limits: HTTPLimits

    public init(_ address: HTTPAddress, key: String?, limits: HTTPLimits) {
        self.address = address
        self.key = key
        self.limits = limits
    }

    public func get(_ path: String) async throws -> HTTPReply { try await call("GET", path, body: nil) }

    public func post(_ path: String, _ body: Data) async throws -> HTTPReply {
        try await call("POST", path, body: body)
    }

    private func call(_ method: String, _ path: String, body: Data?) async throws -> HTTPReply {
        let gathered = Gathered()
        let exchange = HTTPExchange(address, method: method, path: path, body: body, key: key, limits: limits)
        let status = try await exchange.run { _, piece in gathered.add(piece) }
        return HTTPReply(status: status, body: gathered.data)
    }
}

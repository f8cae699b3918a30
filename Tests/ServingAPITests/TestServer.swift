import DeckCore
import DeckWire
import Foundation
import Logging
import ModelFiles
import TestSupport
import Testing

@testable import ServingAPI

/// One token a byte; ids are the bytes.
struct ByteTokenizer: Tokenizer {
    let vocabularySize = 256
    let beginToken: Int? = nil
    let endTokens: Set<Int> = []
    let leadingSpacesToDrop = 0

    func encode(_ text: String, parsingSpecials: Bool) -> [Int] { text.utf8.map { Int($0) } }
    func bytes(of token: Int) -> [UInt8] { (0..<256).contains(token) ? [UInt8(token)] : [] }
}

/// What the API serves in tests.
final class TestServing: Serving {
    let deck: any Deck
    let model: ServedModel
    private let find: @Sendable (String) -> UnregisteredAdapter?
    let directory: LiveDirectory

    private let debts: [String: (tokens: Int, seconds: Double)]

    /// `debts` are what tenants owe of their tokens a minute.
    init(
        _ deck: any Deck, directory: TenantDirectory = TenantDirectory(), tokenizer: any Tokenizer = ByteTokenizer(),
        debts: [String: (tokens: Int, seconds: Double)] = [:],
        find: @escaping @Sendable (String) -> UnregisteredAdapter? = { _ in nil }
    ) {
        self.deck = deck
        self.debts = debts
        self.find = find
        self.directory = LiveDirectory(directory)
        model = ServedModel(
            name: "toy", names: ["toy/toy"], root: "/models/toy.gguf", contextLength: 100_000, vocabularySize: 256,
            tokenizer: tokenizer, template: try? ChatTemplate(named: "chatml"))
    }

    func tokenDebt(of tenant: TenantRecord) -> (tokens: Int, seconds: Double)? { debts[tenant.name] }
    var standings: [AdapterStanding] { (deck as? ScriptedDeck)?.standings ?? [] }
    func snapshot() async -> DeckSnapshot? {
        if let scripted = deck as? ScriptedDeck { return scripted.snapshot() }
        return await deck.snapshots().first { _ in true }
    }
    func standing(of name: String) -> AdapterStanding? { standings.first { $0.name == name } }
    func unregisteredAdapter(named name: String) -> UnregisteredAdapter? { find(name) }

    /// Finds folders of those names, which nobody ever writes into.
    static func folders(_ names: Set<String>) -> @Sendable (String) -> UnregisteredAdapter? {
        { name in
            guard names.contains(name), let trace = AdapterTrace(path: "/nowhere/\(name)", root: nil) else {
                return nil
            }
            return UnregisteredAdapter(path: name, trace: trace, refusal: nil)
        }
    }
}

/// The API on a port of its own.
struct TestServer: Sendable {
    /// 0 on a Unix socket.
    let port: Int
    let meters: RequestMeters
    /// Tenants and keys, to be changed while it runs.
    let directory: LiveDirectory
    let server: APIServer
    private let task: Task<Void, any Error>

    static func start(
        _ deck: any Deck, directory: TenantDirectory = TenantDirectory(), tokenizer: any Tokenizer = ByteTokenizer(),
        debts: [String: (tokens: Int, seconds: Double)] = [:], peer: PeerAddress? = nil,
        _ change: (inout ServerOptions) -> Void = { _ in },
        find: @escaping @Sendable (String) -> UnregisteredAdapter? = { _ in nil }
    ) async throws -> TestServer {
        var options = ServerOptions(address: .tcp(host: "127.0.0.1", port: 0))
        // A busy machine is slow to speak.
        options.lastWordSeconds = 600
        change(&options)
        let meters = RequestMeters()
        let serving = TestServing(deck, directory: directory, tokenizer: tokenizer, debts: debts, find: find)
        var server = try APIServer(
            serving, meters: meters, options: options, version: "9.9",
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        if let peer { server.peer = { _ in peer } }
        let (ready, continuation) = AsyncStream.makeStream(of: Int.self)
        let task = Task { [server] in
            defer { continuation.finish() }
            try await server.run { address in
                if case .tcp(_, let port) = address { continuation.yield(port) } else { continuation.yield(0) }
            }
        }
        for await port in ready {
            return TestServer(
                port: port, meters: meters, directory: serving.directory, server: server, task: task)
        }
        try await task.value
        throw POSIXError(.EADDRNOTAVAIL)
    }

    func stop() async {
        task.cancel()
        _ = await task.result
    }

    /// Returns when it has ended by itself.
    func ended() async throws { try await task.value }

    /// One request on a connection of its own, as text.
    func exchange(_ text: String) async throws -> RawAnswer {
        let port = port
        return try await onThread {
            let client = try RawClient(port: port)
            client.send(text)
            return client.readAnswer()
        }
    }

    func post(_ path: String, _ body: String, key: String? = nil) async throws -> RawAnswer {
        try await exchange(Self.request(path, body, key: key))
    }

    func get(_ path: String, key: String? = nil) async throws -> RawAnswer {
        let authorization = key.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        return try await exchange(
            "GET \(path) HTTP/1.1\r\nHost: localhost\r\n\(authorization)Connection: close\r\n\r\n")
    }

    static func request(_ path: String, _ body: String, key: String? = nil, close: Bool = true) -> String {
        let authorization = key.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        return "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\(authorization)"
            + (close ? "Connection: close\r\n" : "") + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }
}

/// Runs what blocks on a thread of its own: the pool's few threads serve.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Result { try body() }) }.start()
    }
}

/// Waits until a condition holds; false when it does not within `seconds`.
func eventually(within seconds: Double = 60, _ condition: () async -> Bool) async -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end {
        if await condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return await condition()
}

/// An answer as it came over the wire, its chunks joined.
struct RawAnswer: Sendable {
    let status: Int
    let head: String
    let body: String

    var json: JSONValue {
        get throws { try JSONValue.parse(Array(body.utf8), source: "answer") }
    }

    /// The `data:` of each server-sent event.
    var events: [String] {
        body.components(separatedBy: "\n\n").filter { $0.hasPrefix("data: ") }.map { String($0.dropFirst(6)) }
    }
}

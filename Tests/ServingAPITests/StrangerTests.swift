import DeckCore
import DeckWire
import Foundation
import HTTPTypes
import ModelFiles
import Synchronization
import TestSupport
import Testing

@testable import ServingAPI

/// Everybody who may ask nothing, on every route, in every spelling and at every moment.
@Suite("A stranger", .serialized) struct StrangerTests {
    /// In what state the server's keys are, and where the stranger comes from.
    enum Moment: String, CaseIterable, Sendable {
        case neverHadKeysFromElsewhere, neverHadKeysFromNowhere, registryUnreadable, allRevoked, onlyRowUnreadable
        case keys, keysFromElsewhere, keysAndRegistryUnreadable
    }

    private static let mine = TestTenant("alpha", adapters: ["a"])
    private static let ops = TestTenant("ops", isAdministrator: true)
    private static let gone = TestTenant("ops", isAdministrator: true)

    private static func directory(_ moment: Moment) -> (TenantDirectory, PeerAddress) {
        let (here, elsewhere) = (PeerAddress.ip("127.0.0.1"), PeerAddress.ip("10.99.99.2"))
        return switch moment {
        case .neverHadKeysFromElsewhere: (TenantDirectory(), elsewhere)
        case .neverHadKeysFromNowhere: (TenantDirectory(), .unknown)
        case .registryUnreadable: (TenantDirectory().unread("it is gone"), here)
        case .allRevoked: (TenantDirectory([], revoked: [gone]), here)
        case .onlyRowUnreadable: (TenantDirectory(hasHadKeys: true), here)
        case .keys: (TenantDirectory([mine, ops], revoked: [gone]), here)
        case .keysFromElsewhere: (TenantDirectory([mine, ops], revoked: [gone]), elsewhere)
        case .keysAndRegistryUnreadable: (TenantDirectory([mine, ops], revoked: [gone]).unread("it is gone"), here)
        }
    }

    /// What strangers send instead of a key.
    private static let shown: [String] = [
        "", "Authorization: Bearer\r\n", "Authorization: Bearer ldk-\r\n", "Authorization: Bearer null\r\n",
        "Authorization: Bearer \(APIKey().text)\r\n", "Authorization: Bearer \(gone.key.text)\r\n",
        "Authorization: Bearer ldk-\(ops.key.id)-\(String(repeating: "0", count: 64))\r\n",
        "Authorization: Basic \(ops.key.text)\r\n", "Authorization: \(ops.key.text)\r\n",
        "Authorization: Bearer \(ops.key.text)\r\nAuthorization: Bearer \(gone.key.text)\r\n",
        "Proxy-Authorization: Bearer \(ops.key.text)\r\n", "X-API-Key: \(ops.key.text)\r\n",
        "Cookie: key=\(ops.key.text)\r\n",
        "X-Forwarded-For: 127.0.0.1\r\nX-Real-IP: 127.0.0.1\r\nForwarded: for=127.0.0.1;host=localhost\r\n",
    ]

    private static let hosts = ["localhost", "127.0.0.1:9931", "evil.example"]

    private static func spellings(_ path: String) -> [String] {
        let coded = "/%" + String(path.utf8.dropFirst().first ?? 0, radix: 16) + path.dropFirst(2)
        return [
            path, path + "/", "/" + path, path.uppercased(), coded, "/x/.." + path, path + "%00", path + ";a=b",
            path + "?key=\(ops.key.text)", "http://localhost" + path, path + "/../health",
        ]
    }

    private static func request(_ route: APIRoute, _ path: String, _ headers: String, host: String = "localhost")
        -> String
    {
        let method = route.methods[0]
        let body = method == .post ? body(route) : ""
        return "\(method.rawValue) \(path) HTTP/1.1\r\nHost: \(host)\r\n\(headers)"
            + (body.isEmpty
                ? "\r\n" : "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    /// What somebody who may would be answered with 200.
    private static func body(_ route: APIRoute) -> String {
        func text(_ value: some Encodable) -> String {
            (try? JSONValue.encoding(value)).map { String(decoding: $0.text, as: UTF8.self) } ?? ""
        }
        return switch route {
        case .completions: #"{"model":"a","prompt":"x","max_tokens":1}"#
        case .chat: #"{"model":"a","messages":[{"role":"user","content":"x"}],"max_tokens":1}"#
        case .tokenize: #"{"model":"a","prompt":"x"}"#
        case .detokenize: #"{"model":"a","tokens":[65]}"#
        case .loadAdapter: #"{"lora_name":"new","lora_path":"new"}"#
        case .unloadAdapter: #"{"lora_name":"a"}"#
        case .command: text(CommandOrder(command: .evict(adapter: "a", digest: nil, mode: .drain), actor: "x"))
        case .prompt:
            text(PromptOrder(requests: [PromptRequest(adapter: "a", content: .raw("x"), maxTokens: 1, origin: "x")]))
        case .health, .ping, .ready, .version, .models, .metrics, .snapshot, .stream: ""
        }
    }

    private static let guarded = APIRoute.allCases.filter { ![.health, .ping, .ready].contains($0) }

    /// Sends requests one after the other, on one connection as long as the server keeps it.
    private func answers(_ server: TestServer, _ requests: [String]) async throws -> [RawAnswer] {
        let port = server.port
        return try await onThread {
            var client = try RawClient(port: port)
            return try requests.map { request in
                client.send(request)
                let answer = client.readOne()
                let head = answer.head.lowercased()
                if [0, 400].contains(answer.status) || head.contains("chunked") || head.contains("connection: close") {
                    client = try RawClient(port: port)
                }
                return answer
            }
        }
    }

    @Test("reaches nothing", arguments: Moment.allCases)
    func reachesNothing(_ moment: Moment) async throws {
        let deck = ScriptedDeck(adapters: ["a", "hidden-adapter"])
        let (directory, peer) = Self.directory(moment)
        let server = try await TestServer.start(deck, directory: directory, peer: peer)
        var requests: [String] = []
        for route in Self.guarded {
            for headers in Self.shown { requests.append(Self.request(route, route.rawValue, headers)) }
            for path in Self.spellings(route.rawValue) { requests.append(Self.request(route, path, "")) }
            for host in Self.hosts { requests.append(Self.request(route, route.rawValue, "", host: host)) }
        }
        // Beside what is open to all.
        for path in ["/health/../v1/models", "/health/v1/models", "/ping?/v1/models/a", "/v1/models/a", "/ready/"] {
            requests.append(Self.request(.models, path, ""))
        }
        let allowed: Set<Int> = moment == .registryUnreadable ? [400, 401, 403, 503] : [400, 401, 403]
        for (request, answer) in zip(requests, try await answers(server, requests)) {
            let isOpen = request.hasPrefix("GET /ping?")
            #expect(
                isOpen ? answer.status == 200 && answer.body.isEmpty : allowed.contains(answer.status), "\(request)")
            #expect(!answer.body.contains("hidden-adapter") && !answer.body.contains(#""a""#), "\(request)")
        }
        #expect(deck.state.withLock { $0.commands.isEmpty && $0.begun == 0 })
        await server.stop()
    }

    /// What may be asked by whom: the same requests, so that the refusals above are not those of something else.
    @Test func aTenantReachesItsOwnAndAnAdministratorAll() async throws {
        for peer in [PeerAddress.ip("127.0.0.1"), .ip("10.99.99.2")] {
            let deck = ScriptedDeck(adapters: ["a", "hidden-adapter"])
            let server = try await TestServer.start(
                deck, directory: TenantDirectory([Self.mine, Self.ops], revoked: [Self.gone]), peer: peer)
            #expect(await eventually { (try? await server.get("/ready").status) == 200 })
            let administrators: Set<APIRoute> = [.loadAdapter, .unloadAdapter, .snapshot, .stream, .command, .prompt]
            for route in APIRoute.allCases {
                for tenant in [Self.mine, Self.ops] {
                    let headers = "Authorization: Bearer \(tenant.key.text)\r\nConnection: close\r\n"
                    let isRefused = !tenant.isAdministrator && administrators.contains(route)
                    let port = server.port
                    let (head, body) = try await onThread {
                        let client = try RawClient(port: port)
                        client.send(Self.request(route, route.rawValue, headers))
                        // A stream has no end.
                        let isEndless = route == .stream && !isRefused
                        let answer = isEndless ? RawClient.answer(client.read()) : client.readAnswer()
                        return (answer.status, answer.body)
                    }
                    #expect(head == (isRefused ? 403 : 200), "\(tenant.record.name) \(route)")
                    if !tenant.isAdministrator { #expect(!body.contains("hidden-adapter"), "\(route)") }
                }
            }
            await server.stop()
        }
    }

    /// One connection that was an administrator's is a stranger's from the moment on when its key is not valid.
    @Test func aConnectionIsJudgedAtEachRequest() async throws {
        let deck = ScriptedDeck(adapters: ["a"])
        let server = try await TestServer.start(deck, directory: TenantDirectory([Self.mine, Self.ops]))
        let (port, directory) = (server.port, server.directory)
        let admin = "Authorization: Bearer \(Self.ops.key.text)\r\n"
        let statuses = try await onThread {
            let client = try RawClient(port: port)
            func ask(_ headers: String) -> Int {
                client.send(Self.request(.command, APIRoute.command.rawValue, headers))
                return client.readOne().status
            }
            let first = [ask(admin), ask(""), ask(admin)]
            directory.update(TenantDirectory([Self.mine], revoked: [Self.ops]))
            let second = [ask(admin), ask("")]
            directory.update(TenantDirectory())
            let third = [ask(admin), ask("")]
            directory.update(TenantDirectory([Self.ops]))
            return first + second + third + [ask(admin)]
        }
        #expect(statuses == [200, 401, 200, 401, 401, 401, 401, 200])
        #expect(deck.state.withLock { $0.commands.count } == 3)
        await server.stop()
    }

    @Test func aUnixSocketIsOfThisMachine() async throws {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("api.sock").path
        let server = try await TestServer.start(ScriptedDeck()) { $0.address = .unix(path: path) }
        let status = try await onThread {
            let client = try RawClient(path: path)
            client.send("GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return client.readAnswer().status
        }
        #expect(status == 200)
        await server.stop()
    }
}

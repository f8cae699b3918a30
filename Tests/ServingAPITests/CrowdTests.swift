import DeckCore
import Foundation
import TestSupport
import Testing

@testable import ServingAPI

/// More connections than there are places.
@Suite("Crowds", .serialized) struct CrowdTests {
    private static func limits(_ most: Int, reserve: Int = 2, perAddress: Int = .max) -> ConnectionLimits {
        ConnectionLimits(
            most: most, reserve: reserve, perAddress: perAddress, headSeconds: 1, bodySeconds: 1, idleSeconds: 1)
    }

    /// A table whose steps can stand in expectations.
    private final class Places {
        private var table: ConnectionTable

        init(_ limits: ConnectionLimits) { table = ConnectionTable(limits) }

        var count: Int { table.count }
        func place(of id: Int) -> ConnectionTable.Place? { table.place(of: id) }
        func note(_ id: Int, isSilent: Bool) { table.note(id, isSilent: isSilent) }
        func remove(_ id: Int) { table.remove(id) }
        func open(_ id: Int, from address: String?) -> Opened {
            let opened = table.open(id, from: address)
            return Opened(place: opened.place, closes: opened.closes)
        }
    }

    private struct Opened: Equatable {
        static func full(closing closes: Int? = nil) -> Opened { Opened(place: .full, closes: closes) }
        static func reserved(closing closes: Int? = nil) -> Opened { Opened(place: .reserved, closes: closes) }

        let place: ConnectionTable.Place
        let closes: Int?
    }

    // MARK: places

    @Test func theLongestSilentGivesWay() {
        let table = Places(Self.limits(3))
        for id in 1...3 { #expect(table.open(id, from: nil) == .full()) }
        table.note(1, isSilent: false)
        #expect(table.open(4, from: nil) == .full(closing: 2))
        // Its answer ended after the others came.
        table.note(1, isSilent: true)
        #expect(table.open(5, from: nil) == .full(closing: 3))
        #expect(table.open(6, from: nil) == .full(closing: 4))
        #expect(table.open(7, from: nil) == .full(closing: 1))
        #expect(table.count == 3)
    }

    @Test func amongRequestsAPlaceOfTheReserveIsAlwaysFound() {
        let table = Places(Self.limits(2))
        for id in 1...2 {
            _ = table.open(id, from: nil)
            table.note(id, isSilent: false)
        }
        #expect(table.open(3, from: nil) == .reserved())
        table.note(3, isSilent: false)
        #expect(table.open(4, from: nil) == .reserved())
        // The silent one first, then the oldest of those that asked.
        #expect(table.open(5, from: nil) == .reserved(closing: 4))
        table.note(5, isSilent: false)
        #expect(table.open(6, from: nil) == .reserved(closing: 3))
        #expect(table.place(of: 3) == nil && table.place(of: 6) == .reserved)
        // A request that ends makes a place for anything.
        table.remove(1)
        #expect(table.open(7, from: nil) == .full())
    }

    @Test func anAddressThatSendsManyMakesRoomForItself() {
        let table = Places(Self.limits(10, perAddress: 2))
        #expect(table.open(1, from: "a") == .full())
        #expect(table.open(2, from: "a") == .full())
        #expect(table.open(3, from: "b") == .full())
        #expect(table.open(4, from: "a") == .full(closing: 1))
        for id in [2, 4] { table.note(id, isSilent: false) }
        #expect(table.open(5, from: "a") == .reserved())
        #expect(table.open(6, from: "b") == .full())
        table.remove(2)
        #expect(table.open(7, from: "a") == .full())
        // This machine's are as many as there are places.
        for id in 10..<15 { #expect(table.open(id, from: nil) == .full()) }
    }

    /// Whatever happens, no more are open than there are places, and whoever comes has one.
    @Test func countsHold() {
        var random = SeededGenerator(seed: 12)
        let table = Places(Self.limits(20, reserve: 4, perAddress: 6))
        var open: Set<Int> = []
        for id in 0..<20_000 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1:
                let address = ["a", "b", nil].randomElement(using: &random)!
                if let closes = table.open(id, from: address).closes { #expect(open.remove(closes) != nil) }
                open.insert(id)
            case 2:
                if let id = open.randomElement(using: &random) {
                    table.note(id, isSilent: Bool.random(using: &random))
                }
            default:
                if let id = open.randomElement(using: &random) {
                    table.remove(id)
                    open.remove(id)
                }
            }
            #expect(table.count == open.count && table.count <= 24)
        }
    }

    @Test func filesBoundPlaces() {
        var limits = Self.limits(1024, reserve: 64, perAddress: 256)
        #expect(limits.fitting(files: 4096) == limits)
        limits.most = 864
        #expect(Self.limits(1024, reserve: 64, perAddress: 256).fitting(files: 1024) == limits)
        #expect(Self.limits(1024, reserve: 64, perAddress: 256).fitting(files: 10).most == 1)
    }

    @Test func phases() {
        var phases = ConnectionPhases()
        #expect(phases.phase == .firstHead)
        phases.headCame()
        #expect(phases.phase == .body)
        phases.endCame()
        #expect(phases.phase == .answering)
        // The next request's body waits for the answer before it, and nobody reads it.
        phases.headCame()
        #expect(phases.phase == .answering)
        phases.answerEnded()
        #expect(phases.phase == .body)
        // Refused before its body was whole.
        phases.answerEnded()
        #expect(phases.phase == .body)
        phases.endCame()
        #expect(phases.phase == .idle)
    }

    // MARK: the server

    @Test(.disabled("a crowded server that stops can trap in NIO: see issue 14")) func theSilentHoldNobodyOut()
        async throws
    {
        let server = try await TestServer.start(ScriptedDeck()) { $0.maxConnections = 8 }
        let port = server.port
        let silent = try await onThread {
            UncheckedClients(
                try (0..<40).map { index in
                    let client = try RawClient(port: port)
                    // Some begin to say something.
                    if index % 3 == 0 { client.send("GET /hea") }
                    return client
                })
        }
        for path in ["/health", "/metrics", "/v1/models"] { #expect(try await server.get(path).status == 200) }
        #expect(
            try await server.post("/v1/completions", #"{"prompt":"x","max_tokens":2}"#).status == 200)
        withExtendedLifetime(silent) {}
        await server.stop()
    }

    @Test(.disabled("a crowded server that stops can trap in NIO: see issue 14"))
    func halfABodyEachLeavesTheServersStateToBeAsked() async throws {
        let server = try await TestServer.start(ScriptedDeck()) { $0.maxConnections = 4 }
        let port = server.port
        let half = TestServer.request("/v1/completions", #"{"prompt":"x","max_tokens":1}"#).dropLast(5)
        let held = try await onThread {
            UncheckedClients(
                try (0..<100).map { _ in
                    let client = try RawClient(port: port)
                    client.send(String(half))
                    return client
                })
        }
        #expect(await eventually { (try? await server.get("/v1/models").status) == 503 })
        for path in ["/health", "/ping", "/metrics"] { #expect(try await server.get(path).status == 200) }
        let refused = try await server.get("/v1/models")
        #expect(refused.head.contains("Retry-After: 1") && refused.body.contains("connections"), "\(refused.body)")
        // When they go there is a place again.
        try await onThread { for client in held.value { client.reset() } }
        #expect(await eventually { (try? await server.get("/v1/models").status) == 200 })
        await server.stop()
    }

    /// A stream that is under way stays, whoever comes.
    @Test(.disabled("a crowded server that stops can trap in NIO: see issue 14")) func aRequestUnderWayNeverGivesWay()
        async throws
    {
        let deck = ScriptedDeck(pause: .milliseconds(2))
        let server = try await TestServer.start(deck) { $0.maxConnections = 2 }
        let port = server.port
        async let stream = server.post("/v1/completions", #"{"prompt":"x","max_tokens":200,"stream":true}"#)
        #expect(await eventually { deck.live == 1 })
        let crowd = try await onThread { UncheckedClients(try (0..<60).map { _ in try RawClient(port: port) }) }
        #expect(try await stream.events.last == "[DONE]")
        withExtendedLifetime(crowd) {}
        await server.stop()
    }

    /// A byte now and then is no request: the time of a phase runs on.
    @Test(arguments: [
        "GET /health HTTP/1.1\r\nX: ", "POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n",
    ])
    func whoDripsIsCutOff(_ beginning: String) async throws {
        let server = try await TestServer.start(ScriptedDeck()) { $0.requestSeconds = 0.4 }
        let port = server.port
        let isCut = try await onThread {
            let client = try RawClient(port: port)
            client.send(beginning)
            // Far longer than any phase may take.
            for _ in 0..<400 {
                client.send("a")
                if client.isClosed(within: 0.05) { return true }
            }
            return false
        }
        #expect(isCut)
        await server.stop()
    }
}

/// Hands clients from one thread to the next.
private struct UncheckedClients: @unchecked Sendable {
    let value: [RawClient]

    init(_ value: [RawClient]) { self.value = value }
}

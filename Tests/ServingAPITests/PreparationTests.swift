import DeckCore
import Foundation
import ModelFiles
import Synchronization
import TestSupport
import Testing

@testable import ServingAPI

/// A tokenizer that counts what it reads, and can be held up.
private final class CountingTokenizer: Tokenizer {
    let vocabularySize = 256
    let beginToken: Int? = nil
    let endTokens: Set<Int> = []
    let leadingSpacesToDrop = 0
    let reads = Mutex<[Int]>([])
    /// Texts of so many bytes and more wait until they are let go.
    let gate: DispatchSemaphore?
    private let held: Int

    init(holding held: Int = .max, gate: DispatchSemaphore? = nil) {
        self.held = held
        self.gate = gate
    }

    func encode(_ text: String, parsingSpecials: Bool) -> [Int] {
        reads.withLock { $0.append(text.utf8.count) }
        if text.utf8.count >= held { gate?.wait() }
        return text.utf8.map { Int($0) }
    }

    func bytes(of token: Int) -> [UInt8] { (0..<256).contains(token) ? [UInt8(token)] : [] }
}

/// A number that many threads count up.
private final class Count: Sendable {
    private let number = Mutex(0)

    var value: Int { number.withLock { $0 } }
    func add(_ more: Int = 1) { number.withLock { $0 += more } }
}

/// A line whose steps can stand in expectations.
private final class Turns<Job> {
    private var line = TurnLine<Job>()

    var count: Int { line.count }
    func append(_ job: Job, id: Int, of tenant: String) -> Bool { line.append(job, id: id, of: tenant) }
    func next() -> (tenant: String, job: Job)? { line.next() }
    func ended(_ tenant: String) -> Bool { line.ended(tenant) }
    func remove(_ id: Int, of tenant: String) -> Job? { line.remove(id, of: tenant) }
}

@Suite("Bounded before admitted") struct PreparationTests {
    // MARK: turns

    @Test func tenantsTakeTurns() {
        let line = Turns<Int>()
        for job in 0..<4 { _ = line.append(job, id: job, of: "much") }
        _ = line.append(10, id: 10, of: "little")
        var order: [Int] = []
        while let (tenant, job) = line.next() {
            order.append(job)
            _ = line.ended(tenant)
        }
        #expect(order == [0, 10, 1, 2, 3])
        #expect(line.count == 0)
    }

    @Test func nobodyHasTwoUnderWay() throws {
        let line = Turns<String>()
        #expect(line.append("a1", id: 1, of: "a"))
        #expect(!line.append("a2", id: 2, of: "a"))
        #expect(try #require(line.next()).job == "a1")
        #expect(line.next() == nil)
        #expect(!line.append("a3", id: 3, of: "a"))
        #expect(line.append("b1", id: 4, of: "b"))
        #expect(try #require(line.next()).job == "b1")
        #expect(line.next() == nil && line.count == 2)
        #expect(line.ended("a"))
        #expect(try #require(line.next()).job == "a2")
    }

    @Test func whatNobodyWantsLeavesTheLine() throws {
        let line = Turns<String>()
        _ = line.append("a1", id: 1, of: "a")
        _ = line.append("b1", id: 2, of: "b")
        _ = line.append("a2", id: 3, of: "a")
        #expect(line.remove(1, of: "a") == "a1" && line.remove(1, of: "a") == nil)
        #expect(line.remove(2, of: "b") == "b1")
        #expect(try #require(line.next()).job == "a2")
        // Begun, it stays.
        #expect(line.remove(3, of: "a") == nil && line.count == 0)
        #expect(!line.ended("a") && line.next() == nil)
    }

    /// Against a model: whatever comes, begins, ends and leaves, every job ends once, in its tenant's order.
    @Test func manyJobsInAnyOrder() {
        var random = SeededGenerator(seed: 14)
        let line = Turns<Int>()
        var expected: [String: [Int]] = [:]
        var busy: [String] = []
        for id in 0..<20_000 {
            let tenant = "t\(Int.random(in: 0..<7, using: &random))"
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1:
                _ = line.append(id, id: id, of: tenant)
                expected[tenant, default: []].append(id)
            case 2:
                if let (tenant, job) = line.next() {
                    #expect(!busy.contains(tenant) && expected[tenant]?.first == job)
                    expected[tenant]?.removeFirst()
                    busy.append(tenant)
                } else {
                    #expect(expected.allSatisfy { $0.value.isEmpty || busy.contains($0.key) })
                }
            case 3:
                guard let index = busy.indices.randomElement(using: &random) else { continue }
                let tenant = busy.remove(at: index)
                #expect(line.ended(tenant) == !(expected[tenant] ?? []).isEmpty)
            default:
                guard let job = expected[tenant]?.randomElement(using: &random) else { continue }
                #expect(line.remove(job, of: tenant) == job)
                expected[tenant]?.removeAll { $0 == job }
            }
            #expect(line.count == expected.values.reduce(0) { $0 + $1.count })
        }
    }

    // MARK: threads

    @Test func aShortTextDoesNotWaitForLongOnesAndTheClientWhoGoesIsForgotten() async throws {
        let threads = try PreparationThreads()
        let gate = DispatchSemaphore(value: 0)
        let here = Departure()
        let long = PreparationThreads.shortBytes + 1
        let begun = Count()
        let tasks = (0..<3).map { _ in
            Task { @Sendable in
                try await threads.run(long, of: "evil", unless: here) { () throws(APIError) in
                    begun.add()
                    gate.wait()
                }
            }
        }
        #expect(await eventually { begun.value == 1 })
        // Another's long text, and the same tenant's short one.
        #expect(try await threads.run(long, of: "good", unless: here) { () throws(APIError) in 1 } == 1)
        #expect(try await threads.run(10, of: "evil", unless: here) { () throws(APIError) in 2 } == 2)
        // One of evil's waits no more, and never runs.
        let gone = Departure()
        let left = Task {
            try await threads.run(long, of: "evil", unless: gone) { () throws(APIError) in
                begun.add(100)
            }
        }
        gone.leave()
        await #expect(throws: APIError.gone) { try await left.value }
        #expect(begun.value == 1)
        for _ in tasks { gate.signal() }
        for task in tasks { try await task.value }
        #expect(begun.value == 3)
    }

    // MARK: requests

    @Test(arguments: [
        ("/v1/completions", #"{"prompt":"TEXT","max_tokens":1}"#),
        ("/v1/completions", #"{"prompt":["x","TEXT"],"max_tokens":1}"#),
        ("/v1/chat/completions", #"{"messages":[{"role":"user","content":"TEXT"}],"max_tokens":1}"#),
        ("/tokenize", #"{"prompt":"TEXT"}"#), ("/tokenize", #"{"messages":[{"role":"user","content":"TEXT"}]}"#),
    ])
    func whatCannotFitIsRefusedUnread(_ path: String, _ body: String) async throws {
        let tokenizer = CountingTokenizer()
        let deck = ScriptedDeck()
        let server = try await TestServer.start(deck, tokenizer: tokenizer)
        let long = String(repeating: "a", count: 100_001)
        let refused = try await server.post(path, body.replacing("TEXT", with: long))
        #expect(refused.status == 400)
        let message = try refused.json["error"]?["message"]?.string ?? ""
        #expect(message.contains("100000 tokens of at most 1 bytes holds 100000"), "\(message)")
        #expect(tokenizer.reads.withLock { $0.allSatisfy { $0 < 1000 } })
        #expect(deck.state.withLock { $0.begun } == 0)
        // One that may fit is read.
        #expect(try await server.post(path, body.replacing("TEXT", with: "short")).status == 200)
        await server.stop()
    }

    @Test func arraysOfTokensAreRefusedByTheirCount() async throws {
        let server = try await TestServer.start(ScriptedDeck())
        // Nothing in it is a token id: it is not looked at.
        let ids = Array(repeating: "-1", count: 100_001).joined(separator: ",")
        for prompt in ["[\(ids)]", "[[1],[\(ids)]]"] {
            let refused = try await server.post(
                "/v1/completions", #"{"prompt":\#(prompt.replacing("[-1", with: "[1"))}"#)
            #expect(refused.status == 400 && refused.body.contains("100001 token ids"), "\(refused.body)")
            #expect(refused.body.contains("100000"))
        }
        await server.stop()
    }

    @Test func aTenantsOwnContextBoundsItsTexts() async throws {
        let (key, tokenizer) = (APIKey(), CountingTokenizer())
        let directory = TenantDirectory(
            tenants: [TenantRecord(name: "small", adapters: nil, maxContext: 50)],
            keys: [KeyRecord(id: key.id, hash: key.hash, tenant: "small", isAdministrator: false, created: Date())])
        let server = try await TestServer.start(ScriptedDeck(), directory: directory, tokenizer: tokenizer)
        let text = String(repeating: "a", count: 51)
        let refused = try await server.post("/v1/completions", #"{"prompt":"\#(text)"}"#, key: key.text)
        #expect(refused.status == 400 && refused.body.contains("50 tokens of at most 1 bytes"), "\(refused.body)")
        #expect(tokenizer.reads.withLock { $0.isEmpty })
        await server.stop()
    }

    @Test func nothingIsReadForWhomIsNotAdmitted() async throws {
        let (key, tokenizer) = (APIKey(), CountingTokenizer())
        let tenant = TenantRecord(name: "owes", adapters: [], maxConcurrent: 2, tokensPerMinute: 60)
        let directory = TenantDirectory(
            tenants: [tenant],
            keys: [KeyRecord(id: key.id, hash: key.hash, tenant: "owes", isAdministrator: false, created: Date())])
        let deck = ScriptedDeck()
        let server = try await TestServer.start(
            deck, directory: directory, tokenizer: tokenizer, debts: ["owes": (tokens: 30, seconds: 31)])
        let refused = try await server.post("/v1/completions", #"{"prompt":"x"}"#, key: key.text)
        #expect(refused.status == 429 && refused.head.contains("Retry-After: 31"), "\(refused.head)")
        #expect(refused.body.contains("30 tokens beyond"))
        await server.stop()
        let free = try await TestServer.start(deck, directory: directory, tokenizer: tokenizer)
        // More answers than ever fit, and an adapter that is not there: known before a text is read.
        #expect(try await free.post("/v1/completions", #"{"prompt":["x","y","z"]}"#, key: key.text).status == 400)
        #expect(try await free.post("/v1/completions", #"{"prompt":"x","model":"no"}"#, key: key.text).status == 404)
        #expect(tokenizer.reads.withLock { $0.isEmpty })
        #expect(try await free.post("/v1/completions", #"{"prompt":"x","max_tokens":1}"#, key: key.text).status == 200)
        #expect(tokenizer.reads.withLock { $0 } == [1])
        await free.stop()
    }

    /// As many long texts as there are threads in Swift's pool, and more, are being read: others are answered meanwhile.
    @Test func textsThatAreBeingReadHoldNobodyUp() async throws {
        let gate = DispatchSemaphore(value: 0)
        let tokenizer = CountingTokenizer(holding: 50_000, gate: gate)
        let server = try await TestServer.start(ScriptedDeck(), tokenizer: tokenizer)
        let long = String(repeating: "a", count: 60_000)
        let count = ProcessInfo.processInfo.activeProcessorCount * 2 + 2
        let held = (0..<count).map { _ in
            Task { try await server.post("/v1/completions", #"{"prompt":"\#(long)","max_tokens":1}"#).status }
        }
        #expect(await eventually { tokenizer.reads.withLock { !$0.isEmpty } })
        for path in ["/health", "/metrics", "/v1/models"] { #expect(try await server.get(path).status == 200) }
        #expect(try await server.post("/v1/completions", #"{"prompt":"x","max_tokens":1}"#).status == 200)
        #expect(try await server.post("/tokenize", #"{"prompt":"x"}"#).status == 200)
        // One at a time.
        #expect(tokenizer.reads.withLock { $0.filter { $0 == 60_000 }.count } == 1)
        for _ in 0..<count { gate.signal() }
        for task in held { #expect(try await task.value == 200) }
        await server.stop()
    }

    // MARK: memory

    @Test func bodiesInHandAreBoundedATenant() async throws {
        let budget = BodyBudget(perTenant: 100)
        let first = ReceivedBody(of: "a", budget: budget)
        try first.append([UInt8](repeating: 1, count: 60))
        let second = ReceivedBody(of: "a", budget: budget)
        #expect(throws: APIError.self) { try second.append([UInt8](repeating: 1, count: 41)) }
        try second.append([UInt8](repeating: 1, count: 40))
        let other = ReceivedBody(of: "b", budget: budget)
        try other.append([UInt8](repeating: 1, count: 100))
        #expect(budget.held == 200)
        first.drop()
        first.drop()
        #expect(budget.held == 140 && first.bytes.isEmpty)
        try second.append([UInt8](repeating: 1, count: 60))
        withExtendedLifetime((first, second, other)) {}
    }

    @Test func memoryGoesBackWhenItIsQuiet() async throws {
        let trims = Count()
        let budget = BodyBudget(perTenant: 100 << 20, quietSeconds: 0.01) {
            trims.add()
        }
        func hold(_ bytes: Int) throws -> ReceivedBody {
            let body = ReceivedBody(of: "a", budget: budget)
            try body.append([UInt8](repeating: 0, count: bytes))
            return body
        }
        // Little is not worth it.
        for _ in 0..<10 { try hold(1000).drop() }
        let large = try hold(8 << 20)
        let small = try hold(10)
        large.drop()
        #expect(trims.value == 0)
        small.drop()
        #expect(await eventually { trims.value == 1 })
        try hold(8 << 20).drop()
        #expect(await eventually { trims.value == 2 })
        #expect(budget.held == 0)
    }

    @Test func tooMuchAtOnceIsRefusedOverHTTP() async throws {
        let server = try await TestServer.start(ScriptedDeck()) { $0.maxBodyBytesPerTenant = 2000 }
        let body = #"{"prompt":"\#(String(repeating: "a", count: 3000))","max_tokens":1}"#
        let refused = try await server.post("/v1/completions", body)
        #expect(refused.status == 429 && refused.body.contains("2000"), "\(refused.body)")
        for _ in 0..<5 {
            let fits = #"{"prompt":"\#(String(repeating: "a", count: 1500))","max_tokens":1}"#
            #expect(try await server.post("/v1/completions", fits).status == 200)
        }
        await server.stop()
    }
}

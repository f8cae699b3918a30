import DeckCore
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ServingEngine

/// Invariant 15: what one tenant asks, another cannot tell by what is cached.
@Suite("Tenants apart")
struct TenantPrefixTests {
    /// Two hundred tokens: fifty pages of the toy's size.
    private let prompt = (0..<200).map { $0 * 7 % 97 }

    private func rig(
        pages: Int = 400, files: [String: ToyAdapters.File] = [:], _ change: (inout EngineOptions) -> Void = { _ in }
    ) throws -> Rig {
        try Rig(pages: pages, files: files, context: 320) {
            $0.stepRows = 512
            change(&$0)
        }
    }

    /// The answer, its cached tokens, and the prompt rows that were computed for it.
    private func ask(
        _ rig: Rig, _ tenant: String, _ adapter: String? = nil, salt: String? = nil, tokens: [Int]? = nil
    ) async -> (answer: Answer, cached: Int?, computed: Int) {
        let before = rig.loop.tenantMeters.meters[tenant]?.promptTokens ?? 0
        let stream = rig.submit(adapter, tokens ?? prompt, max: 4) {
            $0.origin = tenant
            $0.cacheSalt = salt
        }
        await rig.settle()
        let answer = await Answer(stream)
        let computed = (rig.loop.tenantMeters.meters[tenant]?.promptTokens ?? 0) - before
        return (answer, answer.timeline?.cachedTokens, computed)
    }

    @Test("Invariant 15: the same 200 tokens of another tenant are computed whole; of the same tenant they are found")
    func twoTenants() async throws {
        let rig = try rig()
        let first = await ask(rig, "a")
        let second = await ask(rig, "b")
        #expect(first.cached == 0 && first.computed == 200)
        #expect(second.cached == 0 && second.computed == 200)
        for tenant in ["a", "b"] {
            let again = await ask(rig, tenant)
            #expect(again.cached == 196 && again.computed == 4)
            #expect(again.answer.tokens == rig.reference(nil, prompt, 4))
        }
        #expect(rig.loop.integrityFault() == nil)
    }

    @Test("Invariant 15: an adapter that two tenants share shares no prefix, nor do two names of one content")
    func sharedAdapter() async throws {
        let file = ToyAdapters.File(pages: 2, seed: 4)
        let rig = try rig(files: ["x": file, "y": file])
        #expect(await ask(rig, "a", "x").cached == 0)
        #expect(await ask(rig, "b", "x").cached == 0)
        #expect(await ask(rig, "b", "y").cached == 196, "one tenant, one content")
        #expect(await ask(rig, "c", "y").cached == 0)
        // Replacing the content takes the prefixes of all of them.
        rig.adapters.change("other") { $0 = .init(pages: 2, seed: 5) }
        for name in ["x", "y"] { _ = rig.order(.register(name: name, path: "other", overrideBase: false)) }
        await rig.settle()
        #expect(rig.loop.pool.prefixes.pageCount == 0)
        #expect(rig.loop.integrityFault() == nil)
    }

    @Test("A salt parts the prefixes of one tenant; without one is a part of its own")
    func salts() async throws {
        let rig = try rig()
        #expect(await ask(rig, "a", salt: "s").cached == 0)
        #expect(await ask(rig, "a").cached == 0)
        #expect(await ask(rig, "a", salt: "t").cached == 0)
        #expect(await ask(rig, "a", salt: "s").cached == 196)
        #expect(await ask(rig, "a").cached == 196)
        // The same salt opens nothing of another tenant's.
        #expect(await ask(rig, "b", salt: "s").cached == 0)
    }

    @Test("Who wants one pool of prefixes gets it, and salts still part it")
    func shared() async throws {
        let rig = try rig { $0.sharesPrefixes = true }
        #expect(await ask(rig, "a").cached == 0)
        #expect(await ask(rig, "b").cached == 196)
        #expect(await ask(rig, "b", salt: "s").cached == 0)
        #expect(await ask(rig, "a", salt: "s").cached == 196)
        #expect(await ask(rig, "a", salt: "t").cached == 0)
    }

    @Test("A salt is of some bytes, not of none and not of any number")
    func badSalts() async throws {
        let rig = try rig()
        for (salt, bytes) in [("", 0), (String(repeating: "ä", count: 129), 258)] {
            let answer = await Answer(rig.submit(nil, [1, 2]) { $0.cacheSalt = salt })
            #expect(answer.failureKind == .invalid)
            #expect(answer.failure == "cache_salt must have 1 to 256 bytes, not \(bytes)")
        }
        #expect(await ask(rig, "a", salt: String(repeating: "x", count: 256)).answer.finish == .length)
    }

    @Test("Invariant 15: what was preempted, spilled and restored stays its tenant's")
    func preempted() async throws {
        let rig = try rig()
        rig.paceSteps(base: 0.001, perRow: 0.01)
        let stream = rig.submit(nil, prompt, max: 40) { $0.origin = "a" }
        for _ in 0..<6 { rig.turn() }
        let id = try #require(rig.loop.scheduler.running.first)
        rig.loop.preempt(id)
        await rig.settle()
        let answer = await Answer(stream)
        #expect(answer.timeline?.preemptions == 1)
        #expect(answer.tokens == rig.reference(nil, prompt, 40))
        // Its answer's pages too are there for it, and for nobody else.
        let longer = prompt + answer.tokens
        #expect(await ask(rig, "b", tokens: longer).cached == 0)
        #expect(await ask(rig, "a", tokens: longer).cached == 236)
        #expect(rig.loop.integrityFault() == nil)
    }

    /// Tenants that all ask the same few beginnings, through preemption, pressure and replaced adapters: nobody finds more
    /// than the longest beginning that it computed itself.
    @Test(
        "Invariant 15: no hit ever crosses tenants, whatever happens in whatever order",
        arguments: [3, 4, 5] as [UInt64])
    func noHitCrosses(seed: UInt64) async throws {
        struct Audience: Hashable {
            let tenant: String
            let salt: String?
            let adapter: String?
        }
        var generator = SeededGenerator(seed: seed)
        func chance(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &generator) }
        let rig = try Rig(pages: 90, files: ["x": .init(pages: 2, seed: 1), "y": .init(pages: 3, seed: 2)]) {
            $0.maxSequences = 5
            $0.stepRows = 32
        }
        let beginnings = (0..<3).map { beginning in (0..<24).map { ($0 * 5 + beginning * 17) % 97 } }
        var computed: [Audience: [[Int]]] = [:]
        var live: [(audience: Audience, prompt: [Int], stream: AsyncStream<PromptUpdate>)] = []
        var hits = 0
        var contents: UInt64 = 100
        for round in 0..<400 {
            for _ in 0..<1 + chance(4) {
                let audience = Audience(
                    tenant: "t\(chance(3))", salt: chance(4) == 0 ? "s" : nil, adapter: [nil, "x", "y"][chance(3)])
                let prompt =
                    Array(beginnings[chance(3)].prefix(8 + 4 * chance(5))) + (0..<1 + chance(4)).map { _ in chance(97) }
                let stream = rig.submit(audience.adapter, prompt, max: 1 + chance(6)) {
                    $0.origin = audience.tenant
                    $0.cacheSalt = audience.salt
                }
                live.append((audience, prompt, stream))
            }
            for _ in 0..<chance(6) {
                rig.turn()
                if chance(3) == 0, let id = rig.loop.scheduler.running.last { rig.loop.preempt(id) }
                if chance(2) == 0 { _ = rig.runner.runOne() }
                try #require(rig.loop.integrityFault() == nil, "round \(round)")
            }
            if round % 40 == 39 {
                contents += 1
                rig.adapters.change("x\(contents)") { $0 = .init(pages: 2, seed: contents) }
                _ = rig.order(.register(name: "x", path: "x\(contents)", overrideBase: false))
            }
            guard round % 4 == 3 else { continue }
            await rig.settle()
            var answers: [Answer] = []
            for request in live { answers.append(await Answer(request.stream)) }
            // Those of one batch may have found what a neighbour of the same audience computed.
            for (request, answer) in zip(live, answers) {
                computed[request.audience, default: []].append(request.prompt + answer.tokens)
            }
            for (request, answer) in zip(live, answers) {
                let found = answer.timeline?.cachedTokens ?? 0
                // The longest of all is its own.
                let all = computed[request.audience, default: []]
                let longest =
                    all.map { other in zip(other, request.prompt).prefix { $0 == $1 }.count }.sorted()
                    .dropLast().last ?? 0
                #expect(found <= longest, "\(request.audience) found \(found) of \(longest) of its own")
                hits += found > 0 ? 1 : 0
            }
            live = []
        }
        #expect(hits > 50)
        #expect(rig.faults.isEmpty)
    }

    @Test("Invariant 15: a tenant is told its own figures; the arithmetic with others' names is an operator's")
    func refusals() async throws {
        let rig = try Rig(
            pages: 24, files: ["secret": .init(pages: 10, seed: 1), "mine": .init(pages: 14, seed: 2)],
            pinned: ["secret"])
        await rig.settle()
        let long = rig.submit(nil, (0..<70).map { $0 % 97 }) { $0.origin = "b" }
        let adapter = rig.submit("mine", [1, 2]) { $0.origin = "b" }
        let unknown = rig.submit("nope", [1]) { $0.origin = "b" }
        await rig.settle()
        for (stream, told) in [
            (long, "70 tokens need 18 pages of KV cache, the pool has 24; not all of them can be given to it"),
            (adapter, "mine needs 14 pages and 1 for a sequence, the pool has 24; not all of them can be given to it"),
            (unknown, "there is no adapter nope"),
        ] {
            let answer = await Answer(stream)
            #expect(answer.told == told)
            #expect(answer.told?.contains("secret") == false)
            #expect(answer.failure?.contains("secret") == true, "an operator sees who holds what")
        }
        let log = rig.journal.entries.withLock { $0.map(\.message) }
        #expect(log.contains { $0.contains("10 are pinned (secret 10)") })
    }

    @Test("Invariant 15: a full queue and a forecast tell a tenant no count of others' requests")
    func overload() async throws {
        let rig = try Rig(pages: 60) {
            $0.maxWaiting = 3
            $0.tenants = ["b": TenantPolicy(targetSeconds: 2)]
        }
        let waiting = (0..<3).map { tenant in rig.submit(nil, [tenant, 1], max: 60) { $0.origin = "t\(tenant)" } }
        let full = rig.submit(nil, [1], max: 1) { $0.origin = "c" }
        rig.turn()
        let answer = await Answer(full)
        #expect(answer.told == "the queue of all tenants is full")
        #expect(answer.failure == "3 requests wait, the limit is 3")
        withExtendedLifetime(waiting) {}

        let slow = try Rig(pages: 200) {
            $0.maxSequences = 2
            $0.tenants = ["b": TenantPolicy(targetSeconds: 2)]
        }
        slow.paceSteps(base: 0.1, perRow: 0.1)
        let measured = slow.submit(nil, [1, 2, 3], max: 2) { $0.origin = "a" }
        await slow.settle()
        #expect(await Answer(measured).finish == .length)
        let ahead = (0..<3).map { index in
            slow.submit(nil, (0..<120).map { ($0 + index) % 97 }, max: 4) { $0.origin = "a" }
        }
        slow.turn()
        let late = slow.submit(nil, (0..<40).map { $0 }, max: 2) { $0.origin = "b" }
        slow.turn()
        let refused = await Answer(late)
        #expect(refused.failure?.contains("prompt tokens ahead") == true)
        #expect(refused.told?.contains("ahead") == false)
        #expect(refused.told?.contains("tenant b's objective is 2.0 s") == true)
        withExtendedLifetime(ahead) {}
    }
}

import DeckCore
import Synchronization
import TestSupport
import Testing

@testable import ServingEngine

@Suite("Conservation")
struct ConservationTests {
    /// A request, what it asked, and every content that its name has pointed at since.
    private struct Sent {
        let stream: AsyncStream<PromptUpdate>
        let name: String?
        let prompt: [Int]
        let count: Int
        let earliestVersion: Int
    }

    @Test(
        "Invariant 11: random orders in small pools lose no page, and every answer is the one computed alone",
        arguments: 0..<24)
    func randomOperations(seed: Int) async throws {
        var generator = SeededGenerator(seed: UInt64(seed) &* 7919 &+ 1)
        let names = ["a", "b", "c", "d"]
        var files: [String: ToyAdapters.File] = [:]
        for (index, name) in names.enumerated() {
            files[name] = .init(pages: 1 + index * 2, seed: UInt64(index + 1))
        }
        let pages = Int.random(in: 18...34, using: &generator)
        let rig = try Rig(
            pages: pages, files: files,
            options: {
                $0.maxSequences = seed % 3 == 0 ? 3 : 8
                $0.stepRows = seed % 2 == 0 ? 8 : 64
                $0.tenants = ["heavy": TenantPolicy(weight: 3), "narrow": TenantPolicy(maxRunning: 1)]
            })
        if seed % 4 > 1 { rig.paceSteps(base: 0.01, perRow: 0.002) }
        let tenants = ["heavy", "narrow", "x", "y"]
        // Everything that a name ever pointed at, in order.
        var history: [String: [ToyAdapters.File]] = files.mapValues { [$0] }
        // Registering takes a while: what is installed now may be older than what was registered last.
        func installed(_ name: String) -> Int {
            let digest = rig.loop.store.currentRecord(name)?.version.digest
            return history[name]!.firstIndex { ToyAdapters.digest($0) == digest } ?? 0
        }
        var sent: [Sent] = []
        var dropped = 0
        var orders: [Outcome] = []
        for turn in 0..<260 {
            switch Int.random(in: 0..<20, using: &generator) {
            case 0..<7:
                let name = Bool.random(using: &generator) ? names.randomElement(using: &generator) : nil
                let length = Int.random(in: 1...20, using: &generator)
                let prompt = (0..<length).map { _ in Int.random(in: 0..<97, using: &generator) }
                let count = Int.random(in: 1...24, using: &generator)
                sent.append(
                    Sent(
                        stream: rig.submit(name, prompt, max: count) {
                            $0.origin = tenants.randomElement(using: &generator)!
                        }, name: name, prompt: prompt, count: count,
                        earliestVersion: name.map { installed($0) } ?? 0))
            case 7:
                // A client that goes away.
                do { _ = rig.submit(names.randomElement(using: &generator), [1, 2, 3], max: 24) }
                dropped += 1
            case 8:
                if let id = rig.loop.generations.keys.sorted().randomElement(using: &generator),
                    rig.loop.generations[id]?.isProbe == false
                {
                    orders.append(rig.order(.abort(id)))
                }
            case 9: orders.append(rig.order(.load(adapter: names.randomElement(using: &generator)!)))
            case 10, 11:
                let mode: DeckCommand.EvictMode = Bool.random(using: &generator) ? .drain : .abort
                orders.append(
                    rig.order(
                        .evict(adapter: names.randomElement(using: &generator)!, digest: nil, mode: mode)))
            case 12: orders.append(rig.order(.pin(adapter: names.randomElement(using: &generator)!)))
            case 13, 14:
                orders.append(rig.order(.unpin(adapter: names.randomElement(using: &generator)!)))
            case 15:
                // New content under an old name; its files lie elsewhere, as a new folder would.
                let name = names.randomElement(using: &generator)!
                let file = ToyAdapters.File(
                    pages: Int.random(in: 1...8, using: &generator), seed: UInt64(1_000 + turn))
                rig.adapters.change("\(name)-\(turn)") { $0 = file }
                history[name]!.append(file)
                orders.append(
                    rig.order(.register(name: name, path: "\(name)-\(turn)", overrideBase: false)))
            default: break
            }
            rig.turn()
            #expect(rig.loop.integrityFault() == nil)
            if Int.random(in: 0..<3, using: &generator) > 0 { _ = rig.runner.runOne() }
        }
        for name in names { orders.append(rig.order(.unpin(adapter: name))) }
        await rig.settle()
        #expect(rig.loop.generations.isEmpty, "everything ends")
        #expect(rig.loop.integrityFault() == nil)
        #expect(rig.faults == [])
        #expect(orders.allSatisfy { $0.now != nil }, "every order has an outcome")
        var finished = 0
        for request in sent {
            let answer = await Answer(request.stream)
            guard answer.finish != nil || answer.failure != nil else {
                Issue.record("a stream ended without an end")
                continue
            }
            let versions = request.name.map { Array(history[$0]![request.earliestVersion...]) } ?? []
            let references =
                request.name == nil
                ? [ToyModel.reference(request.prompt, weights: [], count: request.count)]
                : versions.map {
                    ToyModel.reference(request.prompt, weights: ToyAdapters.weights($0), count: request.count)
                }
            #expect(
                references.contains { $0.starts(with: answer.tokens) },
                "the tokens are one version's, from the first to the last")
            if answer.finish == .length {
                #expect(answer.tokens.count == request.count)
                finished += 1
            }
        }
        #expect(finished > sent.count / 3)
    }

    @Test("Invariant 11: a stream that is dropped frees its pages within one step")
    func dropped() async throws {
        let rig = try Rig(pages: 60)
        var stream: AsyncStream<PromptUpdate>? = rig.submit(
            nil, Array(repeating: 3, count: 30), max: 60)
        rig.turn()
        #expect(rig.loop.pool.usedCount > 0)
        withExtendedLifetime(stream) {}
        stream = nil
        rig.turn()
        #expect(rig.loop.pool.kvCount == 0)
        #expect(rig.loop.pool.usedCount == rig.loop.pool.prefixes.idleCount)
        #expect(rig.loop.generations.isEmpty)
    }

    @Test("The pool gives pages once, all or none, and takes them back from their holder")
    func pool() {
        var pool = PagePool(pageCount: 10)
        let first = pool.allocate(4, for: .sequence(RequestID(1)))
        #expect(first == [0, 1, 2, 3])
        #expect(pool.allocate(7, for: .adapter(AdapterKey(value: 1))) == nil)
        #expect(pool.freeCount == 6)
        let second = pool.allocate(6, for: .adapter(AdapterKey(value: 1)))
        #expect(Set(first! + second!).count == 10)
        #expect(pool.kvCount == 4)
        pool.release(first!, of: .sequence(RequestID(1)))
        #expect(pool.integrityFault() == nil)
        #expect(pool.freeCount == 4)
        #expect(pool.count(of: .sequence(RequestID(1))) == 0)
        #expect(pool.allocate(0, for: .sequence(RequestID(2))) == [])
    }
}

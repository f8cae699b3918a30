import DeckCore
import Synchronization
import TestSupport
import Testing

@testable import ServingEngine

/// Invariant 11 at scale: everything that changes who holds a page, in random order, with the books checked each time.
@Suite("Churn")
struct ChurnTests {
    private enum Operation: CaseIterable {
        case submit, disconnect, abort, load, drain, stop, pin, unpin, replace, resize, preempt
    }

    private struct Sent {
        let stream: AsyncStream<PromptUpdate>
        let name: String?
        let prompt: [Int]
        let count: Int
        let earliest: Int
    }

    /// One deck under fire. Versions of a name are what it pointed at since the last check, the oldest first.
    private final class Fire {
        let rig: Rig
        let names = ["a", "b", "c", "d", "e"]
        var generator: SeededGenerator
        var history: [String: [ToyAdapters.File]]
        var sent: [Sent] = []
        private var orders: [(operation: Operation, outcome: Outcome)] = []
        /// Streams whose clients will go away.
        private var leaving: [AsyncStream<PromptUpdate>] = []
        var finished = 0
        /// How often each operation was done and not refused.
        private(set) var effects: [Operation: Int] = [:]
        private var contents: UInt64 = 1_000
        private let sizes: ClosedRange<Int>
        /// Beginnings that many prompts share.
        private let systems = (0..<4).map { system in (0..<13).map { ($0 * 7 + system * 31) % 97 } }

        init(seed: UInt64, pages: Int, sizes: ClosedRange<Int>) throws {
            generator = SeededGenerator(seed: seed)
            self.sizes = sizes
            var files: [String: ToyAdapters.File] = [:]
            for (index, name) in names.enumerated() { files[name] = .init(pages: 1 + index, seed: UInt64(index + 1)) }
            history = files.mapValues { [$0] }
            rig = try Rig(pages: pages, files: files) {
                $0.maxSequences = 6
                $0.stepRows = 24
            }
            let clock = rig.clock
            rig.model.onStep.withLock { $0.call = { rows in clock.advance(0.002 * Double(rows)) } }
        }

        private func chance(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &generator) }
        private func name() -> String { names[chance(names.count)] }

        private func installed(_ name: String) -> Int {
            let digest = rig.loop.store.currentRecord(name)?.version.digest
            return history[name]?.firstIndex { ToyAdapters.digest($0) == digest } ?? 0
        }

        private func order(_ operation: Operation, _ command: DeckCommand) {
            orders.append((operation, rig.order(command)))
        }

        /// Clients go away, before their requests run and while they do.
        private func disconnect() {
            leaving.append(rig.submit(name(), systems[chance(4)] + [chance(97)], max: 20))
            guard leaving.count > chance(4) else { return }
            leaving.remove(at: chance(leaving.count))
            effects[.disconnect, default: 0] += 1
        }

        private func submit() {
            let name = chance(3) == 0 ? nil : name()
            let tail = (0..<1 + chance(8)).map { _ in chance(97) }
            let prompt = chance(3) == 0 ? tail : systems[chance(systems.count)] + tail
            let count = 1 + chance(16)
            let wantsLogprobs = chance(12) == 0
            let (tenant, salt) = ("t\(chance(3))", chance(4) == 0 ? "salt" : nil)
            let stream = rig.submit(name, prompt, max: count) {
                $0.promptLogprobs = wantsLogprobs
                $0.origin = tenant
                $0.cacheSalt = salt
            }
            let earliest = name.map { installed($0) } ?? 0
            sent.append(Sent(stream: stream, name: name, prompt: prompt, count: count, earliest: earliest))
        }

        private func replace(_ name: String) {
            contents += 1
            // Now and then the content that it had some versions ago.
            let versions = history[name] ?? []
            let file =
                chance(4) == 0 && !versions.isEmpty
                ? versions[chance(versions.count)] : ToyAdapters.File(pages: 1 + chance(6), seed: contents)
            rig.adapters.change("\(name)-\(contents)") { $0 = file }
            history[name, default: []].append(file)
            order(.replace, .register(name: name, path: "\(name)-\(contents)", overrideBase: false))
        }

        /// One random operation, a turn, and perhaps a loader's job.
        func step() {
            switch chance(40) {
            case 0..<9: submit()
            case 9: disconnect()
            case 10, 11:
                if let id = rig.loop.generations.keys.min(), rig.loop.generations[id]?.isProbe == false {
                    order(.abort, .abort(id))
                }
            case 12, 13: order(.load, .load(adapter: name()))
            case 14...16:
                let drains = chance(2) == 0
                order(
                    drains ? .drain : .stop,
                    .evict(adapter: name(), digest: nil, mode: drains ? .drain : .abort))
            case 17: order(.pin, .pin(adapter: name()))
            case 18, 19: order(.unpin, .unpin(adapter: name()))
            case 20: if chance(4) == 0 { replace(name()) }
            case 21, 22:
                let pages = Int.random(in: sizes, using: &generator)
                order(.resize, .resizePool(bytes: pages * 4 * ToyModel.slotBytes))
            case 23, 24:
                let running = rig.loop.scheduler.running
                if !running.isEmpty {
                    rig.loop.preempt(running[chance(running.count)])
                    effects[.preempt, default: 0] += 1
                }
            default: break
            }
            rig.turn()
            if chance(3) > 0 { _ = rig.runner.runOne() }
        }

        /// Lets everything end, compares every answer with the one computed alone, and starts a new page of history.
        func check() async {
            effects[.submit, default: 0] += sent.count
            leaving = []
            // Not counted as operations.
            var last = names.map { rig.order(.unpin(adapter: $0)) }
            last.append(rig.order(.resizePool(bytes: sizes.upperBound * 4 * ToyModel.slotBytes)))
            await rig.settle()
            #expect(rig.loop.generations.isEmpty)
            #expect(rig.loop.integrityFault() == nil)
            #expect((orders.map(\.outcome) + last).allSatisfy { $0.now != nil }, "every order has an outcome")
            for order in orders where order.outcome.now?.succeeded == true {
                effects[order.operation, default: 0] += 1
            }
            for request in sent {
                let answer = await Answer(request.stream)
                if answer.finish == .length {
                    #expect(answer.tokens.count == request.count)
                    finished += 1
                }
                let files = request.name.map { Array((history[$0] ?? [])[request.earliest...]) }
                let isRight = (files.map { $0.map(ToyAdapters.weights) } ?? [[]]).contains {
                    ToyModel.reference(request.prompt, weights: $0, count: request.count).starts(with: answer.tokens)
                }
                #expect(isRight, "the tokens are one version's, from the first to the last")
                #expect(answer.finish != nil || answer.failure != nil)
            }
            for name in names { history[name] = [history[name]![installed(name)]] }
            sent = []
            orders = []
        }
    }

    @Test(
        "Invariant 11: 100,000 random operations lose no page, and every answer is the one computed alone",
        arguments: [(seed: UInt64(11), pages: 22, sizes: 16...26), (seed: 12, pages: 260, sizes: 200...300)])
    func churn(seed: UInt64, pages: Int, sizes: ClosedRange<Int>) async throws {
        let fire = try Fire(seed: seed, pages: pages, sizes: sizes)
        var steps = 0
        while steps < 100_000 {
            for _ in 0..<500 {
                fire.step()
                if let fault = fire.rig.loop.integrityFault() {
                    Issue.record("after \(steps) steps: \(fault)")
                    return
                }
                steps += 1
            }
            await fire.check()
        }
        #expect(fire.rig.faults == [])
        #expect(fire.finished > 5_000)
        for operation in Operation.allCases {
            let count = fire.effects[operation] ?? 0
            #expect(count > 100, "\(operation) happened \(count) times")
        }
        let counters = fire.rig.loop.pool.prefixCounters
        #expect(counters.tokensHit > 0)
        #expect(pages > 100 || counters.pagesEvicted > 0)
        let spills = fire.rig.loop.scheduler.spills
        #expect(spills.kept > 100 && spills.fault == nil)
        #expect(pages > 100 || spills.restored > 50, "\(spills.restored) of \(spills.kept) came back")
    }
}

extension StepLoop {
    /// Takes a running sequence's pages, as a plan does when pages are short.
    func preempt(_ id: RequestID) {
        var plan = StepPlan()
        scheduler.preempt(id, plan: &plan, pool: &pool, store: &store)
        moveKV(plan)
        for id in plan.preempted { preempted(id) }
    }
}

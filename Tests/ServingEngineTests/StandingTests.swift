import DeckCore
import Foundation
import Synchronization
import Testing

@testable import ServingEngine

/// Who asks after a command's outcome finds what it did, without a snapshot and without waiting.
@Suite("Standings") struct StandingTests {
    private func digest(_ seed: UInt64, pages: Int = 2) -> Digest {
        ToyAdapters.digest(ToyAdapters.File(pages: pages, seed: seed))
    }

    /// Runs a command to its outcome, and not one turn further.
    private func carryOut(_ command: DeckCommand, on rig: Rig) async -> CommandOutcome? {
        let outcome = rig.order(command)
        for _ in 0..<10_000 {
            await rig.durable()
            if let now = outcome.now { return now }
            if !rig.turn() { _ = rig.runner.runOne() }
        }
        return nil
    }

    @Test("every command is seen as soon as it is answered")
    func everyCommand() async throws {
        let rig = try Rig(pages: 60, files: [:])
        rig.adapters.change("b") { $0 = .init(seed: 2) }
        rig.adapters.change("c") { $0 = .init(seed: 3) }
        let engine = rig.engine
        #expect(engine.standing(of: "b") == nil && engine.standings.isEmpty)
        #expect(await carryOut(.register(name: "b", path: "b", overrideBase: false), on: rig)?.succeeded == true)
        #expect(engine.standing(of: "b")?.state == .registered && engine.standing(of: "b")?.path == "b")
        #expect(await carryOut(.load(adapter: "b"), on: rig)?.succeeded == true)
        #expect(engine.standing(of: "b")?.state == .resident)
        #expect(await carryOut(.register(name: "b", path: "c", overrideBase: false), on: rig)?.succeeded == true)
        #expect(engine.standing(of: "b")?.digest == digest(3) && engine.standing(of: "b")?.path == "c")
        #expect(await carryOut(.rollback(adapter: "b", to: digest(2)), on: rig)?.succeeded == true)
        #expect(engine.standing(of: "b")?.digest == digest(2))
        #expect(await carryOut(.load(adapter: "b"), on: rig)?.succeeded == true)
        #expect(await carryOut(.evict(adapter: "b", digest: nil, mode: .drain), on: rig)?.succeeded == true)
        #expect(engine.standing(of: "b")?.state == .registered)
        #expect(await carryOut(.pin(adapter: "b"), on: rig)?.succeeded == true)
        await rig.settle()
        #expect(engine.standing(of: "b")?.state == .resident)
        #expect(await carryOut(.unregister(adapter: "b"), on: rig)?.succeeded == true)
        #expect(engine.standing(of: "b") == nil && engine.standings.isEmpty)
    }

    @Test("what requests and the engine itself load and evict is seen too")
    func withoutCommands() async throws {
        let rig = try Rig(pages: 16, files: ["a": .init(pages: 9, seed: 1), "b": .init(pages: 9, seed: 2)])
        for name in ["a", "b"] { rig.loop.share(name) }
        for (name, other) in [("a", "b"), ("b", "a")] {
            let answer = rig.submit(name, [1, 2], max: 3)
            await rig.settle()
            #expect(await Answer(answer).finish == .length)
            #expect(rig.engine.standing(of: name)?.state == .resident)
            #expect(rig.engine.standing(of: other)?.state == .registered)
        }
        #expect(rig.engine.standings.map(\.name) == ["a", "b"])
    }

    @Test("a command that is refused, or not kept, shows what holds")
    func refused() async throws {
        let rig = try Rig(pages: 60, files: ["a": .init(seed: 1)])
        rig.loop.share("a")
        rig.adapters.change("b") { $0 = .init(seed: 2) }
        rig.journal.isBroken.withLock { $0 = true }
        for command in [
            DeckCommand.register(name: "a", path: "b", overrideBase: false), .unregister(adapter: "a"),
            .register(name: "new", path: "b", overrideBase: false),
        ] {
            #expect(await carryOut(command, on: rig)?.succeeded == false)
            #expect(rig.engine.standings.map(\.digest) == [digest(1)])
        }
    }

    @Test("an order that gives a name other content remembers what stands in its own place")
    func ownPlace() async throws {
        let rig = try Rig(pages: 60, files: [:])
        for (path, seed) in [("a", 1), ("b", 2), ("c", 3)] as [(String, UInt64)] {
            rig.adapters.change(path) { $0 = .init(seed: seed) }
        }
        rig.adapters.places.withLock { $0 = ["a": "a"] }
        func register(_ path: String) async -> AdapterVersion? {
            _ = rig.order(.register(name: "a", path: path, overrideBase: false))
            await rig.settle()
            return rig.journal.versions.withLock { $0.last }
        }
        let standing = { rig.journal.standing.withLock { $0["a"] } }
        let own = ToyAdapters.states(.init(seed: 1))
        #expect(await register("a")?.insteadOf == nil)
        #expect(standing() == [])
        #expect(await register("b")?.insteadOf == digest(1))
        #expect(standing() == own)
        // From one place elsewhere to another, it is the same that was left.
        #expect(await register("c")?.insteadOf == digest(1))
        #expect(standing() == own)
        #expect(await register("a")?.insteadOf == nil)
        #expect(standing() == [])
        _ = rig.order(.unregister(adapter: "a"))
        await rig.settle()
        #expect(standing() == own)
    }

    @Test("what a start found is not registered over an order that came meanwhile", arguments: [0, 1, 2])
    func foundMeanwhile(_ kind: Int) async throws {
        let rig = try Rig(pages: 60, copies: 4)
        rig.adapters.change("a") { $0 = .init(seed: 1) }
        rig.adapters.change("b") { $0 = .init(seed: 2) }
        _ = rig.order(.register(name: "a", path: "a", overrideBase: false))
        await rig.settle()
        if kind == 1 {
            // So that there is an earlier version to go back to.
            _ = rig.order(.register(name: "a", path: "b", overrideBase: false))
            await rig.settle()
        }
        rig.adapters.change("a") { $0 = .init(seed: 3) }
        let found = Outcome()
        rig.engine.parts.mailbox.post(
            .command(
                PendingCommand(
                    command: .register(name: "a", path: "a", overrideBase: false), actor: "serve",
                    order: rig.engine.parts.ids.next(),
                    found: FoundAdapter(turnedDown: [], moment: rig.engine.moment)
                ) { found.set($0) }))
        let orders: [DeckCommand] = [
            .register(name: "a", path: "b", overrideBase: false), .rollback(adapter: "a", to: digest(1)),
            .unregister(adapter: "a"),
        ]
        let ordered = rig.order(orders[kind])
        await rig.settle()
        #expect(ordered.now?.succeeded == true, "\(ordered.now?.message ?? "")")
        #expect(found.now == .done("a is as it was ordered meanwhile"))
        #expect(rig.engine.standing(of: "a")?.digest == [digest(2), digest(1), nil][kind])
        // Asked for again, it is news.
        let again = Outcome()
        rig.engine.parts.mailbox.post(
            .command(
                PendingCommand(
                    command: .register(name: "a", path: "a", overrideBase: false), actor: "serve",
                    order: rig.engine.parts.ids.next(),
                    found: FoundAdapter(turnedDown: [], moment: rig.engine.moment)
                ) { again.set($0) }))
        await rig.settle()
        #expect(rig.engine.standing(of: "a")?.digest == digest(3))
    }

    @Test("names are one whatever form of Unicode they come in, and are shown in one")
    func canonical() {
        let decomposed = "cafe\u{301}"
        for command in [
            DeckCommand.load(adapter: decomposed), .register(name: decomposed, path: "p", overrideBase: true),
            .evict(adapter: decomposed, digest: nil, mode: .abort), .pin(adapter: decomposed),
            .unpin(adapter: decomposed), .rollback(adapter: decomposed, to: digest(1)),
            .unregister(adapter: decomposed), .only(replica: "r", .pin(adapter: decomposed)),
        ] {
            let text = Array(command.named.commandLine.utf8)
            #expect(text != Array(command.commandLine.utf8))
            #expect(String(decoding: text, as: UTF8.self).unicodeScalars.contains("\u{E9}"))
        }
    }
}

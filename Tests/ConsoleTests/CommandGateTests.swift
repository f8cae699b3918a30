import DeckCore
import Foundation
import TerminalKit
import TestSupport
import Testing

@testable import Console

/// What takes something away asks, whatever way it was ordered (invariant 14).
@Suite struct CommandGateTests {
    private static let shop = SampleDeck.adapter("shop", running: 1, versions: SampleDeck.versions(2))
    private static let snapshot = SampleDeck.snapshot(adapters: [shop])
    private static let less = 100 * SampleDeck.pageBytes
    private static let more = 100_000 * SampleDeck.pageBytes

    /// Every kind of order, and whether it takes something away on that deck. A new command does not compile before it is here.
    private static func takes(_ command: DeckCommand) -> Bool {
        switch command {
        case .load, .pin, .unpin, .verify, .forecastResize: false
        case .evict, .unregister, .rollback, .abort: true
        case .register(let name, _, _): name == "shop"
        case .setAdmission(let isOpen): !isOpen
        case .resizePool(let bytes): bytes < SampleDeck.snapshot().pool.totalBytes
        case .only(_, let command): takes(command)
        }
    }

    private static let commands: [DeckCommand] = [
        .load(adapter: "shop"), .register(name: "new", path: "/x/y", overrideBase: false),
        .register(name: "shop", path: "/x/y", overrideBase: false),
        .register(name: "shop", path: "/x/y", overrideBase: true),
        .evict(adapter: "shop", digest: shop.digest, mode: .drain),
        .evict(adapter: "shop", digest: shop.digest, mode: .abort),
        .pin(adapter: "shop"), .unpin(adapter: "shop"), .abort(RequestID(803)), .resizePool(bytes: less),
        .resizePool(bytes: more), .forecastResize(bytes: less), .verify(path: "/x/y"),
        .rollback(adapter: "shop", to: SampleDeck.digest(201)), .unregister(adapter: "shop"),
        .setAdmission(isOpen: true),
        .setAdmission(isOpen: false),
    ]

    /// The ways that take any command.
    private static let ways: [(String, @Sendable (DeckCommand, inout Script) -> [ConsoleEffect])] = [
        ("asked", { command, script in script.state.ask(command) }),
        (
            "command line",
            { command, script in
                script.press(.character(":"), .paste(command.commandLine), .enter)
            }
        ),
        (
            "undo",
            { command, script in
                takeBack(by: command, &script)
                return script.press(.character("u"))
            }
        ),
        (
            "undo, typed",
            { command, script in
                takeBack(by: command, &script)
                return script.press(.character(":"), .paste("undo"), .enter)
            }
        ),
        (
            "undo, clicked",
            { command, script in
                takeBack(by: command, &script)
                let row = Regions(script.state).hints
                let line = script.lines[row.y]
                let start = line.range(of: "u undo").map { line.distance(from: line.startIndex, to: $0.lowerBound) }
                let x = row.x + (start ?? 0)
                return script.press(.mouse(MouseEvent(x: x, y: row.y, action: .press)))
            }
        ),
    ]

    private static func takeBack(by command: DeckCommand, _ script: inout Script) {
        script.state.undo.begin(.verify(path: "/done"), inverse: command)
        script.state.undo.finish(.verify(path: "/done"), succeeded: true)
    }

    @Test func everyCommandByEveryWayGoesThroughTheGate() {
        for command in Self.commands {
            #expect((command.loss(in: Self.snapshot) != nil) == Self.takes(command), "\(command)")
            for (name, order) in Self.ways {
                var script = Script(width: 200, height: 60, snapshot: Self.snapshot)
                let orders = order(command, &script).compactMap(\.command)
                guard Self.takes(command) else {
                    #expect(orders == [command], "\(name): \(command)")
                    continue
                }
                #expect(orders.allSatisfy { !Self.takes($0) }, "\(name): \(command)")
                #expect(script.shows("[ Cancel ]"), "\(name): \(command)")
                var cancelled = script
                #expect(cancelled.press(.enter) == [] && cancelled.state.overlay == nil, "\(name): \(command)")
                #expect(script.press(.character("y")).compactMap(\.command) == [command], "\(name): \(command)")
            }
        }
    }

    @Test func ordersForOneEngineOfAFleetAskTheSame() {
        for command in Self.commands {
            // What one engine's pool has is not in the snapshot: a resize of it asks in any case.
            let isResize = if case .resizePool = command { true } else { false }
            let loss = DeckCommand.only(replica: "west", command).loss(in: Self.snapshot)
            #expect((loss != nil) == (Self.takes(command) || isResize), "\(command)")
        }
        #expect(DeckCommand.resizePool(bytes: Self.more).loss(in: nil) == .pages(now: nil, then: nil))
        #expect(
            DeckCommand.resizePool(bytes: 0).loss(in: Self.snapshot)
                == .pages(now: Self.snapshot.pool.pageCount, then: 0))
        #expect(DeckCommand.resizePool(bytes: Self.snapshot.pool.totalBytes).loss(in: Self.snapshot) == nil)
    }

    /// Keys, lines, pastes, clicks and outcomes in any order: nothing that takes something away goes out unless the question
    /// for it stood open and was answered.
    @Test(arguments: 1...12) func noSequenceOfInputsGetsPastTheGate(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let lines =
            Self.commands.map(\.commandLine) + ["undo", "pause", "resume", "resize 8M", "evict shop", "load ./x"]
        var script = Script(snapshot: Self.snapshot)
        var questions = 0
        for _ in 0..<1_500 {
            let before = script.state.overlay
            let effects: [ConsoleEffect]
            switch Int.random(in: 0..<10, using: &random) {
            case 0:
                effects =
                    script.press(.escape)
                    + script.press(
                        .character(":"), .paste(lines.randomElement(using: &random)!), .enter)
                #expect(effects.compactMap(\.command).allSatisfy { $0.loss(in: script.state.snapshot) == nil })
                continue
            case 1:
                let (x, y) = (Int.random(in: 0..<120, using: &random), Int.random(in: 0..<40, using: &random))
                effects = script.press(.mouse(MouseEvent(x: x, y: y, action: .press)))
            case 2:
                guard let command = script.effects.last(where: { $0.command != nil })?.command else { continue }
                effects = script.send(.outcome(command, Bool.random(using: &random) ? .done("done") : .refused("no")))
            default:
                let keys: [Key] =
                    "eXxAvuyynlLp1268 /:".map { .character($0) } + [.enter, .escape, .tab, .up, .down, .backspace]
                effects = script.press(keys.randomElement(using: &random)!)
            }
            let harm = effects.compactMap(\.command).filter { $0.loss(in: script.state.snapshot) != nil }
            guard !harm.isEmpty else { continue }
            switch before {
            case .confirmation(let asked): #expect(harm == asked.commands)
            case .load(let dialog): #expect(harm == [dialog.registration])
            default: Issue.record("\(harm) went out of \(String(describing: before))")
            }
            questions += 1
        }
        #expect(questions > 0)
    }

    // MARK: the pool's size

    private func resize(_ text: String, _ script: inout Script) -> [DeckCommand] {
        script.press(.character(":"), .paste("resize \(text)"), .enter).compactMap(\.command)
    }

    @Test func aSmallerPoolNamesWhoLeavesBeforeItIsOrdered() throws {
        var script = Script(width: 80, height: 24)
        let pool = SampleDeck.snapshot().pool
        let bytes = 100 * pool.pageBytes
        #expect(resize("\(bytes)", &script) == [.forecastResize(bytes: bytes)])
        #expect(script.shows("resize pool"))
        #expect(
            script.shows(
                "\(pool.pageCount) -> 100 pages: at least \(pool.pageCount - pool.freePages - 100) pages leave"))
        let buttons = script.lines.firstIndex { $0.contains("[ Cancel ]") }
        let said = "512 -> 100 pages: ticket-json 14, haiku-hotel 7, 5 prefix pages leave; 3 running sequences stay"
        script.send(.outcome(.forecastResize(bytes: bytes), .done(said)))
        #expect(script.shows("ticket-json 14, haiku-hotel 7, 5 prefix pages leave"))
        #expect(script.shows("running sequences stay"))
        // What stands under the mouse does not move when the answer comes.
        #expect(script.lines.firstIndex { $0.contains("[ Cancel ]") } == buttons)
        try Goldens.check(script.lines, "dialog-resize-80x24")
        #expect(script.press(.enter) == [])
        _ = resize("\(bytes)", &script)
        #expect(script.press(.character("y")) == [.perform(.resizePool(bytes: bytes))])
    }

    @Test func aRefusalIsToldBeforeTheQuestionIsAnswered() {
        var script = Script()
        _ = resize("8M", &script)
        script.send(.outcome(.forecastResize(bytes: 8 << 20), .refused("one sequence of 512 tokens needs 32")))
        #expect(script.shows("would be refused: one sequence of 512 tokens needs 32"))
        // An answer to another question changes nothing.
        script.press(.escape)
        _ = resize("9M", &script)
        script.send(.outcome(.forecastResize(bytes: 8 << 20), .done("45 -> 22 pages")))
        guard case .confirmation(let open)? = script.state.overlay else {
            Issue.record("the question is gone")
            return
        }
        #expect(open.forecast == nil)
    }

    @Test func aLargerPoolIsOrderedAtOnceAndItsUndoAsks() {
        var script = Script()
        let more = Self.more
        #expect(resize("\(more)", &script) == [.resizePool(bytes: more)])
        script.send(.outcome(.resizePool(bytes: more), .done("done")))
        // Meanwhile it has grown: giving the old size back takes pages.
        script.send(.tick(300))
        script.send(.snapshot(SampleDeck.snapshot(index: 2, pages: 100_000)))
        let before = SampleDeck.snapshot().pool.totalBytes
        #expect(script.press(.character("u")).compactMap(\.command) == [.forecastResize(bytes: before)])
        #expect(script.shows("undo: resize pool"))
        #expect(script.press(.character("y")).compactMap(\.command) == [.resizePool(bytes: before)])
    }

    @Test func aDryRunIsOrderedWithoutAQuestion() {
        var script = Script()
        #expect(resize("8M --dry-run", &script) == [.forecastResize(bytes: 8 << 20)])
        #expect(script.state.overlay == nil)
        script.send(.outcome(.forecastResize(bytes: 8 << 20), .done("45 -> 22 pages: a 14 leave")))
        #expect(script.shows("45 -> 22 pages: a 14 leave"))
    }

    @Test func registeringOverANameAsksAndNamesTheVersion() throws {
        var script = Script(snapshot: Self.snapshot)
        script.press(.character(":"), .paste("register shop /x/y"), .enter)
        #expect(script.shows("replace adapter"))
        #expect(script.shows("shop  digest \(try #require(Self.shop.digest).short)"))
        #expect(script.shows("points at what /x/y holds"))
    }

    // MARK: what a question says

    @Test func aPauseIsToldAsItIs() throws {
        var script = Script(width: 80, height: 24)
        script.press(.character("A"))
        #expect(script.shows("new requests wait in the queue (limit 4096, then 429)"))
        #expect(script.shows("running requests go on"))
        #expect(script.shows("nothing is lost"))
        try Goldens.check(script.lines, "dialog-pause-80x24")
        // Who has an objective is given up once it cannot be met.
        var goals = Script(snapshot: SampleFleet.full())
        goals.press(.character("A"))
        #expect(!goals.shows("nothing is lost"))
        #expect(goals.shows("tenants with an objective: what cannot meet it any more is refused"))
    }

    @Test func anEvictionSaysWhetherItComesBack() {
        var script = Script()
        for second in 0...90 { script.send(.snapshot(SampleTraffic.snapshot(second))) }
        script.select("pirate-games")
        script.press(.character("e"))
        #expect(
            script.lines.contains {
                $0.contains("asked for ") && $0.contains(" times in the last minute: it will be back")
            })
        var quiet = Script(snapshot: SampleDeck.snapshot(requests: []))
        quiet.select("pirate-games")
        quiet.press(.character("e"))
        #expect(!quiet.shows("asked for"))
    }
}

import DeckCore
import TerminalKit
import Testing

@testable import Console

/// Orders to the deck: one or all marked, what is asked first, and what takes them back.
@Suite struct ActionTests {
    private func marked(_ names: [String], in view: Key = .character("2")) -> Script {
        var script = Script()
        script.press(view)
        for name in names {
            script.select(name)
            script.press(.character(" "))
        }
        return script
    }

    private func done(_ command: DeckCommand) -> ConsoleEvent { .outcome(command, .done("done")) }

    // MARK: marks

    @Test func oneQuestionForAllMarked() throws {
        var script = marked(["pirate-games", "clinic-notes", "harbor-bank", "kids-garden"])
        #expect(script.press(.character("e")) == [])
        #expect(script.shows("evict 2 adapters"))
        for name in ["pirate-games", "clinic-notes"] {
            let digest = try #require(script.state.adapter(.adapter(name))?.digest)
            #expect(script.shows("\(name)  digest \(digest.short)"))
        }
        #expect(script.shows("frees 112 pages"))
        #expect(script.shows("left out: harbor-bank (pinned: unpin first (p))"))
        #expect(script.shows("left out: kids-garden (not in the pool)"))
        #expect(script.shows("drain: 3 running sequences finish first, then they leave"))
        let commands = script.press(.character("y")).compactMap(\.command).map(\.commandLine)
        #expect(commands == ["evict clinic-notes", "evict pirate-games"])
        #expect(script.state.marks.isEmpty)
    }

    /// The list re-sorts, marks change and a version is replaced while the question is open.
    @Test func markedTargetsAreFrozenWhenTheDialogOpens() throws {
        var script = marked(["pirate-games", "clinic-notes"])
        let digest = try #require(script.state.adapter(.adapter("pirate-games"))?.digest)
        script.press(.character("e"), .character("a"))
        script.send(.tick(300))
        let renewed = SampleDeck.adapters.reversed().map { adapter in
            SampleDeck.adapter(adapter.name, rank: 32, running: 9, rate: 900, versions: SampleDeck.versions(1))
        }
        script.send(.snapshot(SampleDeck.snapshot(index: 2, adapters: renewed.filter { $0.name != "clinic-notes" })))
        let orders = script.press(.character("y")).compactMap(\.command)
        #expect(orders.map(\.commandLine) == ["evict clinic-notes --abort", "evict pirate-games --abort"])
        guard case .evict(_, let frozen, .abort)? = orders.last else {
            Issue.record("no eviction")
            return
        }
        #expect(frozen == digest)
    }

    @Test func markedAreLoadedTogether() {
        var script = marked(["kids-garden", "sql-helper", "pirate-games"])
        #expect(script.press(.character("l")) == [])
        #expect(script.shows("load 2 adapters"))
        #expect(script.shows("need 62 pages"))
        #expect(script.shows("left out: pirate-games (already resident)"))
        // The opener is not the key that confirms, and the default does nothing.
        script.press(.character("l"))
        #expect(script.press(.enter) == [])
        #expect(script.state.marks.count == 3)
        script.press(.character("l"))
        let commands = script.press(.tab, .enter).compactMap(\.command)
        #expect(commands == [.load(adapter: "kids-garden"), .load(adapter: "sql-helper")])
    }

    @Test func markedArePinnedThenUnpinned() {
        var script = marked(["pirate-games", "harbor-bank"])
        script.press(.character("p"))
        #expect(script.shows("pin adapter"))
        #expect(script.shows("left out: harbor-bank (pinned already)"))
        #expect(script.press(.character("y")).compactMap(\.command) == [.pin(adapter: "pirate-games")])
        var pinned = marked(["harbor-bank", "kids-garden"])
        pinned.press(.character("p"))
        #expect(pinned.press(.character("y")).compactMap(\.command) == [.unpin(adapter: "harbor-bank")])
    }

    @Test func nothingPossibleForAnyMarkedSaysWhy() {
        var script = marked(["harbor-bank", "kids-garden"])
        #expect(script.press(.character("e")) == [])
        #expect(script.shows("evict: none of the 2 marked (harbor-bank: pinned: unpin first (p))"))
    }

    @Test func longListsScrollInTheDialog() {
        let adapters = (0..<40).map { SampleDeck.adapter("adapter-\($0)") }
        var script = Script(width: 80, height: 24, snapshot: SampleDeck.snapshot(adapters: adapters, pages: 4_000))
        script.press(.character("2"))
        for _ in 0...40 { script.press(.character(" ")) }
        script.press(.character("e"))
        #expect(script.shows("evict 40 adapters"))
        #expect(script.shows("adapter-0  digest"))
        #expect(script.shows("Up Down scroll"))
        #expect(!script.shows("frees"))
        for _ in 0..<60 { script.press(.down) }
        #expect(script.shows("frees 1600 pages"))
        #expect(script.shows("[ Cancel ]"))
        #expect(script.press(.character("y")).count == 40)
    }

    // MARK: requests

    @Test func abortNamesItsRequest() throws {
        var script = Script()
        script.press(.character("6"))
        let id = try #require(script.state.view.screen.request(script.state))
        #expect(script.press(.character("x")) == [])
        #expect(script.shows("abort request"))
        #expect(script.shows("request \(id)"))
        // Every request moves, and the one that was named ends: it is still the one that is aborted.
        script.send(.tick(300))
        let others = SampleDeck.requests().reversed().filter { $0.id != id }
        script.send(.snapshot(SampleDeck.snapshot(index: 2, requests: Array(others))))
        #expect(script.shows("request \(id)"))
        // The opener does not confirm.
        #expect(script.press(.character("x")) == [])
        #expect(script.press(.character("y")) == [.perform(.abort(id))])
    }

    // MARK: admission, versions, names

    @Test func admissionIsPausedAfterAQuestionAndResumedWithoutOne() {
        var script = Script()
        #expect(script.press(.character("A")) == [])
        #expect(script.shows("pause admission"))
        #expect(script.press(.character("y")) == [.perform(.setAdmission(isOpen: false))])
        var paused = Script(snapshot: SampleDeck.snapshot(admissionPaused: AdmissionPause(by: "ana", seconds: 34)))
        #expect(paused.press(.character("A")) == [.perform(.setAdmission(isOpen: true))])
    }

    @Test func rollsBackToAVersionByItsDigest() {
        let adapters = [SampleDeck.adapter("shop", running: 2, versions: SampleDeck.versions(2))]
        var script = Script(snapshot: SampleDeck.snapshot(adapters: adapters))
        script.select("shop")
        script.press(.character("v"))
        #expect(script.shows("versions of shop: roll back to"))
        #expect(script.shows("(the current version)"))
        // The cursor begins on the latest of those before.
        script.press(.down)
        #expect(script.press(.enter) == [])
        let digest = SampleDeck.digest(202)
        #expect(script.shows("points back at \(digest.short)"))
        #expect(script.press(.character("y")) == [.perform(.rollback(adapter: "shop", to: digest))])
        // The current version is no place to go back to.
        script.press(.character("v"), .home, .enter)
        #expect(script.shows("the current version"))
        #expect(script.state.overlay != nil)
        var single = Script()
        single.select("pirate-games")
        #expect(single.press(.character("v")) == [])
        #expect(single.shows("versions: there is no earlier version"))
    }

    @Test func unregisterAsksAndNamesTheDigest() throws {
        var script = Script()
        script.select("pirate-games")
        #expect(script.press(.character("X")) == [])
        #expect(script.shows("unregister adapter"))
        let digest = try #require(script.state.adapter(.adapter("pirate-games"))?.digest)
        #expect(script.shows(digest.short))
        #expect(script.press(.character("X")) == [])
        #expect(script.press(.enter) == [])
        script.press(.character("X"))
        #expect(script.press(.character("y")) == [.perform(.unregister(adapter: "pirate-games"))])
    }

    // MARK: undo

    @Test func undoGivesTheOppositeOrder() {
        var script = Script()
        script.select("boutique-fr")
        #expect(script.press(.character("u")) == [])
        #expect(script.shows("nothing to undo"))
        script.press(.character("p"))
        // Not before the deck said that it was done.
        #expect(script.press(.character("u")) == [])
        script.send(done(.pin(adapter: "boutique-fr")))
        #expect(script.press(.character("u")) == [.perform(.unpin(adapter: "boutique-fr"))])
        script.send(done(.unpin(adapter: "boutique-fr")))
        // An undo is not undone by the next.
        #expect(script.press(.character("u")) == [])
    }

    @Test func undoOfALoadIsAnEvictionAndAsks() {
        var script = Script()
        script.select("kids-garden")
        script.press(.character("l"))
        script.send(done(.load(adapter: "kids-garden")))
        #expect(script.press(.character("u")) == [])
        #expect(script.shows("undo: evict adapter"))
        #expect(script.shows("takes back: load kids-garden"))
        // Cancelled, it can be taken back later.
        script.press(.escape)
        script.press(.character("u"))
        guard case .evict("kids-garden", _, .drain)? = script.press(.character("y")).first?.command else {
            Issue.record("no eviction")
            return
        }
    }

    @Test func refusedOrdersAreNotUndone() {
        var script = Script()
        script.select("kids-garden")
        script.press(.character("l"))
        script.send(.outcome(.load(adapter: "kids-garden"), .refused("needs 40 pages, 3 free")))
        #expect(script.press(.character("u")) == [])
        #expect(script.shows("nothing to undo"))
    }

    @Test(arguments: [
        (DeckCommand.resizePool(bytes: 1 << 30), DeckCommand.resizePool(bytes: 512 * SampleDeck.pageBytes)),
        (.setAdmission(isOpen: false), .setAdmission(isOpen: true)),
        (.rollback(adapter: "shop", to: SampleDeck.digest(9)), .rollback(adapter: "shop", to: SampleDeck.digest(201))),
        (
            .register(name: "shop", path: "/x", overrideBase: false),
            .rollback(adapter: "shop", to: SampleDeck.digest(201))
        ),
        (.register(name: "new", path: "/x", overrideBase: false), .unregister(adapter: "new")),
        (.unregister(adapter: "shop"), .register(name: "shop", path: "/srv/adapters/shop", overrideBase: false)),
        (.only(replica: "a", .pin(adapter: "shop")), .only(replica: "a", .unpin(adapter: "shop"))),
    ]) func inverses(_ order: DeckCommand, _ back: DeckCommand) {
        let shop = SampleDeck.adapter("shop")
        let found = AdapterSnapshot(
            name: "shop", digest: SampleDeck.digest(201), tenant: nil, state: .resident, isPinned: false,
            facts: shop.facts, proof: nil, pages: 1, pagesNeeded: 1, overheadBytes: 0, kvPages: 0, running: 0,
            waiting: 0, tokensPerSecond: 0, timeToFirstToken: nil, interTokenLatency: nil, hits: 0, loads: 0,
            evictions: 0, requestsFinished: 0, tokensGenerated: 0, lastUsed: nil, lastLoadSeconds: nil)
        let inverse = order.inverse(poolBytes: 512 * SampleDeck.pageBytes) { $0 == "shop" ? found : nil }
        #expect(inverse == back)
        #expect(DeckCommand.abort(RequestID(1)).inverse(poolBytes: nil) { _ in nil } == nil)
    }

    // MARK: read-only

    @Test func readOnlyShowsEveryOrderWithItsReason() {
        let reason = ReadOnlyDeck.reason
        var configuration = SampleDeck.configuration
        configuration.isReadOnly = true
        var script = Script(
            width: 200, height: 60, snapshot: SampleDeck.snapshot().disablingAll(reason), configuration: configuration)
        #expect(script.lines.first?.contains("READ-ONLY") == true)
        script.select("pirate-games")
        for (key, name) in [
            ("l", "load"), ("e", "evict"), ("p", "pin"), ("L", "from path"), ("v", "versions"), ("t", "test"),
        ] {
            #expect(script.shows("(\(key) \(name))"), "\(key)")
            #expect(script.press(.character(Character(key))) == [], "\(key)")
            #expect(script.shows(reason), "\(key)")
            #expect(script.state.overlay == nil)
        }
        for key in ["X", "A"] {
            #expect(script.press(.character(Character(key))) == [])
            #expect(script.shows(reason))
        }
        for line in ["load kids-garden", "resize 1G", "pause", "resume", "verify /x", "register a /x", "abort 801"] {
            script.press(.character(":"))
            script.type(line)
            let orders = script.press(.enter).compactMap(\.command)
            #expect(orders == [], "\(line)")
            #expect(script.shows(reason), "\(line)")
        }
    }

    // MARK: messages

    @Test func aLongRefusalIsShownWhole() {
        var script = Script(width: 80, height: 24)
        let reason =
            "needs 688 pages, 412 free, 300 evictable (clinic-notes 120, boutique-fr 180, harbor-bank 72, and the rest of them)"
        script.send(.outcome(.load(adapter: "big"), .refused(reason)))
        #expect(script.shows("refused"))
        #expect(script.shows("and the rest of them)"))
        script.send(.tick(109))
        #expect(!script.shows("and the rest of them)"))
    }
}

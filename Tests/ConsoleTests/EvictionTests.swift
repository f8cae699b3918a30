import DeckCore
import TerminalKit
import TestSupport
import Testing

@testable import Console

@Suite struct EvictionTests {
    private func opened(_ name: String = "pirate-games") -> Script {
        var script = Script()
        script.select(name)
        script.press(.character("e"))
        return script
    }

    @Test(arguments: [Key.escape, .character("n"), .enter, .character("q")]) func cancels(_ key: Key) {
        var script = opened()
        #expect(script.shows("evict adapter"))
        #expect(script.press(key) == [])
        #expect(!script.shows("evict adapter"))
        #expect(script.shows("cancelled"))
    }

    @Test func openerAndOtherKeysDoNotConfirm() {
        var script = opened()
        for key in [
            Key.character("e"), .character("p"), .character("l"), .character("2"), .character(" "), .down, .delete,
            .paste("y"),
        ] {
            #expect(script.press(key) == [])
            #expect(script.shows("evict adapter"), "\(key)")
        }
        #expect(script.state.marks.isEmpty)
        #expect(script.state.view == .overview)
    }

    @Test func confirmsWithAnotherKey() throws {
        var script = opened()
        #expect(script.shows("drain: 3 running sequences finish first"))
        let adapter = try #require(script.state.adapter(.adapter("pirate-games")))
        let effects = script.press(.character("y"))
        #expect(effects == [.perform(.evict(adapter: "pirate-games", digest: adapter.digest, mode: .drain))])
        #expect(script.state.overlay == nil)
    }

    @Test func abortIsAskedForExplicitly() {
        var script = opened()
        script.press(.character("a"))
        #expect(script.shows("ABORT: 3 running sequences end now"))
        guard case .evict(_, _, .abort)? = script.press(.character("y")).first?.command else {
            Issue.record("no abort")
            return
        }
    }

    @Test func focusedButtonIsWhatEnterPresses() {
        var script = opened()
        #expect(script.shows("[ Cancel ]"))
        script.press(.tab)
        #expect(script.shows("[ Evict ]"))
        #expect(!script.shows("[ Cancel ]"))
        #expect(script.press(.enter).count == 1)
    }

    /// The list behind the dialog changes order and content; the adapter that was named is the one that goes.
    @Test func targetIsFrozenWhenTheDialogOpens() throws {
        var script = opened()
        let digest = try #require(script.state.adapter(.adapter("pirate-games"))?.digest)
        let others = SampleDeck.adapters.filter { $0.name != "pirate-games" }.reversed().map {
            SampleDeck.adapter($0.name, running: 9, rate: 500)
        }
        script.send(.tick(200))
        // First a new version under the same name, then it is gone altogether.
        let renewed = AdapterSnapshot(
            name: "pirate-games", digest: SampleDeck.digest(99), tenant: nil, state: .resident, isPinned: false,
            facts: nil, proof: nil, pages: 1, pagesNeeded: 1, overheadBytes: 0, kvPages: 0, running: 0, waiting: 0,
            tokensPerSecond: 0, timeToFirstToken: nil, interTokenLatency: nil, hits: 0, loads: 0, evictions: 0,
            requestsFinished: 0, tokensGenerated: 0, lastUsed: nil, lastLoadSeconds: nil)
        script.send(.snapshot(SampleDeck.snapshot(index: 2, adapters: others + [renewed])))
        #expect(script.shows("pirate-games  digest \(digest.short)"))
        var early = script
        #expect(
            early.press(.character("y"))
                == [.perform(.evict(adapter: "pirate-games", digest: digest, mode: .drain))])
        script.send(.snapshot(SampleDeck.snapshot(index: 3, adapters: others)))
        let effects = script.press(.character("y"))
        #expect(effects == [.perform(.evict(adapter: "pirate-games", digest: digest, mode: .drain))])
    }

    @Test func orderHoldsStillAfterTheCursorMoved() {
        var script = Script()
        script.press(.down, .down)
        let before = script.state.overviewList.rows
        let selected = script.state.selected
        let changed = SampleDeck.adapters.map {
            SampleDeck.adapter(
                $0.name, running: $0.name == "sql-helper" ? 9 : 0, rate: $0.name == "sql-helper" ? 500 : 0)
        }
        script.send(.tick(101))
        script.send(.snapshot(SampleDeck.snapshot(index: 2, adapters: changed)))
        #expect(script.state.overviewList.rows == before)
        script.send(.tick(110))
        script.send(.snapshot(SampleDeck.snapshot(index: 3, adapters: changed)))
        #expect(script.state.overviewList.rows.first == .adapter("sql-helper"))
        #expect(script.state.selected == selected)
    }

    @Test func pinnedIsRefusedBeforeTheDialog() {
        var script = opened("harbor-bank")
        #expect(script.state.overlay == nil)
        #expect(script.shows("pinned: unpin first (p)"))
        #expect(script.press(.character("p")) == [.perform(.unpin(adapter: "harbor-bank"))])
    }

    @Test func commandLineAsksToo() {
        var script = Script()
        script.press(.character(":"))
        script.type("evict boutique-fr --abort")
        #expect(script.press(.enter) == [])
        #expect(script.shows("ABORT: 1 running sequence"))
        #expect(script.press(.character("y")).first?.command?.commandLine == "evict boutique-fr --abort")
        script.press(.character(":"))
        script.type("abort 803")
        #expect(script.press(.enter) == [])
        #expect(script.shows("ends it after 44 generated tokens"))
        #expect(script.press(.character("y")) == [.perform(.abort(RequestID(803)))])
    }
}

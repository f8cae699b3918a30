import DeckCore
import TerminalKit
import Testing

@testable import Console

/// Loading from a path: completion, dry run, name, registration, load and proof, one after the other.
@Suite struct LoadDialogTests {
    static let root = FolderListing(
        folder: "",
        entries: [
            .init(name: "pirates", isFolder: true, isAdapter: true),
            .init(name: "pirates-v2", isFolder: true, isAdapter: true),
            .init(name: "shops", isFolder: true, isAdapter: false),
            .init(name: "tiny.gguf", isFolder: false, isAdapter: true),
            .init(name: "bad\u{1B}name", isFolder: true, isAdapter: true),
            .init(name: ".hidden", isFolder: true, isAdapter: false),
        ])
    static let shops = FolderListing(
        folder: "shops/", entries: [.init(name: "harbor", isFolder: true, isAdapter: true)])

    private func opened() -> Script {
        var script = Script()
        #expect(script.press(.character("L")) == [.listFolder("")])
        script.send(.folder(Self.root))
        return script
    }

    private func dialog(_ script: Script) throws -> LoadDialog {
        guard case .load(let dialog)? = script.state.overlay else { throw DialogGone() }
        return dialog
    }

    private struct DialogGone: Error {}

    @Test func completesPathsFolderByFolder() throws {
        var script = opened()
        #expect(script.shows("pirates-v2"))
        // What cannot be typed, and what hides, is not offered.
        #expect(!script.shows("hidden"))
        #expect(!script.shows("bad"))
        script.type("p")
        script.press(.tab)
        #expect(try dialog(script).path.text == "pirates")
        script.press(.control("u"))
        script.type("s")
        #expect(script.press(.tab) == [.listFolder("shops/")])
        #expect(script.shows("looking"))
        script.send(.folder(Self.shops))
        #expect(script.shows("shops/harbor"))
        script.press(.tab)
        #expect(try dialog(script).path.text == "shops/harbor")
        #expect(try dialog(script).name.text == "harbor")
        script.type("x")
        #expect(script.shows("nothing begins with that"))
    }

    @Test func arrowsChooseAndEnterOpensFoldersAndChecksAdapters() throws {
        var script = opened()
        script.press(.down, .down, .down)
        #expect(script.press(.enter) == [.listFolder("shops/")])
        script.send(.folder(Self.shops))
        #expect(script.press(.down, .enter) == [.perform(.verify(path: "shops/harbor"))])
        #expect(script.shows("dry run under way"))
    }

    @Test func nothingIsRegisteredBeforeTheDryRun() throws {
        var script = opened()
        script.type("tiny.gguf")
        let verify = DeckCommand.verify(path: "tiny.gguf")
        #expect(script.press(.enter) == [.perform(verify)])
        // Keys do nothing while it runs.
        #expect(script.type("abc") == [])
        #expect(try dialog(script).path.text == "tiny.gguf")
        script.send(.outcome(verify, .done("gguf, rank 8, 120 of 210 modules, base verified, 40 pages")))
        #expect(script.shows("dry run: gguf, rank 8"))
        #expect(script.shows("a new name"))
        #expect(script.shows("[ Register and load ]"))
        let register = DeckCommand.register(name: "tiny", path: "tiny.gguf", overrideBase: false)
        #expect(script.press(.enter) == [.perform(register)])
        let load = DeckCommand.load(adapter: "tiny")
        #expect(script.send(.outcome(register, .done("registered tiny"))) == [.perform(load)])
        script.send(.outcome(load, .done("loaded in 142ms: 40 pages")))
        #expect(script.shows("loaded in 142ms"))
        #expect(script.shows("proof of effect: not known so far"))
        script.send(
            .snapshot(SampleDeck.snapshot(index: 2, adapters: SampleDeck.adapters + [SampleDeck.adapter("tiny")])))
        #expect(script.shows("proof of effect: 120 of 210 modules"))
        #expect(script.shows("moves the base by 0.83 nats, to another most likely token"))
        script.press(.enter)
        #expect(script.state.overlay == nil)
    }

    @Test func aRefusedDryRunEndsThere() throws {
        var script = opened()
        script.type("pirates")
        script.press(.enter)
        script.send(.outcome(.verify(path: "pirates"), .refused("declares base gpt2, this deck serves SmolLM2")))
        #expect(script.shows("refused, and nothing was changed"))
        #expect(script.shows("declares base gpt2"))
        #expect(!script.shows("Register"))
        // The path can be put right at once.
        script.type("-v2")
        #expect(script.press(.enter) == [.perform(.verify(path: "pirates-v2"))])
    }

    @Test func aTakenNameIsReplacedOnlyByWhoGoesToTheButton() throws {
        var script = opened()
        script.press(.escape, .character(":"))
        script.type("load ./pirate-games")
        let verify = DeckCommand.verify(path: "./pirate-games")
        #expect(script.press(.enter).contains(.perform(verify)))
        script.send(.outcome(verify, .done("peft, rank 8")))
        #expect(script.shows("replaces version"))
        #expect(script.shows("[ Cancel ]"))
        #expect(script.press(.enter) == [])
        #expect(script.state.overlay == nil)
    }

    @Test func registersOnlyUnderAnotherName() throws {
        var script = opened()
        script.type("pirates")
        script.press(.enter)
        script.send(.outcome(.verify(path: "pirates"), .done("fine")))
        // From the load button on: path, name, and round to the buttons.
        script.press(.tab, .tab)
        #expect(try dialog(script).focus == .name)
        script.press(.control("u"))
        script.type("my pirates")
        script.press(.enter, .backTab)
        #expect(try dialog(script).focus == .register)
        #expect(script.press(.enter) == [])
        #expect(script.shows("an adapter needs a name of its own, without blanks"))
        script.press(.control("u"), .paste("corsairs"), .enter, .backTab)
        let register = DeckCommand.register(name: "corsairs", path: "pirates", overrideBase: false)
        #expect(script.press(.enter) == [.perform(register)])
        #expect(script.send(.outcome(register, .done("registered corsairs"))) == [])
        #expect(script.shows("registered corsairs"))
    }

    @Test func aPastedLineBreakNeverSubmits() throws {
        var script = opened()
        #expect(script.press(.paste("pirates\n")).allSatisfy { $0.command == nil })
        #expect(script.state.overlay != nil)
        #expect(try dialog(script).phase == .typing)
    }

    @Test func aDeckWithoutADryRunSaysSo() throws {
        var script = Script(snapshot: SampleDeck.snapshot(disabled: [.verify: "vLLM has none"]))
        script.press(.character("L"))
        script.send(.folder(FolderListing(folder: "", entries: [], problem: "paths are not completed on this deck")))
        #expect(script.shows("paths are not completed on this deck"))
        script.type("/models/pirates")
        #expect(script.press(.enter).compactMap(\.command) == [])
        #expect(script.shows("dry run: not possible on this deck (vLLM has none)"))
        let register = DeckCommand.register(name: "pirates", path: "/models/pirates", overrideBase: false)
        #expect(script.press(.enter) == [.perform(register)])
    }

    @Test func leavingDoesNotStopWhatIsUnderWay() {
        var script = opened()
        script.type("pirates")
        script.press(.enter, .escape)
        #expect(script.state.overlay == nil)
        // Its outcome is a message then, and opens nothing.
        #expect(script.send(.outcome(.verify(path: "pirates"), .done("fine"))) == [])
        #expect(script.state.overlay == nil)
        #expect(script.shows("fine"))
    }
}

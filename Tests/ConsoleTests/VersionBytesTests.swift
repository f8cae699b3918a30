import DeckCore
import TerminalKit
import Testing

@testable import Console

/// Where the bytes of versions are: said before a roll-back is chosen, and before a version is replaced.
@Suite struct VersionBytesTests {
    private let gone = VersionBytes.gone(reason: "the folder holds 22dc545844b7 now")

    private func script(_ bytes: [VersionBytes]) -> Script {
        let adapter = SampleDeck.adapter("shop", versions: SampleDeck.versions(bytes.count - 1, bytes: bytes))
        var script = Script(snapshot: SampleDeck.snapshot(adapters: [adapter]))
        script.select("shop")
        return script
    }

    @Test func theMenuSaysWhatIsGoneAndDoesNotOfferIt() {
        var script = script([.kept, gone, .kept, .onlyInPlace(reason: "versions-budget is 0")])
        script.press(.character("v"))
        #expect(script.shows("\(SampleDeck.digest(201).short)  (gone: the folder holds 22dc545844b7 now)"))
        #expect(script.shows(", no copy is kept"))
        // The cursor begins on the latest that can be gone back to.
        script.press(.up)
        #expect(script.press(.enter) == [])
        #expect(script.state.overlay != nil)
        #expect(script.shows("gone: the folder holds 22dc545844b7 now"))
        script.press(.down, .enter)
        #expect(script.shows("points back at \(SampleDeck.digest(202).short)"))
    }

    @Test func theCommandLineNeitherCompletesNorAsks() {
        var script = script([.kept, gone, .kept])
        #expect(Completion("rollback shop ", state: script.state).candidates == [SampleDeck.digest(202).short])
        script.press(.character(":"))
        script.type("rollback shop \(SampleDeck.digest(201).short)")
        #expect(script.press(.enter) == [])
        #expect(script.state.overlay == nil)
        #expect(script.shows("shop cannot go back to \(SampleDeck.digest(201).short): gone: the folder holds 22dc"))
    }

    @Test func whereEverythingIsGoneTheMenuStillSaysSo() {
        var script = script([.kept, gone, gone])
        script.press(.character("v"))
        #expect(script.press(.enter) == [])
        #expect(script.state.overlay != nil)
    }

    @Test(
        arguments: [
            (VersionBytes.kept, "which is kept; what runs finishes on it"),
            (.onlyInPlace(reason: "versions-budget is 0"), "WHICH WILL NOT BE KEPT (versions-budget is 0)"),
            (.gone(reason: "the folder holds 22dc now"), "WHICH WILL NOT BE KEPT (the folder holds 22dc now)"),
            (nil, "; what runs finishes on it"),
        ] as [(VersionBytes?, String)])
    func whoReplacesIsToldWhetherTheOldVersionIsKept(bytes: VersionBytes?, words: String) {
        let versions = SampleDeck.versions(0, bytes: bytes.map { [$0] } ?? [])
        var script = Script(snapshot: SampleDeck.snapshot(adapters: [SampleDeck.adapter("shop", versions: versions)]))
        script.press(.character(":"))
        script.type("load ./shop")
        script.press(.enter)
        script.send(.outcome(.verify(path: "./shop"), .done("peft, rank 8")))
        #expect(script.shows("replaces version"))
        #expect(script.shows(words))
        #expect(script.shows("[ Cancel ]"))
    }

    @Test func hostileReasonsAreCleaned() {
        let hostile = "holds \u{1B}[2J\u{202E}22dc\nnow"
        let raw = SampleDeck.snapshot(
            adapters: [
                SampleDeck.adapter(
                    "shop",
                    versions: SampleDeck.versions(
                        2, bytes: [.kept, .gone(reason: hostile), .onlyInPlace(reason: hostile)]))
            ])
        var script = Script(snapshot: raw)
        script.select("shop")
        script.press(.character("v"))
        HostileTextTests.check(script.frame, "versions", dialog: "versions of")
        for bytes in script.state.adapter(.adapter("shop"))?.versions.compactMap(\.bytes) ?? [] {
            if case .gone(let reason) = bytes { #expect(reason == Sanitiser.line(hostile)) }
            if case .onlyInPlace(let reason) = bytes { #expect(reason == Sanitiser.line(hostile)) }
        }
    }
}

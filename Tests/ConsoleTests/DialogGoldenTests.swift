import DeckCore
import TerminalKit
import TestSupport
import Testing

@testable import Console

/// Dialogs, menus, forms and the comparison at three sizes, and with texts that try to leave them.
@Suite struct DialogGoldenTests {
    /// Every dialog, with the title of its box.
    static func scripts(
        _ size: Size, _ glyphs: GlyphSet = .unicode, snapshot: DeckSnapshot = sample,
        text: String = "Where is my parcel?"
    ) -> [(name: String, title: String, script: Script)] {
        func made(_ name: String, _ title: String, _ change: (inout Script) -> Void) -> (String, String, Script) {
            var script = Script(width: size.width, height: size.height, glyphs: glyphs, snapshot: snapshot)
            script.press(.character("2"), .character("g"), .down)
            change(&script)
            return (name, title, script)
        }
        return [
            made("evict-marked", "evict ") { script in
                for _ in 0..<8 { script.press(.character(" ")) }
                script.press(.character("e"))
            },
            made("load", "load from a path") { script in
                script.press(.character("L"))
                script.send(.folder(LoadDialogTests.root))
                script.press(.paste("pi"), .down)
            },
            made("load-checked", "load from a path") { script in
                script.press(.character("L"))
                script.send(.folder(LoadDialogTests.root))
                script.press(.paste("pirates"), .enter)
                let found = "peft, rank 8, 120 of 210 modules, base verified, needs 40 pages, \(text)"
                script.send(.outcome(.verify(path: "pirates"), .done(found)))
            },
            made("load-refused", "load from a path") { script in
                script.press(.character("L"), .paste("pirates"), .enter)
                script.send(.outcome(.verify(path: "pirates"), .refused("declares base gpt2; \(text)")))
            },
            made("unregister", "unregister adapter") { $0.press(.character("X")) },
            made("admission", "pause admission") { $0.press(.character("A")) },
            made("abort", "abort request") { $0.press(.character("6"), .character("x")) },
            made("versions", "versions of") { $0.press(.character("v")) },
            made("versions-gone", "versions of") { script in
                script.send(
                    .snapshot(
                        SampleDeck.snapshot(
                            index: 2,
                            adapters: [
                                SampleDeck.adapter(
                                    "aa-shop", running: 1,
                                    versions: SampleDeck.versions(
                                        3,
                                        bytes: [
                                            .kept, .gone(reason: "the folder holds 22dc545844b7 now"), .kept,
                                            .onlyInPlace(reason: text),
                                        ]))
                            ] + SampleDeck.adapters)))
                script.press(.character("v"))
            },
            made("theme", "theme") { $0.press(.character("T")) },
            made("copy", "copy") { $0.press(.character("y")) },
            made("dump", "dump") { $0.press(.control("s")) },
            made("options", "options of the next prompts") { $0.press(.character("7"), .escape, .character("o")) },
            made("save-prompt", "save a prompt") { script in
                script.press(.character("t"), .paste(text), .escape, .character("a"))
            },
            made("delete-prompt", "delete saved prompt") { script in
                script.press(.character("t"), .paste(text), .escape, .character("a"), .enter)
                script.state.desk.focus = .samples
                script.press(.character("d"))
            },
        ]
    }

    static var sample: DeckSnapshot {
        SampleDeck.snapshot(
            adapters: [SampleDeck.adapter("aa-shop", running: 1, versions: SampleDeck.versions(2))]
                + SampleDeck.adapters)
    }

    private static func compared(_ size: Size) -> Script {
        let adapters = (0..<8).map { SampleDeck.adapter("adapter-\($0)") }
        var script = Script(width: size.width, height: size.height, snapshot: SampleDeck.snapshot(adapters: adapters))
        script.press(.character("2"), .character("g"), .down)
        for _ in 0..<8 { script.press(.character(" ")) }
        script.press(.character("c"), .paste("Where is my parcel?"), .enter)
        let answers = [
            "Your parcel is on its way.", "Your parcel be on its way, matey.", "{\"status\": \"on its way\"}",
        ]
        for column in 0..<9 {
            for piece in answers[column % 3].split(separator: " ") {
                script.send(
                    .prompt(session: 1, column: column, .token(id: 1, text: "\(piece) ", logprob: nil, top: [])))
            }
            guard column != 4 else { continue }
            let timeline = RequestTimeline(firstToken: 0.1 + Double(column) * 0.02, finished: 1.2)
            script.send(
                .prompt(session: 1, column: column, .finished(.stop, text: "", promptLogprobs: [], timeline: timeline)))
        }
        return script
    }

    @Test(arguments: ScreenGoldenTests.sizes) func dialogs(_ size: Size) throws {
        for (name, title, script) in Self.scripts(size) {
            #expect(script.state.overlay != nil, "\(name)")
            #expect(script.shows("┌─ \(title)"), "\(name)")
            try Goldens.check(script.lines, "dialog-\(name)-\(size.width)x\(size.height)")
        }
    }

    @Test(arguments: ScreenGoldenTests.sizes) func comparison(_ size: Size) throws {
        try Goldens.check(Self.compared(size).lines, "compare-\(size.width)x\(size.height)")
    }

    /// At every size from the smallest, closed borders and the buttons in sight.
    @Test func dialogsFitEverywhere() {
        for (name, title, script) in Self.scripts(Size(width: 120, height: 40)) {
            for size in [(40, 10), (41, 11), (60, 14), (79, 23), (100, 30), (300, 100)] {
                var script = script
                script.send(.resize(Size(width: size.0, height: size.1)))
                if let flaw = BoxCheck(script.frame).flaw(titled: title) {
                    Issue.record("\(name) \(size): \(flaw)")
                }
                if case .confirmation? = script.state.overlay { #expect(script.shows("[ Cancel ]"), "\(name) \(size)") }
            }
        }
        for size in [(40, 10), (60, 14), (80, 24), (120, 40), (300, 100)] {
            let grid = Self.compared(Size(width: size.0, height: size.1)).frame
            if let flaw = BoxCheck(grid).flaw() { Issue.record("compare \(size): \(flaw)") }
        }
    }

    /// The focused button is told apart without colour.
    @Test func focusIsInTheTextToo() {
        var script = Script(glyphs: .ascii)
        script.select("pirate-games")
        script.press(.character("e"))
        #expect(script.shows("[ Cancel ]"))
        #expect(script.shows("y yes"))
        script.press(.tab)
        #expect(script.shows("[ Evict ]"))
        for (name, _, script) in Self.scripts(Size(width: 120, height: 40), .ascii) {
            let foreign = script.lines.joined().filter { !$0.isASCII }
            #expect(foreign.isEmpty, "\(name)")
        }
    }

    @Test(arguments: 1...4) func hostileTexts(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let adapters = (0..<12).map { _ in
            SampleDeck.adapter(HostileTextTests.text(&generator), running: 1, versions: SampleDeck.versions(1))
        }
        for size in [Size(width: 61, height: 17), Size(width: 120, height: 40)] {
            let scripts = Self.scripts(
                size, snapshot: SampleDeck.snapshot(adapters: adapters), text: HostileTextTests.text(&generator))
            for (name, title, script) in scripts {
                HostileTextTests.check(script.frame, "\(name) of \(seed)", dialog: title)
            }
            var script = Script(
                width: size.width, height: size.height, snapshot: SampleDeck.snapshot(adapters: adapters))
            script.press(.character("L"))
            let entries = (0..<20).map { _ in
                FolderListing.Entry(name: HostileTextTests.text(&generator), isFolder: true, isAdapter: false)
            }
            script.send(
                .folder(FolderListing(folder: "", entries: entries, problem: HostileTextTests.text(&generator))))
            HostileTextTests.check(script.frame, "candidates of \(seed)", dialog: "load from a path")
            script.press(.escape)
            script.send(.notice(HostileTextTests.text(&generator), .error))
            HostileTextTests.check(script.frame, "notice of \(seed)", dialog: "refused")
        }
    }
}

import DeckCore
import TerminalKit
import Testing

@testable import Console

/// One prompt, several answers side by side.
@Suite struct CompareTests {
    private static let greek = (0..<8).map { SampleDeck.adapter("adapter-\($0)") }

    private func compared(width: Int, height: Int, adapters: Int) -> Script {
        var script = Script(width: width, height: height, snapshot: SampleDeck.snapshot(adapters: Self.greek))
        for adapter in Self.greek.prefix(adapters) {
            script.select(adapter.name)
            script.press(.character(" "))
        }
        script.press(.character("c"))
        script.type("Hello")
        script.press(.enter)
        return script
    }

    private func answer(_ script: inout Script, _ column: Int, _ pieces: [String], ends: Bool = true) {
        for piece in pieces {
            script.send(.prompt(session: 1, column: column, .token(id: 1, text: piece, logprob: nil, top: [])))
        }
        guard ends else { return }
        script.send(
            .prompt(
                session: 1, column: column,
                .finished(.stop, text: "", promptLogprobs: [], timeline: RequestTimeline(firstToken: 0.1, finished: 1)))
        )
    }

    @Test func eightAndTheBaseAreAllInSight() {
        let script = compared(width: 200, height: 60, adapters: 8)
        #expect(script.state.desk.session?.columns.count == 9)
        for index in 0..<8 { #expect(script.shows("─ adapter-\(index) "), "\(index)") }
        #expect(script.shows("─ base "))
        #expect(!script.shows("more: Left Right"))
    }

    @Test func whatDoesNotFitIsReachedWithArrows() {
        var script = compared(width: 80, height: 24, adapters: 8)
        #expect(script.shows("more: Left Right"))
        #expect(!script.shows("─ adapter-7 "))
        script.press(.escape)
        for _ in 0..<8 { script.press(.right) }
        #expect(script.shows("─ adapter-7 "))
    }

    @Test func nineAdaptersAreRefusedWithTheLimit() {
        let adapters = (0..<9).map { SampleDeck.adapter("adapter-\($0)") }
        var script = Script(snapshot: SampleDeck.snapshot(adapters: adapters))
        script.press(.character("2"), .character("g"), .down)
        for _ in 0..<9 { script.press(.character(" ")) }
        #expect(script.state.marks.count == 9)
        #expect(script.press(.character("c")) == [])
        #expect(script.shows("9 adapters are chosen, 8 and the base are compared at most"))
    }

    @Test func differencesAreMarkedAgainstTheBase() throws {
        var script = compared(width: 160, height: 40, adapters: 3)
        answer(&script, 0, ["Hello", " there", " friend"])
        answer(&script, 1, ["Hello", " there", " friend"])
        answer(&script, 2, ["Hello", " matey", "!"])
        answer(&script, 3, ["Hello"])
        #expect(script.shows("the one to compare with"))
        #expect(script.shows("as base"))
        #expect(script.shows("differs at token 2"))
        #expect(script.shows("ends at token 1"))
        let grid = script.frame
        let marked = grid.cells.filter { $0.style == Style(.warning, bold: true, reversed: true) }
        #expect(marked.map(\.character) == ["m"])
    }

    @Test func nothingIsSaidBeforeItIsKnown() {
        var script = compared(width: 160, height: 40, adapters: 1)
        answer(&script, 0, ["Hel"], ends: false)
        answer(&script, 1, ["Hello"], ends: false)
        #expect(script.shows("no difference so far"))
        answer(&script, 0, ["p"])
        #expect(script.shows("differs at token 1"))
    }

    @Test(arguments: [
        ("abc", true, "abc", true, FirstDifference.same),
        ("abc", false, "abc", true, .none),
        ("ab", true, "abc", false, .length(token: 1)),
        ("ab", false, "abc", true, .none),
        ("abc", true, "ab", false, .none),
        ("abc", true, "ab", true, .at(scalar: 2, token: 1)),
        ("axc", false, "abc", false, .at(scalar: 1, token: 1)),
        ("", true, "", true, .same),
        ("e\u{301}", true, "e\u{300}", true, .at(scalar: 1, token: 1)),
    ]) func firstDifference(
        _ answer: String, _ isWhole: Bool, _ base: String, _ baseIsWhole: Bool, _ expected: FirstDifference
    ) {
        let ends = answer.isEmpty ? [] : [answer.unicodeScalars.count]
        #expect(
            FirstDifference(of: answer, isWhole: isWhole, ends: ends, from: base, baseIsWhole: baseIsWhole) == expected)
    }

    /// The mark lands on its scalar wherever wrapping puts it.
    @Test func marksAreFoundInWrappedText() throws {
        let text = "one two  three\n\nfour 漢字 five e\u{301}nd six seven eight nine ten"
        let scalars = Array(text.unicodeScalars)
        for width in [3, 5, 8, 20, 80] {
            for (index, scalar) in scalars.enumerated() where scalar.properties.isAlphabetic {
                let marked = MarkedText(text, mark: index, width: width)
                let place = try #require(marked.place, "\(index) at \(width)")
                var grid = CellGrid(size: Size(width: width + 2, height: marked.lines.count))
                for (row, line) in marked.lines.enumerated() { grid.draw(line, x: 0, y: row) }
                let cell = try #require(grid[place.column, place.row].character)
                #expect(cell.unicodeScalars.contains(scalar), "\(index) at \(width)")
            }
        }
        #expect(MarkedText("abc", mark: 99, width: 10).place == nil)
    }

    // MARK: options and saved prompts

    @Test func optionsAreKeptOnlyWhenTheyFit() throws {
        var script = Script()
        script.press(.character("7"), .escape, .character("o"))
        #expect(script.shows("options of the next prompts"))
        script.press(.control("u"))
        script.type("0")
        script.press(.enter)
        #expect(script.shows("a whole number from 1"))
        script.press(.control("u"), .paste("6\n4"))
        // A pasted line break never submits.
        #expect(script.state.overlay != nil)
        script.press(.tab, .control("u"))
        script.type("0.8")
        script.press(.tab)
        script.type("7")
        script.press(.enter)
        #expect(script.state.overlay == nil)
        #expect(script.shows("at most 64 tokens, temperature 0.8, seed 7"))
        script.state.desk.targets = [.base]
        script.state.desk.focus = .field
        script.type("Hi")
        let effects = script.press(.enter)
        guard case .submit(_, let requests)? = effects.last else {
            Issue.record("nothing was sent")
            return
        }
        #expect(requests.first?.maxTokens == 64)
        #expect(requests.first?.sampling.temperature == 0.8)
        #expect(requests.first?.sampling.seed == 7)
    }

    @Test func savedPromptsAreAddedEditedAndDeleted() {
        var script = Script()
        script.select("pirate-games")
        script.press(.character("t"))
        script.type("Ahoy?")
        script.press(.escape, .character("a"))
        #expect(script.shows("save a prompt"))
        #expect(
            script.press(.enter)
                == [.savePrompts(adapter: "pirate-games", ["Where is my parcel?", "Ahoy?"])])
        script.state.desk.focus = .samples
        script.press(.character("e"))
        #expect(script.shows("edit saved prompt"))
        script.type(" Now!")
        #expect(
            script.press(.enter)
                == [.savePrompts(adapter: "pirate-games", ["Where is my parcel?", "Ahoy? Now!"])])
        script.press(.character("d"))
        #expect(script.shows("delete saved prompt"))
        #expect(script.shows("Ahoy? Now!"))
        #expect(script.press(.enter) == [])
        script.press(.character("d"))
        #expect(script.press(.character("y")) == [.savePrompts(adapter: "pirate-games", ["Where is my parcel?"])])
        // To another adapter: both are kept anew.
        script.press(.home)
        script.state.desk.sample = 0
        script.press(.character("e"), .up, .control("u"))
        script.type("sql-helper")
        #expect(
            script.press(.enter)
                == [
                    .savePrompts(adapter: "pirate-games", []),
                    .savePrompts(adapter: "sql-helper", ["Where is my parcel?"]),
                ])
    }

    @Test func savedPromptsBelongToAnAdapterThatExists() {
        var script = Script()
        script.press(.character("7"))
        script.type("Hi")
        script.press(.escape, .character("a"), .control("u"))
        script.type("nobody")
        #expect(script.press(.enter) == [])
        #expect(script.shows("no adapter is named nobody"))
        script.press(.escape)
        script.press(.character("e"))
        #expect(script.shows("edit: go to the saved prompts first"))
    }
}

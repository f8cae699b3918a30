import DeckCore
import TerminalKit
import Testing

@testable import Console

@Suite struct PromptScreenTests {
    private func submissions(_ effects: [ConsoleEffect]) -> [(session: Int, requests: [PromptRequest])] {
        effects.compactMap { if case .submit(let session, let requests) = $0 { (session, requests) } else { nil } }
    }

    private func compared() -> Script {
        var script = Script()
        for name in ["pirate-games", "harbor-bank"] {
            script.select(name)
            script.press(.character(" "))
        }
        script.press(.character("c"))
        script.type("Where is my parcel?")
        script.press(.enter)
        return script
    }

    @Test func compareIsOneCallWithTheBase() throws {
        let script = compared()
        let calls = submissions(script.effects)
        #expect(calls.count == 1)
        let requests = try #require(calls.first?.requests)
        #expect(requests.map(\.adapter) == [nil, "harbor-bank", "pirate-games"])
        for request in requests {
            #expect(request.content == .chat([ChatMessage(role: "user", content: "Where is my parcel?")]))
            #expect(request.maxTokens == 128)
            #expect(request.origin == "console")
        }
    }

    @Test func updatesLandInTheirColumn() {
        var script = compared()
        script.send(.tick(101))
        script.send(.prompt(session: 1, column: 2, .token(id: 1, text: "Arr", logprob: nil, top: [])))
        script.send(.prompt(session: 1, column: 0, .token(id: 1, text: "Sure", logprob: nil, top: [])))
        script.send(.prompt(session: 1, column: 1, .failed(.overloaded, "no pages")))
        script.send(.prompt(session: 7, column: 0, .token(id: 1, text: "stray", logprob: nil, top: [])))
        script.send(.prompt(session: 1, column: 9, .token(id: 1, text: "stray", logprob: nil, top: [])))
        script.send(.tick(102))
        let timeline = RequestTimeline(firstToken: 0.25, finished: 0.75)
        script.send(.prompt(session: 1, column: 2, .token(id: 2, text: "!", logprob: nil, top: [])))
        script.send(
            .prompt(session: 1, column: 2, .finished(.stop, text: " Matey", promptLogprobs: [], timeline: timeline)))
        script.send(.prompt(session: 1, column: 2, .token(id: 1, text: "late", logprob: nil, top: [])))
        let columns = script.state.desk.session?.columns ?? []
        #expect(columns.map(\.text) == ["Sure", "", "Arr! Matey"])
        #expect(columns.map(\.end) == [.live, .failed("no pages"), .finished(.stop)])
        #expect(columns.last?.firstToken == 0.25)
        #expect(columns.last?.tokensPerSecond == 2)
        #expect(columns.first?.firstToken == 1)
        #expect(script.shows("done ttft 250ms 2tok 2.0/s"))
        script.send(.resize(Size(width: 160, height: 40)))
        #expect(script.shows("done  ttft 250ms  2 tok  2.0/s"))
    }

    @Test func answersGoOnWhilePaused() {
        var script = compared()
        script.press(.escape, .character("z"))
        script.send(.prompt(session: 1, column: 0, .token(id: 1, text: "streaming", logprob: nil, top: [])))
        #expect(script.shows("PAUSED"))
        #expect(script.shows("streaming"))
    }

    @Test func editsLikeAShell() {
        var script = Script()
        script.press(.character("7"))
        script.type("one two three")
        script.press(.control("w"), .control("a"))
        script.type("> ")
        script.press(.end, .paste("four\nfive"), .left, .backspace, .home, .right, .delete)
        #expect(script.state.desk.field.text == ">one two four\nfie")
        script.press(.end, .control("u"))
        #expect(script.state.desk.field.isEmpty)
        // Every letter is text here, those of actions too.
        #expect(script.type("qQezl1?:/") == [])
        #expect(script.state.desk.field.text == "qQezl1?:/")
        #expect(script.state.view == .prompt)
    }

    @Test func refusesWhatCannotBeSent() {
        var script = Script()
        script.press(.character("7"))
        script.type("hello")
        #expect(script.press(.enter) == [])
        #expect(script.shows("no target chosen"))
        script.press(.tab, .character(" "), .tab, .tab)
        #expect(script.state.desk.targets == [.base])
        #expect(submissions(script.press(.enter)).first?.requests.count == 1)
        var readOnly = Script(snapshot: SampleDeck.snapshot(disabled: [.prompt: "read-only mode"]))
        readOnly.press(.character("7"))
        readOnly.type("hello")
        #expect(readOnly.press(.enter) == [])
        #expect(readOnly.shows("read-only mode"))
    }

    @Test func aNewPromptDropsTheOldAnswers() {
        var script = compared()
        script.press(.control("u"))
        script.type("again")
        let effects = script.press(.enter)
        #expect(effects.first == .cancel(session: 1))
        #expect(submissions(effects).first?.session == 2)
        script.send(.prompt(session: 1, column: 0, .token(id: 1, text: "old", logprob: nil, top: [])))
        #expect(script.state.desk.session?.columns.first?.text == "")
        #expect(script.press(.escape, .character("x")) == [.cancel(session: 2)])
        #expect(script.state.desk.session?.columns.first?.end == .stopped)
        #expect(script.press(.character("x")) == [])
    }

    @Test func hintsNameOnlyKeysThatWorkWhileTyping() {
        var script = Script(width: 160)
        script.press(.character("7"))
        let typing = script.lines.last ?? ""
        #expect(typing.contains("Enter send"))
        #expect(typing.contains("F1 help"))
        #expect(typing.contains("Ctrl-C quit"))
        #expect(!typing.contains("Space choose"))
        script.press(.escape)
        #expect(script.lines.last?.contains("Space choose") == true)
    }

    @Test func savedPromptsArePicked() {
        var script = Script()
        script.select("haiku-hotel")
        script.press(.character("t"), .tab, .tab)
        #expect(script.state.desk.focus == .samples)
        // Those of the chosen target come first.
        script.press(.enter)
        #expect(script.state.desk.field.text == "Do you have a room for two nights?")
        #expect(submissions(script.press(.enter)).first?.requests.map(\.adapter) == ["haiku-hotel"])
        #expect(script.shows("sent"))
    }

    @Test func scrollsBackThroughLongAnswers() {
        var script = compared()
        let text = (1...200).map { "line \($0)" }.joined(separator: "\n")
        script.send(.prompt(session: 1, column: 0, .token(id: 1, text: text, logprob: nil, top: [])))
        #expect(script.shows("line 200"))
        script.press(.escape, .tab, .tab)
        #expect(script.state.desk.focus == .answers)
        script.press(.character("g"))
        #expect(script.shows("line 1 "))
        #expect(!script.shows("line 200"))
        script.press(.character("G"))
        #expect(script.shows("line 200"))
    }
}

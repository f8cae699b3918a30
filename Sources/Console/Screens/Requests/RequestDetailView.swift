import DeckCore
import TerminalKit

/// Everything about one request.
struct RequestDetailView {
    let state: ConsoleState
    let id: RequestID

    init(_ state: ConsoleState, id: RequestID) {
        self.state = state
        self.id = id
    }

    func page(width: Int) -> LinesPage {
        let title = LinesPage.heading("request \(id)")
        guard let request = state.snapshot?.requests.first(where: { $0.id == id }) else {
            return LinesPage(title: title, lines: [StyledLine("request \(id) is gone", Style(.warning))])
        }
        let format = Format(state)
        func fact(_ name: String, _ value: String) -> [StyledLine] {
            LinesPage.fact(name, value, width: width, glyphs: state.glyphs)
        }
        return LinesPage(
            title: title,
            lines: fact("adapter", request.adapter ?? "base") + fact("from", request.origin)
                + fact("phase", request.phase.words)
                + fact("prompt", "\(request.promptTokens) tokens, \(request.cachedTokens) of them cached")
                + fact("generated", "\(request.generatedTokens) tokens")
                + fact("adapter ready", format.duration(request.timeline.adapterReady))
                + fact("scheduled", format.duration(request.timeline.firstScheduled))
                + fact("first token", format.duration(request.timeline.firstToken))
                + fact("finished", format.duration(request.timeline.finished)))
    }
}

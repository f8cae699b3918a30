import DeckCore
import Foundation
import TerminalKit

/// Everything about one request: where its time went, in bars and in words, its stamps and its figures.
struct RequestDetailView {
    let state: ConsoleState
    let id: RequestID

    init(_ state: ConsoleState, id: RequestID) {
        self.state = state
        self.id = id
    }

    func page(width: Int) -> LinesPage {
        var title = LinesPage.heading("request \(id)")
        guard let snapshot = state.snapshot, let request = state.request(id) else {
            let reason = state.snapshot?.unknown[.requests] ?? "request \(id) is gone"
            return LinesPage(title: title, lines: [StyledLine(reason, Style(.warning))])
        }
        title.add("  \(request.target.label) from \(request.origin)", Style(.muted))
        let story = RequestStory(request, elapsed: request.elapsed(at: snapshot))
        let blank = [StyledLine()]
        return LinesPage(
            title: title,
            lines: summary(request, width) + blank + bars(story, width) + blank + words(story, width) + blank
                + stamps(request, width))
    }

    private func fact(_ name: String, _ value: String, _ width: Int, _ style: Style = Style()) -> [StyledLine] {
        LinesPage.fact(name, value, width: width, style, glyphs: state.glyphs)
    }

    private func summary(_ request: RequestSnapshot, _ width: Int) -> [StyledLine] {
        let format = Format(state)
        return fact("adapter", request.target.label, width, Style(.text, bold: true))
            + fact("version", request.digest?.short ?? state.glyphs.unknown, width)
            + fact("from", request.origin, width)
            + fact("phase", request.phase.words, width, request.phase.style)
            + fact("prompt", "\(request.promptTokens.counted("token")), \(request.cachedTokens) of them cached", width)
            + fact("generated", request.generatedTokens.counted("token"), width)
            + fact("ttft", format.duration(request.timeline.firstToken), width)
            + fact("itl", format.duration(request.interTokenSeconds), width)
    }

    private func bars(_ story: RequestStory, _ width: Int) -> [StyledLine] {
        let glyphs = state.glyphs
        let stages = story.stages
        var lines = [LinesPage.heading("where its time went")]
        guard stages.total > 0 else { return lines + [StyledLine("it took no time so far", Style(.muted))] }
        let room = max(8, min(120, width - 15 - 16))
        for span in stages.spans {
            let from = max(0, min(room - 1, Int(bounding: (span.start / stages.total * Double(room)).rounded())))
            let cells = max(1, min(room, Int(bounding: (span.end / stages.total * Double(room)).rounded())) - from)
            var line = StyledLine((span.cause?.word ?? span.stage.title).fitted(15, glyphs: glyphs), Style(.muted))
            line.add(String(repeating: " ", count: from))
            line.add(String(repeating: span.stage.glyph(glyphs), count: cells), span.stage.style)
            line.add(String(repeating: " ", count: max(0, room - from - cells)))
            line.add(Format.duration(span.seconds).fitted(9, .right, glyphs: glyphs), Style(.text, bold: true))
            line.add(
                "\(Format.decimal(span.seconds / stages.total * 100, 0))%".fitted(6, .right, glyphs: glyphs),
                Style(.muted))
            lines.append(line)
        }
        return lines
    }

    private func words(_ story: RequestStory, _ width: Int) -> [StyledLine] {
        let sentences = story.sentences.flatMap { WrappedText($0, width: max(8, width)).lines }
        let lines = sentences.isEmpty ? ["nothing happened so far"] : sentences
        return [LinesPage.heading("in words")] + lines.map { StyledLine($0) }
    }

    private func stamps(_ request: RequestSnapshot, _ width: Int) -> [StyledLine] {
        let format = Format(state)
        let timeline = request.timeline
        func stamp(_ name: String, _ seconds: Double?) -> [StyledLine] {
            guard let seconds else { return fact(name, state.glyphs.unknown, width) }
            let time = format.clock(request.submitted.addingTimeInterval(seconds))
            return fact(name, "+\(Format.duration(seconds))  \(time)", width)
        }
        var lines = [LinesPage.heading("stamps")] + fact("submitted", format.clock(request.submitted), width)
        lines += stamp("adapter ready", timeline.adapterReady) + stamp("scheduled", timeline.firstScheduled)
        lines += stamp("first token", timeline.firstToken) + stamp("ended", timeline.finished)
        if timeline.preemptions > 0 {
            lines += fact(
                "preempted", "\(timeline.preemptions) times, \(Format.duration(timeline.preemptedSeconds)) in all",
                width)
        }
        return lines
    }
}

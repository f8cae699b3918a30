import DeckCore
import TerminalKit

/// What of a request is measured.
public enum Measure: String, Hashable, Sendable, CaseIterable {
    case firstToken, interToken, total

    var title: String {
        switch self {
        case .firstToken: "ttft"
        case .interToken: "itl"
        case .total: "total"
        }
    }

    /// Of one that has ended; nil where it did not get so far.
    func seconds(_ request: RequestSnapshot) -> Double? {
        switch self {
        case .firstToken: request.timeline.firstToken
        case .interToken: request.interTokenSeconds
        case .total: request.timeline.finished
        }
    }

    /// Why it was as long as it was.
    func reason(_ story: RequestStory) -> String? {
        switch self {
        case .firstToken: story.firstTokenReason
        case .interToken: story.sentence(.preempted) ?? story.sentence(.decode)
        case .total: story.reason
        }
    }
}

/// The requests of the last minutes that took longest, each with its reason.
struct SlowestView {
    let state: ConsoleState
    /// Nil is the whole deck.
    let target: Target?
    let span: TimeSpan
    let measure: Measure

    init(_ state: ConsoleState, target: Target?, span: TimeSpan, measure: Measure) {
        self.state = state
        self.target = target
        self.span = span
        self.measure = measure
    }

    /// The slowest first, at most so many.
    func requests(_ count: Int) -> [RequestSnapshot] {
        guard let snapshot = state.snapshot, count > 0 else { return [] }
        var slowest: [(request: RequestSnapshot, seconds: Double)] = []
        for request in state.chronicle.requests.ended(within: span.seconds, until: snapshot.time) {
            guard target.map({ $0 == request.target }) ?? true, let seconds = measure.seconds(request),
                slowest.count < count || seconds > slowest[count - 1].seconds
            else { continue }
            let place = slowest.firstIndex { $0.seconds < seconds } ?? slowest.count
            slowest.insert((request, seconds), at: place)
            if slowest.count > count { slowest.removeLast() }
        }
        return slowest.map(\.request)
    }

    func draw(in rect: Rect, isFocused: Bool = false, selected: RequestID? = nil, on grid: inout CellGrid) {
        let glyphs = state.glyphs
        let note = StyledLine("by \(measure.title), last \(span.title)", Style(.muted))
        let inside = Box("slowest", note: note, isFocused: isFocused).draw(in: rect, on: &grid, glyphs: glyphs)
            .inset(1, 0)
        let slowest = requests(inside.height)
        for (row, request) in slowest.enumerated() {
            let y = inside.y + row
            grid.draw(line(request, width: inside.width), in: inside, y: y, glyphs: glyphs)
            if request.id == selected {
                grid.restyle(Rect(x: inside.x, y: y, width: inside.width, height: 1)) {
                    $0 = Style(isFocused ? .selection : .selectionUnfocused, bold: $0.bold)
                }
            }
        }
        if slowest.isEmpty {
            let text = state.snapshot?.unknown[.requests].map { "unknown: \($0)" } ?? "none ended in that time"
            grid.draw(StyledLine(text, Style(.muted)), in: inside, y: inside.y, glyphs: glyphs)
        }
    }

    private func line(_ request: RequestSnapshot, width: Int) -> StyledLine {
        let glyphs = state.glyphs
        let story = RequestStory(request, elapsed: request.timeline.finished ?? 0)
        var line = StyledLine(
            (measure.seconds(request).map(Format.duration) ?? glyphs.unknown).fitted(7, .right, glyphs: glyphs),
            Style(.text, bold: true))
        line.add(" " + "\(request.id)".fitted(7, glyphs: glyphs), Style(.key))
        if target == nil {
            line.add(request.target.label.fitted(min(14, width / 5), glyphs: glyphs) + " ", Style(.text))
        }
        line.add(measure.reason(story) ?? "", Style(.muted))
        return line
    }
}

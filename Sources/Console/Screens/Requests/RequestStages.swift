import DeckCore
import TerminalKit

/// What a request's time can go into, in the order in which it does.
public enum Stage: Int, Hashable, Sendable, CaseIterable {
    /// Waiting for its place in the batch, or for pages.
    case queue
    /// Waiting for its adapter's weights.
    case load
    case prefill
    /// Put off the batch, its pages given to others.
    case preempted
    case decode

    var title: String {
        switch self {
        case .queue: "queue"
        case .load: "adapter"
        case .prefill: "prefill"
        case .preempted: "preempted"
        case .decode: "decode"
        }
    }

    /// Each is told apart without colour, and in ASCII by its letter.
    func glyph(_ glyphs: GlyphSet) -> Character {
        if glyphs == .ascii {
            return switch self {
            case .queue: "."
            case .load: "a"
            case .prefill: "p"
            case .preempted: "x"
            case .decode: "d"
            }
        }
        return switch self {
        case .queue: "·"
        case .load: "░"
        case .prefill: "▒"
        case .preempted: "╳"
        case .decode: "█"
        }
    }

    var style: Style {
        switch self {
        case .queue: Style(.warning)
        case .load: Style(.info)
        case .prefill: Style(.accent)
        case .preempted: Style(.error)
        case .decode: Style(.ok)
        }
    }

    /// All of them with their glyphs.
    static func legend(_ glyphs: GlyphSet) -> StyledLine {
        var line = StyledLine()
        for stage in allCases {
            if !line.isEmpty { line.add("  ") }
            line.add(String(stage.glyph(glyphs)), stage.style)
            line.add(" \(stage.title)", Style(.muted))
        }
        return line
    }
}

/// Where one request's time went, from its own stamps: nothing is guessed, and a live request's last stage is still open.
struct RequestStages: Hashable, Sendable {
    /// Seconds after submission; stages without time are left out.
    struct Span: Hashable, Sendable {
        let stage: Stage
        let start: Double
        let end: Double

        var seconds: Double { end - start }
    }

    let spans: [Span]
    /// From submission to its end, or to now.
    let total: Double

    /// - Parameter elapsed: seconds since it was submitted, where it has not ended.
    init(_ request: RequestSnapshot, elapsed: Double) {
        let timeline = request.timeline
        let end = max(0, timeline.finished ?? elapsed)
        let isLive = request.phase.isLive
        var spans: [Span] = []
        var time = 0.0
        func take(_ stage: Stage, until stamp: Double) {
            let next = max(time, min(stamp, end))
            if next > time { spans.append(Span(stage: stage, start: time, end: next)) }
            time = next
        }
        // Until its adapter is there it waits for that, whatever else it would have to wait for.
        if let ready = timeline.adapterReady {
            take(.load, until: ready)
        } else if request.adapter != nil, !isLive || request.phase.waitsForAdapter {
            take(.load, until: end)
        }
        take(.queue, until: timeline.firstScheduled ?? end)
        // When within a stage it was preempted is not stamped: it is shown before the rest of the one that it fell into.
        var preempted = max(0, timeline.preemptedSeconds)
        if let first = timeline.firstToken {
            let computing = max(0, min(first, end) - time)
            let decoding = max(0, end - max(first, time))
            // After the first token a sequence is preempted while it decodes, before it while its prompt is computed.
            let early = max(0, min(preempted - decoding, computing))
            take(.preempted, until: time + early)
            take(.prefill, until: first)
            preempted -= early
        }
        take(.preempted, until: time + preempted)
        take(timeline.firstToken == nil ? .prefill : .decode, until: end)
        self.spans = spans
        self.total = end
    }

    /// Seconds in one stage.
    subscript(stage: Stage) -> Double { spans.reduce(0) { $0 + ($1.stage == stage ? $1.seconds : 0) } }

    /// The stage that took longest; nil when there was none.
    var longest: Span? { spans.max { $0.seconds < $1.seconds } }

    /// For a waterfall on a scale of seconds.
    func bars(_ glyphs: GlyphSet) -> [Waterfall.Span] {
        spans.map { Waterfall.Span($0.start, $0.end, $0.stage.glyph(glyphs), $0.stage.style) }
    }
}

extension RequestPhase {
    /// Whether it waits for its adapter's weights, or for room for them.
    var waitsForAdapter: Bool {
        guard case .waiting(let reason) = self else { return false }
        return switch reason {
        case .adapterLoading, .adapterQueued, .adapterLeaving, .noPagesForAdapter: true
        default: false
        }
    }
}

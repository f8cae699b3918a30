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
        /// Of a wait, what held it; nil where the deck does not say, and for every other stage.
        var cause: WaitCause?

        var seconds: Double { end - start }
    }

    let spans: [Span]
    /// What held it back before it first began, part by part, what binds it now included; they sum to that time. Nil where
    /// the deck does not say.
    let waits: [WaitPart]?
    /// From submission to its end, or to now.
    let total: Double

    /// - Parameter elapsed: seconds since it was submitted, where it has not ended.
    init(_ request: RequestSnapshot, elapsed: Double) {
        let timeline = request.timeline
        let end = max(0, timeline.finished ?? elapsed)
        let isLive = request.phase.isLive
        var spans: [Span] = []
        var time = 0.0
        func take(_ stage: Stage, until stamp: Double, _ cause: WaitCause? = nil) {
            let next = max(time, min(stamp, end))
            if next > time { spans.append(Span(stage: stage, start: time, end: next, cause: cause)) }
            time = next
        }
        waits = Self.waits(request, until: max(0, min(timeline.firstScheduled ?? end, end)))
        if let waits {
            for part in waits { take(part.reason.cause.stage, until: time + part.seconds, part.reason.cause) }
        } else if let ready = timeline.adapterReady {
            // Until its adapter is there it waits for that, as far as such a deck can tell.
            take(.load, until: ready)
        } else if request.adapter != nil, !isLive || request.phase.waitsForAdapter {
            take(.load, until: end)
        }
        // Sums of what was measured apart may fall short by a rounding.
        if waits != nil, let last = spans.last, let begun = timeline.firstScheduled ?? (isLive ? nil : end),
            begun > time
        {
            take(last.stage, until: begun, last.cause)
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

    /// The deck's parts, cut to the time that there was, and what they leave of it as what binds the request now.
    private static func waits(_ request: RequestSnapshot, until end: Double) -> [WaitPart]? {
        guard let told = request.timeline.waits else { return nil }
        var left = end
        var parts: [WaitPart] = []
        for part in told where part.seconds > 0 && part.seconds.isFinite {
            let seconds = min(part.seconds, left)
            left -= seconds
            if seconds > 0 { parts.append(WaitPart(part.reason, seconds: seconds)) }
        }
        guard request.timeline.firstScheduled == nil, case .waiting(let reason) = request.phase, left > 0 else {
            return parts
        }
        // It may have been bound by the same before.
        if let index = parts.firstIndex(where: { $0.reason.cause == reason.cause }) {
            left += parts.remove(at: index).seconds
        }
        return parts + [WaitPart(reason, seconds: left)]
    }

    /// Seconds in one stage.
    subscript(stage: Stage) -> Double { spans.reduce(0) { $0 + ($1.stage == stage ? $1.seconds : 0) } }

    /// Seconds before it first began, whatever held it.
    var waited: Double { self[.queue] + self[.load] }

    /// For a waterfall on a scale of seconds.
    func bars(_ glyphs: GlyphSet) -> [Waterfall.Span] {
        spans.map { Waterfall.Span($0.start, $0.end, $0.stage.glyph(glyphs), $0.stage.style) }
    }
}

extension WaitCause {
    /// Under which of the stages a wait for it is counted.
    var stage: Stage { self == .adapter ? .load : .queue }
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

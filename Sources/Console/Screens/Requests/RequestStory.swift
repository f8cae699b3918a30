import DeckCore
import Foundation

/// What became of a request in plain words, each sentence from its own stamps.
struct RequestStory: Hashable, Sendable {
    let request: RequestSnapshot
    let stages: RequestStages

    init(_ request: RequestSnapshot, elapsed: Double) {
        self.request = request
        self.stages = RequestStages(request, elapsed: elapsed)
    }

    /// All that there is to say, in the order in which it happened.
    var sentences: [String] {
        Stage.allCases.sorted { Self.order($0) < Self.order($1) }.compactMap(sentence) + [ending].compactMap(\.self)
    }

    /// Why it took as long as it did: what its longest stage was about. Nil before anything took time.
    var reason: String? { stages.longest.flatMap { sentence($0.stage) } }

    /// Why its first token took as long as it did; nil while that has not come, or took no time.
    var firstTokenReason: String? {
        guard let first = request.timeline.firstToken else { return nil }
        let before = stages.spans.filter { $0.start < first && $0.stage != .decode }
        return before.max { $0.seconds < $1.seconds }.flatMap { sentence($0.stage) }
    }

    /// Nil where the request spent no time in that stage.
    func sentence(_ stage: Stage) -> String? {
        let seconds = stages[stage]
        guard seconds > 0 else { return nil }
        let time = Format.duration(seconds)
        let timeline = request.timeline
        switch stage {
        case .load:
            let head = "waited \(time) for its adapter"
            if request.phase.waitsForAdapter, case .waiting(let reason) = request.phase {
                let cause = timeline.coldCause.map { ", \($0.sentence)" } ?? ""
                return "\(head): \(reason.sentence)\(cause)"
            }
            return timeline.coldCause.map { "\(head): \($0.sentence)" } ?? head
        case .queue:
            if case .waiting(let reason) = request.phase, timeline.firstScheduled == nil {
                return "has waited \(time): \(reason.sentence)"
            }
            return timeline.held.map { "queued \(time): \($0)" } ?? "queued \(time)"
        case .prefill:
            let cached = request.cachedTokens > 0 ? " (\(request.cachedTokens) cached)" : ""
            let tokens = request.promptTokens.counted("token")
            if case .prefill(let done, let total) = request.phase {
                return "computing its prompt of \(tokens)\(cached) for \(time), \(done) of \(total) done"
            }
            return "its prompt of \(tokens)\(cached) took \(time)"
        case .preempted:
            let times = timeline.preemptions
            let often = times == 1 ? "once" : times == 2 ? "twice" : "\(times) times"
            return "preempted \(often), put off for \(time)"
        case .decode:
            let tokens = request.generatedTokens.counted("token")
            guard let pace = request.interTokenSeconds(stages) else { return "\(tokens) in \(time)" }
            return "\(tokens) in \(time), \(Format.duration(pace)) each"
        }
    }

    private var ending: String? {
        switch request.phase {
        case .failed(let reason): "failed: \(reason)"
        case .finished(.aborted): "aborted"
        case .finished(.length): "ended at its token limit"
        case .finished(.stop): "ended by itself"
        case .waiting, .prefill, .decode: nil
        }
    }

    /// A sequence waits for its adapter before it waits for its place.
    private static func order(_ stage: Stage) -> Int {
        switch stage {
        case .load: 0
        case .queue: 1
        case .prefill: 2
        case .preempted: 3
        case .decode: 4
        }
    }
}

extension RequestSnapshot {
    /// Mean time between its tokens as its client saw it; nil before there are two.
    func interTokenSeconds(_ stages: RequestStages) -> Double? {
        guard let first = timeline.firstToken, generatedTokens > 1, stages.total > first else { return nil }
        return (stages.total - first) / Double(generatedTokens - 1)
    }

    /// The same for one that has ended; nil for others.
    var interTokenSeconds: Double? {
        guard let first = timeline.firstToken, let end = timeline.finished, generatedTokens > 1, end > first else {
            return nil
        }
        return (end - first) / Double(generatedTokens - 1)
    }

    /// What its adapter is called, or the base.
    var target: Target { adapter.map(Target.adapter) ?? .base }

    /// Seconds since submission at a moment of the deck, or until it ended.
    func elapsed(at snapshot: DeckSnapshot) -> Double {
        timeline.finished ?? max(0, snapshot.time.timeIntervalSince(submitted))
    }
}

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
        // Where the deck tells what held it, the whole wait is one sentence.
        let hasOneWait = stages.waits != nil && stages[.load] > 0
        return Stage.allCases.sorted { Self.order($0) < Self.order($1) }
            .filter { !hasOneWait || $0 != .queue }.compactMap(sentence) + [ending].compactMap(\.self)
    }

    /// Why it took as long as it did: what its longest stage was about. Nil before anything took time.
    var reason: String? { longest(Stage.allCases).flatMap(sentence) }

    /// Why its first token took as long as it did; nil while that has not come, or took no time.
    var firstTokenReason: String? {
        guard let first = request.timeline.firstToken else { return nil }
        let before = Set(stages.spans.filter { $0.start < first && $0.stage != .decode }.map(\.stage))
        return longest(Stage.allCases.filter(before.contains)).flatMap(sentence)
    }

    /// The stage of some that took longest; nil when none took time.
    private func longest(_ candidates: [Stage]) -> Stage? {
        func seconds(_ stage: Stage) -> Double {
            stages.waits != nil && (stage == .load || stage == .queue) ? stages.waited : stages[stage]
        }
        return candidates.filter { stages[$0] > 0 }.max { seconds($0) < seconds($1) }
    }

    /// What held it back, in parts that sum to its wait: `waited 8.50s: 8.20s admission paused by ana; 300ms needs 9 pages, 2
    /// free, 0 evictable; 3.0ms adapter loading`.
    private func wait(_ parts: [WaitPart]) -> String? {
        let isOpen = request.phase.isWaiting && request.timeline.firstScheduled == nil
        let time = Format.duration(parts.reduce(0) { $0 + $1.seconds })
        func words(_ part: WaitPart) -> String {
            guard part.reason.cause == .adapter, let cause = request.timeline.coldCause else {
                return part.reason.sentence
            }
            return "\(part.reason.sentence), \(cause.sentence)"
        }
        guard let first = parts.first else { return nil }
        guard parts.count > 1 else {
            return first.reason.cause == .adapter
                ? "waited \(time) for its adapter: \(words(first))"
                : "\(isOpen ? "has waited" : "queued") \(time): \(words(first))"
        }
        let listed = parts.map { "\(Format.duration($0.seconds)) \(words($0))" }.joined(separator: "; ")
        return "\(isOpen ? "has waited" : "waited") \(time): \(listed)"
    }

    /// Nil where the request spent no time in that stage.
    func sentence(_ stage: Stage) -> String? {
        let seconds = stages[stage]
        guard seconds > 0 else { return nil }
        let time = Format.duration(seconds)
        let timeline = request.timeline
        if let parts = stages.waits, stage == .load || stage == .queue { return wait(parts) }
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
            return "queued \(time)"
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

import DeckCore
import Foundation

/// The rows of the request list with all their stamps; what a request has not come to stays empty.
struct RequestCSV {
    private static let header = [
        "request", "adapter", "digest", "from", "submitted", "phase", "reason", "prompt_tokens", "cached_tokens",
        "generated_tokens", "adapter_ready_seconds", "first_scheduled_seconds", "first_token_seconds",
        "finished_seconds", "preemptions", "preempted_seconds",
    ]

    let text: CSVText

    init(_ requests: [RequestSnapshot], _ format: Format) {
        text = CSVText(
            header: Self.header,
            rows: requests.map { request in
                let timeline = request.timeline
                let (phase, reason) = Self.words(request.phase)
                return [
                    "\(request.id.value)", request.adapter ?? "base", request.digest?.hex ?? "", request.origin,
                    format.moment(request.submitted), phase, reason ?? Self.binding(timeline) ?? "",
                    "\(request.promptTokens)",
                    "\(max(request.cachedTokens, timeline.cachedTokens))", "\(request.generatedTokens)",
                    CSVText.value(timeline.adapterReady), CSVText.value(timeline.firstScheduled),
                    CSVText.value(timeline.firstToken),
                    CSVText.value(timeline.finished), "\(timeline.preemptions)", "\(timeline.preemptedSeconds)",
                ]
            })
    }

    /// What held a request back longest.
    private static func binding(_ timeline: RequestTimeline) -> String? {
        timeline.waits?.max { $0.seconds < $1.seconds }?.reason.sentence
    }

    private static func words(_ phase: RequestPhase) -> (String, String?) {
        switch phase {
        case .waiting(let reason): ("waiting", reason.sentence)
        case .prefill: ("prefill", nil)
        case .decode: ("decode", nil)
        case .finished(let reason): (reason.rawValue, nil)
        case .failed(let reason): ("failed", reason)
        }
    }
}

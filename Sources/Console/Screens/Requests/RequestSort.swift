import DeckCore
import TerminalKit

/// What the request list can be ordered by, and what its columns show.
public enum RequestSort: String, Hashable, Sendable, CaseIterable {
    /// Live ones first, then those that ended, the latest on top.
    case recent
    case adapter, origin, phase, prompt, tokens, wait, firstToken, interToken, total

    var title: String {
        switch self {
        case .recent: "newest"
        case .adapter: "adapter"
        case .origin: "from"
        case .phase: "phase"
        case .prompt: "prompt"
        case .tokens: "tokens"
        case .wait: "wait"
        case .firstToken: "ttft"
        case .interToken: "itl"
        case .total: "total"
        }
    }

    /// Whether the first press sorts the largest to the top.
    var startsDescending: Bool { !isText }

    /// Whether it goes by a text and not by a number.
    var isText: Bool {
        switch self {
        case .adapter, .origin, .phase: true
        default: false
        }
    }

    func text(_ request: RequestSnapshot) -> String {
        switch self {
        case .adapter: request.target.label
        case .origin: request.origin
        case .phase: request.phase.word
        default: ""
        }
    }

    /// What is not known is smaller than everything known.
    func number(_ request: RequestSnapshot, at snapshot: DeckSnapshot) -> Double {
        switch self {
        case .prompt: Double(request.promptTokens)
        case .tokens: Double(request.generatedTokens)
        case .wait: request.waitSeconds(at: snapshot)
        case .firstToken: request.timeline.firstToken ?? -1
        case .interToken: request.interTokenSeconds ?? -1
        case .total: request.elapsed(at: snapshot)
        default: 0
        }
    }
}

extension RequestSnapshot {
    /// Seconds until its first prompt token went into a step; until now where that has not happened.
    func waitSeconds(at snapshot: DeckSnapshot) -> Double { timeline.firstScheduled ?? elapsed(at: snapshot) }
}

extension RequestPhase {
    /// One word for a column.
    var word: String {
        switch self {
        case .waiting: "waiting"
        case .prefill: "prefill"
        case .decode: "decode"
        case .finished(.aborted): "aborted"
        case .finished(let reason): reason.rawValue
        case .failed: "failed"
        }
    }

    var style: Style {
        switch self {
        case .waiting: Style(.warning)
        case .prefill: Style(.accent)
        case .decode: Style(.ok)
        case .finished(.aborted): Style(.warning)
        case .finished: Style(.muted)
        case .failed: Style(.error, bold: true)
        }
    }
}

import DeckCore
import Foundation
import HTTPClient

/// Makes updates of an answer's bytes as they come, with the times at which they came.
struct AnswerReader: Sendable {
    let id: RequestID
    let dialect: PromptCall.Dialect
    private let promptTokens: [Int]
    private var events = EventStream()
    /// The body of an answer that is no stream.
    private var complaint: [UInt8] = []
    private var hasStarted = false
    private var finish: FinishReason?
    private var failure: String?
    private(set) var firstToken: Double?
    private(set) var generated = 0
    private(set) var promptCount: Int?
    private(set) var slot: Int?

    init(id: RequestID, call: PromptCall) {
        self.id = id
        dialect = call.dialect
        promptTokens = call.promptTokens
    }

    /// Takes a piece of the body, `seconds` after the request was sent.
    mutating func take(_ piece: [UInt8], status: Int, seconds: Double) -> [PromptUpdate] {
        guard status == 200 else {
            complaint += piece.prefix(max(0, 4096 - complaint.count))
            return []
        }
        return events.feed(piece).flatMap { data in
            AnswerEvent(data, dialect: dialect).map { take($0, seconds: seconds) } ?? []
        }
    }

    private mutating func take(_ event: AnswerEvent, seconds: Double) -> [PromptUpdate] {
        if let error = event.error { failure = failure ?? error }
        if let slot = event.slot { self.slot = slot }
        var updates: [PromptUpdate] = []
        if !hasStarted {
            hasStarted = true
            let tokens = promptTokens.isEmpty ? event.promptTokens ?? [] : promptTokens
            promptCount = tokens.isEmpty ? nil : tokens.count
            updates.append(.started(id, promptTokens: tokens))
        }
        if event.hasTokens {
            if firstToken == nil { firstToken = seconds }
            // An event may bring several tokens and one text.
            let ids = event.tokens ?? [-1]
            for (place, token) in ids.enumerated() {
                updates.append(.token(id: token, text: place == 0 ? event.text : "", logprob: nil, top: []))
            }
            generated += ids.count
        } else if !event.text.isEmpty {
            updates.append(.token(id: -1, text: event.text, logprob: nil, top: []))
        }
        if let finish = event.finish { self.finish = finish }
        return updates
    }

    /// The answer's end, so many seconds after the request was sent.
    mutating func end(status: Int, seconds: Double) -> PromptUpdate {
        if status != 200 {
            let text = ServerComplaint.text(Data(complaint))
            return .failed(Self.kind(status), text.isEmpty ? "the server answers \(status)" : text)
        }
        if let failure { return .failed(.internal, failure) }
        guard let finish else { return .failed(.internal, "the answer ended without an end") }
        return .finished(
            finish, text: "", promptLogprobs: [], timeline: RequestTimeline(firstToken: firstToken, finished: seconds))
    }

    private static func kind(_ status: Int) -> FailureKind {
        switch status {
        case 404: .unknownAdapter
        case 429: .overloaded
        case 503: .unavailable
        case 400..<500: .invalid
        default: .internal
        }
    }
}

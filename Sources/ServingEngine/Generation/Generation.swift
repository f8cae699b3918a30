import DeckCore
import Foundation
import Inference

/// One request's tokens and text while it lives. Confined to the step thread.
final class Generation {
    enum Purpose {
        case user(AsyncStream<PromptUpdate>.Continuation)
        /// The engine's own question; nil asks the base.
        case probe(AdapterKey?)
    }

    /// What one row of logits came to.
    struct Choice {
        let token: Int32
        let logprob: Float?
        let top: [TokenLogprob]
    }

    let id: RequestID
    let request: PromptRequest
    let adapter: String?
    let purpose: Purpose
    let submitted: Date
    let arrival: Double
    let promptCount: Int
    /// The prompt and what was generated.
    private(set) var tokens: [Int32]
    private(set) var promptLogprobs: [Float?] = []
    /// The most likely tokens at the places that the last step scored, and the first of these.
    private var scored: (first: Int, tops: [[TokenLogprob]]) = (0, [])
    var timeline = RequestTimeline()
    /// On the engine's clock; nil while it is not preempted.
    private var preemptedSince: Double?
    /// Where its tenant's use of its adapter is counted; nil for the engine's own question.
    var usage: Int?
    /// On the engine's clock; nil before the first token.
    var lastToken: Double?
    /// Nil where the answer may be any text.
    var json: JSONConstraint?
    private var sampler: Sampler
    private var text: GeneratedText?
    /// Generated tokens after which it ends.
    private let limit: Int
    private let endTokens: Set<Int>

    /// `contextLength` bounds prompt and answer together.
    init(_ submission: Submission, purpose: Purpose, model: EngineModel, contextLength: Int) {
        id = submission.id
        request = submission.request
        adapter = submission.adapter
        self.purpose = purpose
        submitted = submission.submitted
        arrival = submission.arrival
        promptCount = submission.tokens.count
        tokens = submission.tokens
        sampler = Sampler(submission.request.sampling, prompt: submission.tokens)
        let isAnswer = if case .chat = submission.request.content { true } else { false }
        text = model.tokenizer.map {
            GeneratedText(tokenizer: $0, stop: submission.request.stop, continuesText: !isAnswer)
        }
        let room = contextLength - submission.tokens.count
        limit = submission.request.forcedTokens?.count ?? min(submission.request.maxTokens, room)
        endTokens =
            submission.request.ignoresEnd || submission.request.forcedTokens != nil ? [] : model.endTokens
        if request.promptLogprobs {
            promptLogprobs = Array(repeating: nil, count: promptCount)
        }
    }

    var generatedCount: Int { tokens.count - promptCount }
    var isProbe: Bool { if case .probe = purpose { true } else { false } }

    // MARK: Stamps

    func preempted(now: Double) {
        timeline.preemptions += 1
        preemptedSince = now
    }

    func resumed(now: Double) {
        timeline.preemptedSeconds = timeline(now: now).preemptedSeconds
        preemptedSince = nil
    }

    func ended(now: Double) {
        resumed(now: now)
        timeline.finished = now - arrival
    }

    /// Its stamps as of now: a preemption that goes on counts.
    func timeline(now: Double) -> RequestTimeline {
        var timeline = timeline
        if let preemptedSince { timeline.preemptedSeconds += now - preemptedSince }
        return timeline
    }

    // MARK: Tokens

    /// Whether the row at `position` has a use for its logits, apart from the last row's.
    func wantsPromptRow(_ position: Int) -> Bool {
        request.promptLogprobs && position + 1 < promptCount && promptLogprobs[position + 1] == nil
    }

    /// The logits of the row at `position` of the prompt score the next prompt token.
    func scorePrompt(_ position: Int, _ logits: UnsafeMutableBufferPointer<Float>) {
        let raw = LogProbabilities(logits)
        promptLogprobs[position + 1] = raw[Int(tokens[position + 1])]
        guard let count = request.promptAlternatives, count > 0 else { return }
        // Rows come in order.
        if scored.tops.isEmpty { scored.first = position + 1 }
        scored.tops.append(raw.top(count))
    }

    /// Sends what the last step scored, so that it is not kept here however long the prompt is.
    func sendPromptAlternatives() {
        guard !scored.tops.isEmpty else { return }
        send(.promptAlternatives(first: scored.first, scored.tops))
        scored.tops = []
    }

    /// Chooses the next token from the last row's logits, which it may change. Nil when they are no numbers.
    func choose(_ logits: UnsafeMutableBufferPointer<Float>) -> Choice? {
        guard let wanted = request.logprobs else {
            return next(logits).map { Choice(token: $0, logprob: nil, top: []) }
        }
        guard Sampler.argmax(logits) != nil else { return nil }
        let raw = LogProbabilities(logits)
        let top = raw.top(wanted)
        // Sampling changes logits in place, and the log-probability reported is the model's own.
        let kept = request.forcedTokens == nil ? Array(logits) : []
        guard let token = next(logits) else { return nil }
        let logit = kept.isEmpty ? logits[Int(token)] : kept[Int(token)]
        return Choice(token: token, logprob: Float(Double(logit) - raw.logSum), top: top)
    }

    private func next(_ logits: UnsafeMutableBufferPointer<Float>) -> Int32? {
        if let forced = request.forcedTokens { return Int32(forced[generatedCount]) }
        json?.apply(to: logits)
        return sampler.choose(logits)
    }

    /// Takes a chosen token in. Returns its text, and why generation ends with it, if it does.
    func accept(_ choice: Choice) -> (text: String, end: FinishReason?) {
        tokens.append(choice.token)
        sampler.accept(choice.token)
        if endTokens.contains(Int(choice.token)) { return ("", .stop) }
        let piece = text?.append(Int(choice.token)) ?? (text: "", stopped: false)
        if piece.stopped { return (piece.text, .stop) }
        json?.accept(Int(choice.token))
        if json?.isComplete == true { return (piece.text, .stop) }
        return (piece.text, generatedCount >= limit ? .length : nil)
    }

    /// The text that was held back for an incomplete character or a stop string that did not come.
    func lastText() -> String {
        defer { text = nil }
        return text?.finish() ?? ""
    }

    func send(_ update: PromptUpdate) {
        if case .user(let continuation) = purpose { continuation.yield(update) }
    }

    func close() {
        if case .user(let continuation) = purpose { continuation.finish() }
    }
}

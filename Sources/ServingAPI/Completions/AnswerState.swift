import DeckCore
import ModelFiles

/// What the choices of one request have come to. A state machine: updates in, chunks or whole choices out.
struct AnswerState: Sendable {
    private struct Choice: Sendable {
        var text = ""
        var tokens: [ScoredToken] = []
        var promptTokens: [Int] = []
        /// Of an echoed prompt, by its places.
        var promptTop: [Int: [TokenLogprob]] = [:]
        var promptLogprobs: [Float?] = []
        var generated = 0
        var cached = 0
        /// Of generated tokens.
        var offsets: TokenOffsets
        var isOpen = false
        var finish: FinishReason?
    }

    let order: CompletionOrder
    let form: AnswerForm
    /// Whether who asks may know what failures say of others.
    private let tellsOperator: Bool
    private var choices: [Choice]

    init(_ order: CompletionOrder, form: AnswerForm, tellsOperator: Bool) {
        self.order = order
        self.form = form
        self.tellsOperator = tellsOperator
        choices = (0..<order.choiceCount).map { index in
            let echo = order.echoes ? order.prompts[index / order.n].echo.unicodeScalars.count : 0
            return Choice(offsets: TokenOffsets(from: echo))
        }
    }

    var finishedCount: Int { choices.count { $0.finish != nil } }

    /// How the choices stand: prompts count once, whatever n is.
    var usage: TokenUsage {
        var usage = TokenUsage()
        for (index, choice) in choices.enumerated() {
            if index % order.n == 0 { usage.prompt += choice.promptTokens.count }
            if index % order.n == 0 { usage.cached += choice.cached }
            usage.completion += order.wantsNoAnswer ? 0 : choice.generated
        }
        return usage
    }

    /// Takes an update in. Throws when it ends the whole request.
    private mutating func take(_ piece: GenerationRun.Piece) throws(APIError) -> (text: String, token: ScoredToken?) {
        let index = piece.choice
        switch piece.update {
        case .started(_, let promptTokens):
            choices[index].promptTokens = promptTokens
            return ("", nil)
        case .promptAlternatives(let first, let tops):
            for (place, top) in tops.enumerated() { choices[index].promptTop[first + place] = top }
            return ("", nil)
        case .token(let id, let text, let logprob, let top):
            choices[index].generated += 1
            return (text, ScoredToken(id: id, logprob: logprob, top: top))
        case .finished(let reason, let text, let promptLogprobs, let timeline):
            choices[index].finish = order.wantsNoAnswer && reason != .aborted ? .length : reason
            choices[index].cached = timeline.cachedTokens
            choices[index].promptLogprobs = promptLogprobs
            return (text, nil)
        case .failed(let kind, let reason, let retryAfter, let inFull):
            throw APIError(kind, tellsOperator ? inFull ?? reason : reason, retryAfter: retryAfter)
        }
    }

    // MARK: Whole

    /// Takes an update in for an answer that is sent as one document.
    mutating func gather(_ piece: GenerationRun.Piece) throws(APIError) {
        let (text, token) = try take(piece)
        guard !order.wantsNoAnswer else { return }
        choices[piece.choice].text += text
        if let token, order.logprobs != nil { choices[piece.choice].tokens.append(token) }
    }

    /// The whole answer. Nil when a choice has not ended: then the deck ended.
    func document() -> JSONValue? {
        var documents: [JSONValue] = []
        for (index, choice) in choices.enumerated() {
            guard let finish = choice.finish else { return nil }
            let echo = order.echoes ? order.prompts[index / order.n].echo : ""
            documents.append(form.choice(index, echo + choice.text, logprobs: logprobs(of: index), finish))
        }
        return form.document(documents, usage)
    }

    private func logprobs(of index: Int) -> JSONValue {
        guard order.logprobs != nil else { return .null }
        let choice = choices[index]
        if order.isChat { return form.text.chat(choice.tokens) }
        var scored: [ScoredToken] = []
        var offsets: [Int] = []
        if !choice.promptLogprobs.isEmpty {
            scored = zip(choice.promptTokens, choice.promptLogprobs).enumerated().map { place, token in
                ScoredToken(id: token.0, logprob: token.1, top: choice.promptTop[place] ?? [])
            }
            offsets = form.text.offsets(of: choice.promptTokens, in: order.prompts[index / order.n])
        }
        var generated = choice.offsets
        offsets += choice.tokens.map { generated.place(form.text.bytes($0.id)) }
        return form.text.completion(scored + choice.tokens, offsets: offsets)
    }

    // MARK: Stream

    /// The chunks that an update comes to.
    mutating func chunks(_ piece: GenerationRun.Piece, into bytes: inout [UInt8]) throws(APIError) {
        let index = piece.choice
        let (text, token) = try take(piece)
        open(index, into: &bytes)
        switch piece.update {
        case .started, .promptAlternatives: return
        case .token, .finished, .failed: break
        }
        if order.wantsNoAnswer, choices[index].finish == nil { return }
        var logprobs = JSONValue.null
        if order.logprobs != nil, let token {
            if order.isChat {
                logprobs = form.text.chat([token])
            } else {
                let offset = choices[index].offsets.place(form.text.bytes(token.id))
                logprobs = form.text.completion([token], offsets: [offset])
            }
        }
        let delta = form.delta(
            index, order.wantsNoAnswer ? "" : text, logprobs: logprobs, choices[index].finish)
        EventFrame.append(
            form.chunk([delta], usage: order.streaming?.continuousUsage == true ? usage : nil), to: &bytes)
    }

    private mutating func open(_ index: Int, into bytes: inout [UInt8]) {
        guard !choices[index].isOpen else { return }
        choices[index].isOpen = true
        if order.isChat { EventFrame.append(form.chunk([form.opening(index)], usage: nil), to: &bytes) }
        let echo = order.echoes ? order.prompts[index / order.n].echo : ""
        if !echo.isEmpty {
            EventFrame.append(form.chunk([form.delta(index, echo, logprobs: .null, nil)], usage: nil), to: &bytes)
        }
    }

    /// What ends a stream that nothing went wrong with.
    func ending() -> [UInt8] {
        var bytes: [UInt8] = []
        if order.streaming?.includesUsage == true { EventFrame.append(form.chunk([], usage: usage), to: &bytes) }
        return bytes + EventFrame.end
    }
}

extension AnswerState {
    /// Whether every choice has ended.
    var isComplete: Bool { finishedCount == order.choiceCount }
}

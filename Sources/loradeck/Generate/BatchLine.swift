import DeckCore
import ModelFiles
import ServingAPI

/// One request of a batch file, checked: every field known, of its type and in its range.
struct BatchLine: Sendable {
    /// What the line calls itself; its number, from 1, when it does not.
    let id: JSONValue
    /// A name, a folder or a file; nil for the base.
    let adapter: String?
    /// For the base until the adapter's name is known.
    let request: PromptRequest

    /// Why a line is not a request.
    struct Problem: Error {
        /// Null where the line's own cannot be read, or is another line's.
        let id: JSONValue
        let reason: String
    }

    /// Reads line `number` (from 1) of a batch file. What a line leaves out is as `defaults` has it.
    init(_ text: some StringProtocol, number: Int, defaults: SamplingOptions) throws(Problem) {
        let document: JSONValue
        do throws(ModelFileError) {
            document = try JSONLine.parse(text, number: number)
        } catch {
            throw Problem(id: .null, reason: error.description)
        }
        guard case .object(let members) = document else {
            throw Problem(id: .null, reason: "line \(number): an object is expected, not \(document.shown)")
        }
        id = document["id"] ?? .int(number)
        do throws(FieldError) {
            if let fault = FieldTable.batchLine.fault(in: members) { throw FieldError(fault.reason) }
            let fields = Fields(document: document)
            adapter = try fields.string("adapter").flatMap { $0 == "base" ? nil : $0 }
            request = try Self.request(fields, defaults: defaults)
        } catch {
            throw Problem(id: id, reason: "line \(number): \(error.reason)")
        }
    }

    private static func request(_ fields: Fields, defaults: SamplingOptions) throws(FieldError) -> PromptRequest {
        var sampling = defaults.parameters
        sampling.temperature = try fields.float("temperature") ?? sampling.temperature
        sampling.topK = try fields.int("top_k") ?? sampling.topK
        sampling.topP = try fields.float("top_p") ?? sampling.topP
        sampling.minP = try fields.float("min_p") ?? sampling.minP
        sampling.repetitionPenalty = try fields.float("repetition_penalty") ?? sampling.repetitionPenalty
        sampling.presencePenalty = try fields.float("presence_penalty") ?? sampling.presencePenalty
        sampling.frequencyPenalty = try fields.float("frequency_penalty") ?? sampling.frequencyPenalty
        if let seed = try fields.int("seed") { sampling.seed = SamplingParameters.seed(seed) }
        let forced = try fields.ids("force_ids")
        if forced?.isEmpty == true { throw FieldError("force_ids must not be empty") }
        let maxTokens = try fields.int("max_tokens") ?? forced?.count ?? defaults.maxTokens
        let stop = try fields.texts("stop") ?? defaults.stop
        let logprobs = try fields.int("logprobs")
        if let problem = SamplingLimits.problem(sampling, maxTokens: maxTokens, stop: stop) {
            throw FieldError(problem)
        }
        if let logprobs, logprobs < 0 { throw FieldError("logprobs must not be negative, as \(logprobs) is") }
        return PromptRequest(
            adapter: nil, content: try content(fields), maxTokens: maxTokens, sampling: sampling, stop: stop,
            logprobs: logprobs, promptLogprobs: try fields.bool("prompt_logprobs") ?? (logprobs != nil),
            forcedTokens: forced, ignoresEnd: try fields.bool("ignore_eos") ?? (forced != nil), origin: "generate")
    }

    private static func content(_ fields: Fields) throws(FieldError) -> PromptRequest.Content {
        let prompt = try fields.string("prompt")
        let raw = try fields.string("raw")
        let ids = try fields.ids("prompt_ids")
        switch (prompt, raw, ids) {
        case (let prompt?, nil, nil): return .chat([ChatMessage(role: "user", content: prompt)])
        case (nil, let raw?, nil): return .raw(raw)
        case (nil, nil, let ids?): return .tokens(ids)
        default: throw FieldError("exactly one of prompt, raw and prompt_ids is expected")
        }
    }
}

/// What is wrong with a field.
private struct FieldError: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

/// The members of a line, by type. A missing member and null are nil.
private struct Fields {
    let document: JSONValue

    func string(_ key: String) throws(FieldError) -> String? { try take(key, "a string") { $0.string } }
    func bool(_ key: String) throws(FieldError) -> Bool? { try take(key, "true or false") { $0.bool } }
    func float(_ key: String) throws(FieldError) -> Float? { try take(key, "a number") { $0.number.map { Float($0) } } }
    func int(_ key: String) throws(FieldError) -> Int? {
        // The number itself is whole; 64 bits do not hold it.
        if let number = document[key]?.number, number == number.rounded(), Int(exactly: number) == nil {
            let range = "\(Int.min) to \(Int.max)"
            throw FieldError("\(key) must be \(range), not \(document[key]?.shown ?? "")")
        }
        return try take(key, "a whole number") { $0.int ?? $0.number.flatMap { Int(exactly: $0) } }
    }

    func ids(_ key: String) throws(FieldError) -> [Int]? {
        try take(key, "an array of token ids") { value in
            guard let array = value.array else { return nil }
            let ids = array.compactMap(\.int)
            return ids.count == array.count ? ids : nil
        }
    }

    /// One text, or an array of them.
    func texts(_ key: String) throws(FieldError) -> [String]? {
        try take(key, "a string or an array of strings") { value in
            if let text = value.string { return [text] }
            guard let array = value.array else { return nil }
            let texts = array.compactMap(\.string)
            return texts.count == array.count ? texts : nil
        }
    }

    private func take<Value>(
        _ key: String, _ expected: String, _ convert: (JSONValue) -> Value?
    ) throws(FieldError) -> Value? {
        guard let value = document[key] else { return nil }
        guard let converted = convert(value) else { throw FieldError("\(key) must be \(expected), not \(value.shown)") }
        return converted
    }
}

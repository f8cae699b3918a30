import DeckCore
import ModelFiles

/// Reads the prompts of a request: out of its fields first, and into tokens when it was admitted.
struct PromptReader: Sendable {
    /// More prompts than anybody sends in one request; each costs before it is refused.
    private static let promptLimit = 128

    let model: ServedModel
    let addsBegin: Bool
    /// Tokens that a prompt must fit into.
    let contextLength: Int

    /// `prompt`: a string, an array of strings, an array of token ids, or an array of such arrays.
    func prompts(_ fields: Fields) throws(APIError) -> [PromptSource] {
        guard let field = fields["prompt"] else { throw .invalid("prompt is missing", param: "prompt") }
        switch field {
        case .string(let text): return [try prompt(text)]
        case .array(let elements):
            guard let first = elements.first else { throw .invalid("prompt is empty", param: "prompt") }
            if first.int != nil { return [try prompt(elements)] }
            guard elements.count <= Self.promptLimit else {
                throw .invalid(
                    "\(elements.count) prompts, at most \(Self.promptLimit) are possible", param: "prompt")
            }
            var prompts: [PromptSource] = []
            for element in elements {
                switch element {
                case .string(let text): prompts.append(try prompt(text))
                case .array(let ids): prompts.append(try prompt(ids))
                default: throw fields.wrong("prompt", element, "a string, or an array of strings or token ids")
                }
            }
            return prompts
        default: throw fields.wrong("prompt", field, "a string, or an array of strings or token ids")
        }
    }

    private func prompt(_ text: String) throws(APIError) -> PromptSource {
        guard let tokenizer = model.tokenizer else {
            throw .invalid("\(model.name) has no tokenizer: send token ids", param: "prompt")
        }
        let addsOne = addsBegin && tokenizer.beginToken != nil
        return PromptSource(content: .raw(text), tokens: nil, echo: text, writtenFrom: addsOne ? 1 : 0)
    }

    /// The prompt as token ids. Throws for a text that cannot fit, before the work of reading it.
    func read(_ prompt: PromptSource) throws(APIError) -> PromptSource {
        guard prompt.tokens == nil, let tokenizer = model.tokenizer else { return prompt }
        var prompt = prompt
        switch prompt.content {
        case .raw(let text):
            let tokens = try tokens(of: text, tokenizer)
            if tokens.isEmpty { throw .invalid("prompt is empty", param: "prompt") }
            prompt.content = .tokens(tokens)
            prompt.tokens = tokens
        case .chat(let messages): prompt.tokens = try tokens(of: messages, tokenizer)
        case .tokens(let tokens): prompt.tokens = tokens
        }
        return prompt
    }

    /// A text's ids as the deck would make them.
    func tokens(of text: String, _ tokenizer: any Tokenizer) throws(APIError) -> [Int] {
        try check(text.utf8.count, tokenizer, "prompt")
        return (addsBegin ? tokenizer.beginToken.map { [$0] } ?? [] : [])
            + tokenizer.encode(text, parsingSpecials: true)
    }

    /// The ids of a conversation, written by the base's chat template.
    func tokens(of messages: [ChatMessage], _ tokenizer: any Tokenizer) throws(APIError) -> [Int] {
        guard let template = model.template else { throw noTemplate }
        let parts: [PromptPart]
        do throws(ChatTemplateError) {
            parts = try template.parts(messages)
        } catch {
            throw .invalid(error.reason, param: "messages")
        }
        try check(parts.byteCount, tokenizer, "messages")
        return tokenizer.encode(parts)
    }

    private func check(_ bytes: Int, _ tokenizer: any Tokenizer, _ field: String) throws(APIError) {
        let bound = TextBound(tokens: contextLength, of: tokenizer)
        if let reason = bound.refusal(bytes: bytes) { throw .invalid(reason, param: field) }
    }

    private func prompt(_ elements: [JSONValue]) throws(APIError) -> PromptSource {
        // By their count, before each is looked at.
        guard elements.count <= contextLength else {
            throw .invalid(
                "the prompt has \(elements.count) token ids; the context holds \(contextLength). Please reduce the length of "
                    + "the prompt", param: "prompt")
        }
        let tokens = try ids(elements, "prompt")
        if tokens.isEmpty { throw .invalid("prompt is empty", param: "prompt") }
        return PromptSource(content: .tokens(tokens), tokens: tokens, echo: model.tokenizer?.decode(tokens) ?? "")
    }

    func ids(_ elements: [JSONValue], _ name: String) throws(APIError) -> [Int] {
        var ids: [Int] = []
        ids.reserveCapacity(elements.count)
        for element in elements {
            guard let id = element.int, (0..<model.vocabularySize).contains(id) else {
                throw .invalid(
                    "\(name) must hold token ids from 0 to \(model.vocabularySize - 1), not \(element.shown)",
                    param: name)
            }
            ids.append(id)
        }
        return ids
    }

    /// `messages`, for the base's chat template.
    func chat(_ fields: Fields) throws(APIError) -> PromptSource {
        let messages = try messages(fields)
        guard model.tokenizer != nil, model.template != nil else { throw noTemplate }
        return PromptSource(content: .chat(messages), tokens: nil, echo: "")
    }

    private var noTemplate: APIError {
        .invalid("\(model.name) has no chat template: use /v1/completions", param: "messages")
    }

    func messages(_ fields: Fields) throws(APIError) -> [ChatMessage] {
        guard let field = fields["messages"] else { throw .invalid("messages is missing", param: "messages") }
        guard let elements = field.array else { throw fields.wrong("messages", field, "an array of messages") }
        if elements.isEmpty { throw .invalid("messages is empty", param: "messages") }
        var messages: [ChatMessage] = []
        for (index, element) in elements.enumerated() {
            let place = "messages[\(index)]"
            let message = try Fields(element, at: place)
            let role = try message.required("role")
            guard ["system", "developer", "user", "assistant"].contains(role) else {
                throw message.wrong("role", .string(role), "system, developer, user or assistant")
            }
            let content = try content(of: message, at: place)
            messages.append(ChatMessage(role: role == "developer" ? "system" : role, content: content))
        }
        return messages
    }

    /// A string, or an array of text parts.
    private func content(of message: Fields, at place: String) throws(APIError) -> String {
        guard let field = message["content"] else { return "" }
        if let text = field.string { return text }
        guard let parts = field.array else {
            throw message.wrong("content", field, "a string or an array of parts")
        }
        var texts: [String] = []
        for (index, element) in parts.enumerated() {
            let part = try Fields(element, at: "\(place).content[\(index)]")
            let type = try part.required("type")
            guard type == "text" else { throw part.wrong("type", .string(type), "text: the base reads nothing else") }
            texts.append(try part.required("text"))
        }
        return texts.joined(separator: "\n")
    }
}

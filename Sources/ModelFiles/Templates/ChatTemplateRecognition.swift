/// Recognising a style from a model's own Jinja template.
extension ChatTemplate {
    /// Reads a template's text. `beginText` and `endText` are the texts of the model's begin and end tokens, for templates
    /// that write `bos_token` and `eos_token`; nil takes the style's usual ones.
    ///
    /// Throws for a template of no built-in style, and says how to name one.
    public static func recognise(
        _ source: String, beginText: String? = nil, endText: String? = nil
    ) throws(ChatTemplateError) -> ChatTemplate {
        let outline = JinjaOutline(source)
        let writes = { (marker: String) in outline.literals.contains { $0.contains(marker) } }
        let writesBegin = outline.code.contains("bos_token")
        var details = Details()
        details.end = endText ?? "</s>"
        if writes("<|im_start|>") {
            let system = outline.text(after: "<|im_start|>system\n", before: "<|im_end|>")
            details.begin = writesBegin ? beginText ?? "" : ""
            details.dropsReasoning = source.contains("reasoning_content") && writes("</think>")
            let isQwen = details.dropsReasoning || (system ?? "").contains("Qwen")
            return ChatTemplate(style: isQwen ? .qwen : .chatml, defaultSystem: system, details: details)
        }
        if writes("<|start_header_id|>") {
            details.begin = writesBegin ? beginText ?? "<|begin_of_text|>" : ""
            details.statesDates = writes("Today Date: ")
            if !outline.code.contains("strftime_now") {
                details.statedDay = Self.value(assignedTo: "date_string", in: outline.code)
            }
            return ChatTemplate(style: .llama3, details: details)
        }
        if writes("[INST]") {
            details.begin = writesBegin ? beginText ?? "<s>" : ""
            if writes("<<SYS>>") {
                let system = Self.value(assignedTo: "system_message", in: outline.code)
                return ChatTemplate(style: .llama2, defaultSystem: system, details: details)
            }
            return ChatTemplate(style: .mistral, details: Self.mistralDetails(of: outline, from: details))
        }
        if writes("<|user|>"), writes("<|assistant|>"), outline.code.contains("eos_token") {
            details.begin = writesBegin ? beginText ?? "<s>" : ""
            return ChatTemplate(style: .zephyr, details: details)
        }
        throw ChatTemplateError(
            "the model's chat template is none that is built in; name one with --chat-template "
                + Style.allCases.map(\.rawValue).joined(separator: "|"))
    }

    private static func mistralDetails(of outline: JinjaOutline, from base: Details) -> Details {
        var details = base
        let code = outline.code
        details.userPrefix =
            ["' [INST] '", "'[INST] '", "' [INST]'", "'[INST]'"].first(where: code.contains)
            .map { String($0.dropFirst().dropLast()) } ?? "[INST] "
        details.userSuffix = code.contains("' [/INST]'") ? " [/INST]" : "[/INST]"
        let answers = ["message['content']", "message.content"]
        details.answerPrefix = answers.contains { code.contains("' '+\($0)") } ? " " : ""
        details.trimsAnswers = answers.contains { code.contains("\($0)|trim+eos_token") }
        details.answerSuffix = code.contains("eos_token+' '") ? " " : ""
        if code.contains("system") {
            details.systemJoinsLast = code.contains("loop.lastandsystem_message")
        } else {
            details.systemJoinsLast = nil
        }
        return details
    }

    /// The literal of a `set name = '…'` that assigns one; nil when there is none or it is empty.
    private static func value(assignedTo name: String, in code: String) -> String? {
        guard let start = code.firstRange(of: "set\(name)='") else { return nil }
        let rest = code[start.upperBound...]
        // A literal may hold a quote itself; the statement's end marks the last one.
        guard let end = rest.firstRange(of: "';") ?? rest.firstRange(of: "'%") else { return nil }
        let value = String(rest[..<end.lowerBound])
        return value.isEmpty ? nil : value
    }
}

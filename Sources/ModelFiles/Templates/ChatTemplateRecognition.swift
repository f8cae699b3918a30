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
        var base = Details()
        base.end = endText ?? "</s>"
        let begin = outline.code.contains("bos_token") ? beginText : ""
        if let template = chatML(outline, base, begin: begin ?? "") ?? llama3(outline, base, begin: begin)
            ?? bracketed(outline, base, begin: begin) ?? zephyr(outline, base, begin: begin)
        {
            return template
        }
        throw ChatTemplateError(
            "the model's chat template is none that is built in; name one with --chat-template "
                + Style.allCases.map(\.rawValue).joined(separator: "|"))
    }

    private static func chatML(_ outline: JinjaOutline, _ base: Details, begin: String) -> ChatTemplate? {
        let turns = ["message.content", "content"].map { "'<|im_start|>'+message.role+'\n'+\($0)+'<|im_end|>" }
        guard turns.contains(where: outline.code.contains) else { return nil }
        let system = outline.text(after: "<|im_start|>system\n", before: "<|im_end|>")
        var details = base
        details.begin = begin
        details.dropsReasoning = outline.code.contains("reasoning_content") && outline.writes("</think>")
        details.opensReasoning = outline.writes("<|im_start|>assistant\n<think>\n")
        let isQwen = details.dropsReasoning || (system ?? "").contains("Qwen")
        return ChatTemplate(style: isQwen ? .qwen : .chatml, defaultSystem: system, details: details)
    }

    private static func llama3(_ outline: JinjaOutline, _ base: Details, begin: String?) -> ChatTemplate? {
        let turn = "'<|start_header_id|>'+message.role+'<|end_header_id|>\n\n'+message.content"
        guard outline.code.contains(turn + "|trim+'<|eot_id|>") || outline.code.contains(turn + "+'<|eot_id|>") else {
            return nil
        }
        var details = base
        details.begin = begin ?? "<|begin_of_text|>"
        details.trimsTurns = outline.code.contains(turn + "|trim")
        details.statesDates = outline.writes("Today Date: ")
        if !outline.code.contains("strftime_now") {
            details.statedDay = value(assignedTo: "date_string", in: outline.code)
        }
        return ChatTemplate(style: .llama3, details: details)
    }

    /// Llama 2's and Mistral's, which put users' text between `[INST]` and `[/INST]`.
    private static func bracketed(_ outline: JinjaOutline, _ base: Details, begin: String?) -> ChatTemplate? {
        // Mistral's later templates have a block of its own for the system message.
        guard outline.writes("[INST]"), !outline.writes("[SYSTEM_PROMPT]") else { return nil }
        let code = outline.code
        var details = base
        details.begin = begin ?? "<s>"
        if outline.writes("<<SYS>>") {
            let system = value(assignedTo: "system_message", in: code)
            return ChatTemplate(style: .llama2, defaultSystem: system, details: details)
        }
        let prefixes = [" [INST] ", "[INST] ", "[INST]"]
        let suffixes = [" [/INST]", "[/INST]"]
        guard let prefix = prefixes.first(where: { code.contains("'\($0)'+") }),
            let suffix = suffixes.first(where: { code.contains("+'\($0)'") }),
            ["message.content+eos_token", "message.content|trim+eos_token"].contains(where: code.contains)
        else { return nil }
        details.userPrefix = prefix
        details.userSuffix = suffix
        details.answerPrefix = code.contains("' '+message.content") ? " " : ""
        details.trimsTurns = code.contains("message.content|trim+eos_token")
        details.answerSuffix = code.contains("eos_token+' '") ? " " : ""
        details.systemJoinsLast = code.contains("system") ? code.contains("loop.lastandsystem_message") : nil
        return ChatTemplate(style: .mistral, details: details)
    }

    private static func zephyr(_ outline: JinjaOutline, _ base: Details, begin: String?) -> ChatTemplate? {
        guard outline.code.contains("'<|user|>\n'+message.content+eos_token"), outline.writes("<|assistant|>") else {
            return nil
        }
        var details = base
        details.begin = begin ?? "<s>"
        return ChatTemplate(style: .zephyr, details: details)
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

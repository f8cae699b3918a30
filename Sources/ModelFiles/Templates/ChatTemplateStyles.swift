import DeckCore
import Foundation

/// The prompts of each style, as the models' published templates make them.
extension ChatTemplate {
    /// ChatML, and Qwen's. Roles may come in any order.
    func chatML(_ messages: [ChatMessage]) -> [PromptPart] {
        var parts: [PromptPart] = details.begin.isEmpty ? [] : [.markup(details.begin)]
        if let defaultSystem, messages.first?.role != "system" {
            parts += [.markup("<|im_start|>system\n"), .content(defaultSystem), .markup("<|im_end|>\n")]
        }
        let lastQuestion = messages.lastIndex { $0.role == "user" } ?? messages.count - 1
        for (index, message) in messages.enumerated() {
            var content = message.content
            if details.dropsReasoning, message.role == "assistant" {
                content = Self.withReasoningSettled(
                    content, isAfterLastQuestion: index > lastQuestion, isLast: index == messages.count - 1)
            }
            parts += [
                .markup("<|im_start|>"), .content(message.role), .markup("\n"), .content(content),
                .markup("<|im_end|>\n"),
            ]
        }
        return parts + [.markup("<|im_start|>assistant\n" + (details.opensReasoning ? "<think>\n" : ""))]
    }

    /// Qwen 3: an answer before the last question loses its reasoning; one after it carries a block for it.
    private static func withReasoningSettled(
        _ content: String, isAfterLastQuestion: Bool, isLast: Bool
    ) -> String {
        var answer = content
        var reasoning = ""
        if let close = content.ranges(of: "</think>").last {
            answer = String(content[close.upperBound...].drop { $0 == "\n" })
            reasoning = String(content[..<(content.firstRange(of: "</think>") ?? close).lowerBound])
            if let open = reasoning.ranges(of: "<think>").last { reasoning = String(reasoning[open.upperBound...]) }
            reasoning = reasoning.trimmingCharacters(in: CharacterSet(charactersIn: "\n"))
        }
        guard isAfterLastQuestion, isLast || !reasoning.isEmpty else { return answer }
        return "<think>\n" + reasoning + "\n</think>\n\n" + String(answer.drop { $0 == "\n" })
    }

    /// Zephyr's, also TinyLlama's. Messages of other roles than its three are left out, as its template does.
    func zephyr(_ messages: [ChatMessage]) -> [PromptPart] {
        var parts: [PromptPart] = details.begin.isEmpty ? [] : [.markup(details.begin)]
        for message in messages where ["system", "user", "assistant"].contains(message.role) {
            parts += [.markup("<|\(message.role)|>\n"), .content(message.content), .markup(details.end + "\n")]
        }
        return parts + [.markup("<|assistant|>\n")]
    }

    /// Llama 3's, and with its dated system message Llama 3.1's. Roles may come in any order.
    func llama3(_ messages: [ChatMessage]) -> [PromptPart] {
        var parts: [PromptPart] = [.markup(details.begin)]
        var rest = messages[...]
        if details.statesDates {
            parts += [
                .markup(
                    "<|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\nToday Date: "),
                .content(today ?? details.statedDay ?? Self.currentDay()), .markup("\n\n"),
            ]
            if let first = rest.first, first.role == "system" {
                parts.append(.content(Self.stripped(first.content)))
                rest = rest.dropFirst()
            }
            parts.append(.markup("<|eot_id|>"))
        }
        for message in rest {
            parts += [
                .markup("<|start_header_id|>"), .content(message.role), .markup("<|end_header_id|>\n\n"),
                .content(details.trimsTurns ? Self.stripped(message.content) : message.content), .markup("<|eot_id|>"),
            ]
        }
        return parts + [.markup("<|start_header_id|>assistant<|end_header_id|>\n\n")]
    }

    /// Llama 2's: a system message stands inside the first user message.
    func llama2(_ messages: [ChatMessage]) throws(ChatTemplateError) -> [PromptPart] {
        let (system, turns) = try alternating(messages)
        var parts: [PromptPart] = []
        for (index, turn) in turns.enumerated() {
            if turn.role == "assistant" {
                parts += [.markup(" "), .content(Self.stripped(turn.content)), .markup(" " + details.end)]
                continue
            }
            parts.append(.markup(details.begin + "[INST] "))
            if index == 0, let system = system ?? defaultSystem {
                parts += [
                    .markup("<<SYS>>\n"), .content(system), .markup("\n<</SYS>>\n\n"),
                    .content(Self.strippedEnd(turn.content)),
                ]
            } else {
                parts.append(.content(Self.stripped(turn.content)))
            }
            parts.append(.markup(" [/INST]"))
        }
        return parts
    }

    /// Mistral's, in the spacing of the recognised template.
    func mistral(_ messages: [ChatMessage]) throws(ChatTemplateError) -> [PromptPart] {
        let (system, turns) = try alternating(messages)
        guard system == nil || details.systemJoinsLast != nil else {
            throw ChatTemplateError("this model's chat template takes no system message")
        }
        var parts: [PromptPart] = [.markup(details.begin)]
        let bearer = details.systemJoinsLast == true ? turns.count - 1 : 0
        for (index, turn) in turns.enumerated() {
            if turn.role == "assistant" {
                let content = details.trimsTurns ? Self.stripped(turn.content) : turn.content
                parts += [
                    .markup(details.answerPrefix), .content(content), .markup(details.end + details.answerSuffix),
                ]
                continue
            }
            parts.append(.markup(details.userPrefix))
            if index == bearer, let system { parts += [.content(system), .markup("\n\n")] }
            parts += [.content(turn.content), .markup(details.userSuffix)]
        }
        return parts
    }

    /// Takes a leading system message off, and holds the rest to user, assistant, user, ….
    private func alternating(
        _ messages: [ChatMessage]
    ) throws(ChatTemplateError) -> (system: String?, turns: ArraySlice<ChatMessage>) {
        let system = messages.first?.role == "system" ? messages[0].content : nil
        let turns = messages.dropFirst(system == nil ? 0 : 1)
        guard !turns.isEmpty else { throw ChatTemplateError("a conversation needs a user message") }
        for (index, turn) in turns.enumerated() {
            let expected = index.isMultiple(of: 2) ? "user" : "assistant"
            guard turn.role == expected else {
                throw ChatTemplateError(
                    "this model's chat template takes an optional system message, then user and assistant in turns; "
                        + "turn \(index + 1) is of role \"\(turn.role)\" where \"\(expected)\" is expected")
            }
        }
        return (system, turns)
    }

    /// Python's `str.strip()`.
    private static func stripped(_ text: String) -> String {
        let scalars = text.unicodeScalars.drop(while: isPythonSpace)
        return strippedEnd(String(scalars))
    }

    private static func strippedEnd(_ text: String) -> String {
        var scalars = text.unicodeScalars[...]
        while let last = scalars.last, isPythonSpace(last) { scalars.removeLast() }
        return String(scalars)
    }

    private static func isPythonSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
    }

    /// Today as `strftime("%d %b %Y")` writes it in the C locale.
    private static func currentDay() -> String {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let day = Calendar(identifier: .gregorian).dateComponents([.day, .month, .year], from: Date())
        guard let number = day.day, let month = day.month, let year = day.year else { return "" }
        return (number < 10 ? "0" : "") + "\(number) \(months[month - 1]) \(year)"
    }
}

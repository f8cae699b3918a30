import DeckCore
import TerminalKit

extension ConsoleState {
    /// Keys while a form is open.
    mutating func fill(_ form: Form, _ key: Key) -> [ConsoleEffect] {
        var next = form
        switch key {
        case .escape:
            overlay = nil
            return []
        case .enter: return keep(form)
        case .tab, .down: next.turn(1)
        case .backTab, .up: next.turn(-1)
        default: guard next.edit(key) else { return [] }
        }
        overlay = .form(next)
        return []
    }

    private mutating func keep(_ form: Form) -> [ConsoleEffect] {
        overlay = nil
        var (problem, field): (String?, Int) = (nil, 0)
        var effects: [ConsoleEffect] = []
        switch form.purpose {
        case .options: (problem, field) = keepOptions(form)
        case .plan: (problem, field) = keepPlan(form)
        case .savedPrompt(let before): (problem, field, effects) = keepPrompt(form, for: before)
        }
        if let problem {
            var next = form
            next.problem = problem
            next.focused = field
            overlay = .form(next)
        }
        return effects
    }

    // MARK: options

    mutating func openOptions() {
        overlay = .form(
            Form(
                .options, title: "options of the next prompts",
                fields: [
                    Form.Field("most tokens", "\(desk.maxTokens)", note: "of an answer, from 1", limit: 9),
                    Form.Field(
                        "temperature", Format.plain(desk.temperature),
                        note: "0 is greedy: the same prompt gives the same answer", limit: 9),
                    Form.Field(
                        "seed", desk.seed.map { "\($0)" } ?? "",
                        note: "of all answers alike; empty draws a fresh one each", limit: 20),
                ]))
    }

    /// Why the options cannot be kept, and the line that is to blame.
    private mutating func keepOptions(_ form: Form) -> (String?, Int) {
        let texts = form.fields.map { $0.text.text.filter { !$0.isWhitespace } }
        guard texts.count == 3 else { return (nil, 0) }
        guard let tokens = Int(texts[0]), tokens > 0 else { return ("a whole number from 1, such as 128", 0) }
        guard let temperature = Float(texts[1]), temperature >= 0, temperature.isFinite else {
            return ("a number from 0, such as 0.8", 1)
        }
        guard texts[2].isEmpty || UInt64(texts[2]) != nil else { return ("a whole number, or nothing", 2) }
        desk.maxTokens = tokens
        desk.temperature = temperature
        desk.seed = UInt64(texts[2])
        say("at most \(tokens.counted("token")), \(desk.samplingWords)")
        return (nil, 0)
    }

    // MARK: saved prompts

    /// A new one begins as the text in the field, for the first chosen adapter.
    mutating func openSavedPrompt(editing isEditing: Bool) {
        let sample = desk.samples.indices.contains(desk.sample) ? desk.samples[desk.sample] : nil
        let before = isEditing ? sample : nil
        let adapter =
            before?.adapter ?? desk.chosen(in: snapshot).compactMap(\.adapter).first ?? desk.cursor.adapter
        overlay = .form(
            Form(
                .savedPrompt(before: before), title: isEditing ? "edit saved prompt" : "save a prompt",
                fields: [
                    Form.Field("adapter", adapter ?? "", note: "whose prompt it is", limit: 200),
                    Form.Field("prompt", Sanitiser.text(before?.text ?? desk.field.text), note: "as it is sent"),
                ], focused: adapter == nil ? 0 : 1))
    }

    private mutating func keepPrompt(_ form: Form, for before: DemoPrompt?) -> (String?, Int, [ConsoleEffect]) {
        guard form.fields.count == 2 else { return (nil, 0, []) }
        let name = form.fields[0].text.text.filter { !$0.isWhitespace }
        let text = form.fields[1].text.text
        guard adapter(.adapter(name)) != nil else {
            return (name.isEmpty ? "saved prompts belong to an adapter" : "no adapter is named \(name)", 0, [])
        }
        guard !text.allSatisfy(\.isWhitespace) else { return ("nothing to save", 1, []) }
        let prompt = DemoPrompt(adapter: name, text: text)
        guard let before, before.adapter == name, desk.replacePrompt(before, with: prompt) else {
            if let before { _ = desk.replacePrompt(before, with: nil) }
            desk.addPrompt(prompt)
            return (nil, 0, save(Set([name, before?.adapter].compactMap { $0 })))
        }
        return (nil, 0, save([name]))
    }

    mutating func askToDeletePrompt() {
        guard desk.samples.indices.contains(desk.sample) else { return }
        overlay = .confirmation(Confirmation(.deletePrompt(desk.samples[desk.sample])))
    }

    /// Deletes the prompt that was named, unless it changed meanwhile.
    mutating func deletePrompt(_ prompt: DemoPrompt) -> [ConsoleEffect] {
        guard desk.replacePrompt(prompt, with: nil) else {
            say("the saved prompt has changed meanwhile: nothing was deleted", .warning)
            return []
        }
        return prompt.adapter.map { save([$0]) } ?? []
    }

    private func save(_ adapters: Set<String>) -> [ConsoleEffect] {
        adapters.sorted().map { .savePrompts(adapter: original($0), desk.prompts(of: $0)) }
    }
}

import DeckCore
import TerminalKit

extension ConsoleState {
    /// Opens the prompt screen with these targets, ready to type.
    mutating func openPrompt(_ targets: Set<Target>) {
        desk.targets = targets
        desk.cursor = targets.sorted().last ?? .base
        desk.focus = .field
        desk.sample = 0
        show(.prompt)
    }

    /// Keys of the prompt screen that do not go through the keymap: those that edit the text. Nil passes the key on.
    mutating func typePrompt(_ key: Key) -> [ConsoleEffect]? {
        if case .paste = key { desk.focus = .field }
        guard desk.focus == .field else { return nil }
        switch key {
        case .enter, .tab, .backTab, .function: return nil
        case .escape:
            desk.focus = .targets
        case .up:
            if let older = desk.history.older() { desk.field.replace(with: older) }
        case .down:
            if let newer = desk.history.newer() { desk.field.replace(with: newer) }
        case .pageUp: desk.scrollBack += 5
        case .pageDown: desk.scrollBack = max(0, desk.scrollBack - 5)
        case .character(let character): _ = desk.field.handle(.paste(Sanitiser.text(String(character))))
        case .paste(let text): _ = desk.field.handle(.paste(Sanitiser.text(text, limit: desk.field.limit)))
        // Control keys that edit nothing mean what they mean everywhere.
        default: return desk.field.handle(key) ? [] : nil
        }
        return []
    }

    mutating func turnFocus(_ direction: Int) {
        let all = PromptDesk.Focus.allCases.filter {
            switch $0 {
            case .field, .targets: true
            case .samples: !desk.saved.isEmpty
            case .answers: desk.session != nil
            }
        }
        let index = all.firstIndex(of: desk.focus) ?? 0
        desk.focus = all[(index + direction + all.count) % all.count]
    }

    mutating func moveOnDesk(_ rows: Int, in area: Rect) {
        switch desk.focus {
        case .field, .targets:
            let targets = desk.rows(in: snapshot)
            guard !targets.isEmpty else { return }
            let index = targets.firstIndex(of: desk.cursor) ?? 0
            desk.cursor = targets[max(0, min(targets.count - 1, index + rows))]
        case .samples:
            desk.sample = max(0, min(desk.samples.count - 1, desk.sample + rows))
        case .answers:
            let overflow = AnswersView(self, area: PromptRegions(area, state: self).answers).overflow
            desk.scrollBack = max(0, min(overflow, desk.scrollBack - rows))
        }
    }

    mutating func toggleTarget() {
        guard desk.focus == .targets else {
            if desk.focus == .samples { pickSample() }
            return
        }
        if desk.targets.remove(desk.cursor) == nil { desk.targets.insert(desk.cursor) }
    }

    private mutating func pickSample() {
        let samples = desk.samples
        guard samples.indices.contains(desk.sample) else { return }
        let sample = samples[desk.sample]
        desk.field.replace(with: Sanitiser.text(sample.text))
        if desk.targets.isEmpty { desk.targets = [sample.adapter.map(Target.adapter) ?? .base] }
        desk.focus = .field
    }

    mutating func pressEnterOnDesk() -> [ConsoleEffect] {
        switch desk.focus {
        case .field: return send()
        case .targets: toggleTarget()
        case .samples: pickSample()
        case .answers: desk.focus = .field
        }
        return []
    }

    /// One call for all targets, so that they share a batch.
    private mutating func send() -> [ConsoleEffect] {
        let targets = desk.chosen(in: snapshot)
        var effects = dropSession()
        let text = desk.field.text
        desk.history.add(text)
        desk.sessions += 1
        desk.firstColumn = 0
        desk.scrollBack = 0
        desk.session = PromptSession(id: desk.sessions, prompt: text, submitted: now, targets: targets)
        var sampling = SamplingParameters()
        sampling.temperature = desk.temperature
        sampling.seed = desk.seed
        let requests = targets.map { target in
            PromptRequest(
                adapter: target.adapter.map(original), content: .chat([ChatMessage(role: "user", content: text)]),
                maxTokens: desk.maxTokens, sampling: sampling, origin: configuration.actor)
        }
        effects.append(.submit(session: desk.sessions, requests))
        return effects
    }

    private mutating func dropSession() -> [ConsoleEffect] {
        guard let session = desk.session, session.isLive else { return [] }
        return [.cancel(session: session.id)]
    }

    mutating func stopAnswers() -> [ConsoleEffect] {
        let effects = dropSession()
        desk.session?.stop()
        if !effects.isEmpty { say("stopped") }
        return effects
    }
}

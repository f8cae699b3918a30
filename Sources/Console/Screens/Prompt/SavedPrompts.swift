extension PromptDesk {
    /// Saved prompts, those of the chosen targets first.
    var samples: [DemoPrompt] {
        func isChosen(_ prompt: DemoPrompt) -> Bool { targets.contains(prompt.adapter.map(Target.adapter) ?? .base) }
        return saved.filter(isChosen) + saved.filter { !isChosen($0) }
    }

    /// The texts of an adapter, in their order.
    func prompts(of adapter: String) -> [String] { saved.filter { $0.adapter == adapter }.map(\.text) }

    mutating func addPrompt(_ prompt: DemoPrompt) {
        saved.append(prompt)
        if let index = samples.lastIndex(of: prompt) { sample = index }
    }

    /// Puts another prompt, or none, into a prompt's place; false when that is no longer there.
    mutating func replacePrompt(_ prompt: DemoPrompt, with other: DemoPrompt?) -> Bool {
        guard let place = saved.firstIndex(of: prompt) else { return false }
        if let other { saved[place] = other } else { saved.remove(at: place) }
        sample = max(0, min(sample, saved.count - 1))
        return true
    }
}

import DeckCore

/// The body of `POST /deck/v1/command`: one command, and who gives it. The answer is a `CommandOutcome`.
public struct CommandOrder: Hashable, Sendable, Codable {
    public let command: DeckCommand
    /// Shown in the audit log behind the key's tenant.
    public let actor: String

    public init(command: DeckCommand, actor: String) {
        self.command = command
        self.actor = actor
    }
}

/// The body of `POST /deck/v1/prompt`: prompts that are submitted together. The answer is one `PromptFrame` a line.
public struct PromptOrder: Hashable, Sendable, Codable {
    public let requests: [PromptRequest]

    public init(requests: [PromptRequest]) { self.requests = requests }
}

/// One line of the answer to a `PromptOrder`.
public struct PromptFrame: Hashable, Sendable, Codable {
    /// Which of the order's requests it is about.
    public let prompt: Int
    public let update: PromptUpdate

    public init(prompt: Int, update: PromptUpdate) {
        self.prompt = prompt
        self.update = update
    }
}

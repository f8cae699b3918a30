import Foundation

/// One line of the audit log: a command and its outcome, or something the deck did by itself.
public struct DeckEvent: Hashable, Sendable, Codable, Identifiable {
    public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case started, register, load, evict, pin, unpin, abort, resize, verify, rollback, unregister, admission,
            refusal, failure, preemption, warning
    }

    public enum Level: String, Hashable, Sendable, Codable {
        case info, warning, error
    }

    /// Grows by one an event; unique within a state database.
    public let id: Int64
    public let time: Date
    public let kind: Kind
    public let level: Level
    /// Who caused it: `console`, `demo`, `engine`, a tenant.
    public let actor: String
    /// The adapter, request or path that it is about; nil when it is about the deck.
    public let subject: String?
    /// What happened, in words, with the arithmetic of a refusal.
    public let message: String
    /// The command-line form of what was done; nil when no command was.
    public let command: String?

    public init(
        id: Int64, time: Date, kind: Kind, level: Level, actor: String, subject: String?, message: String,
        command: String?
    ) {
        self.id = id
        self.time = time
        self.kind = kind
        self.level = level
        self.actor = actor
        self.subject = subject
        self.message = message
        self.command = command
    }
}

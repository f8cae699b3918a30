/// Why a conversation cannot be turned into a prompt. The text is for a person.
public struct ChatTemplateError: Error, Hashable, Sendable, CustomStringConvertible {
    public let reason: String

    public init(_ reason: String) { self.reason = reason }

    public var description: String { reason }
}

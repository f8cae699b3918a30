/// Why a model or adapter file cannot be used. The text is for a person: what is wrong, where, and what would be right.
public struct ModelFileError: Error, Hashable, Sendable, CustomStringConvertible {
    public let path: String
    public let reason: String

    public init(path: String, _ reason: String) {
        self.path = path
        self.reason = reason
    }

    public var description: String { "\(path): \(reason)" }
}

/// Why a model or adapter file cannot be used. The text is for a person: what is wrong, where, and what would be right.
public struct ModelFileError: Error, Hashable, Sendable, CustomStringConvertible {
    public let path: String
    public let reason: String
    /// Whether the same files would be refused again; false for what the system could not do this time.
    public let isLasting: Bool

    public init(path: String, _ reason: String, isLasting: Bool = true) {
        self.path = path
        self.reason = reason
        self.isLasting = isLasting
    }

    public var description: String { "\(path): \(reason)" }
}

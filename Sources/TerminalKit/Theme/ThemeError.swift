/// What is wrong in a theme file, and where.
public struct ThemeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file's name.
    public let file: String
    /// From 1; nil when the whole file is meant.
    public let line: Int?
    public let message: String

    public var description: String { "\(file):\(line.map { "\($0):" } ?? "") \(message)" }
}

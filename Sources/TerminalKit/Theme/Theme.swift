/// Colours and attributes by meaning, read from a theme file.
public struct Theme: Hashable, Sendable {
    /// The file's name without its ending.
    public let name: String
}

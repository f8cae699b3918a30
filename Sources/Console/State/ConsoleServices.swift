import TerminalKit

/// What a dump is written as.
public enum DumpFormat: String, Hashable, Sendable, CaseIterable {
    /// The screen's characters.
    case text
    /// The table of the screen, as comma-separated values.
    case csv
    /// The screen with its colours, as a picture.
    case svg

    /// The ending of its file's name.
    public var suffix: String { self == .text ? "txt" : rawValue }
}

/// Settings that were read again.
public struct Reload: Sendable {
    public let configuration: ConsoleConfiguration
    public let themes: [Theme]
    /// Why themes are missing.
    public let problems: [DocumentError]

    public init(configuration: ConsoleConfiguration, themes: [Theme], problems: [DocumentError] = []) {
        self.configuration = configuration
        self.themes = themes
        self.problems = problems
    }
}

/// What a console needs from outside besides its deck and its screen. Called off the console's thread; what is nil is
/// not possible, and the console says so.
public struct ConsoleServices: Sendable {
    /// Lists a folder, by a path as the deck takes it.
    public var listFolder: (@Sendable (String) -> FolderListing)?
    /// Keeps the saved prompts of an adapter; throws why it could not.
    public var savePrompts: (@Sendable (_ adapter: String, _ texts: [String]) throws -> Void)?
    /// Keeps the command line's history, oldest first.
    public var saveCommands: (@Sendable ([String]) -> Void)?
    /// Writes a dump; nil for `path` lets it choose a name from `stem`. Returns where it stands.
    public var writeDump:
        (@Sendable (_ content: String, _ stem: String, _ suffix: String, _ path: String?) throws -> String)?

    /// Reads the settings and the themes again; throws everything that is wrong with them.
    public var reload: (@Sendable () throws -> Reload)?

    public init() {}
}

import Console
import Foundation
import TerminalKit

/// The user's settings and themes, read together: a setting names a theme.
struct UserSettings: Sendable {
    let settings: Settings
    let library: ThemeLibrary

    /// - Throws: `SettingsError`, or the first thing that keeps the file from being read.
    init(
        _ options: ScreenOptions, folders: Folders,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        settings = try Settings(
            document: Self.document(folders), environment: environment, flags: options.flags)
        library = ThemeLibrary(userFolder: folders.themes)
        guard library.theme(named: settings.theme) == nil else { return }
        let name = Sanitiser.line(settings.theme, limit: 64)
        if let problem = library.problems.first(where: { $0.file == name + ".toml" }) { throw problem }
        let names = library.themes.map(\.name).joined(separator: ", ")
        let message = "there is no theme “\(name)”; there are \(names)"
        if case .file(let file, let line) = settings[.theme].source {
            throw DocumentError(file: file, line: line, message: message)
        }
        throw Failure(message)
    }

    /// Nil where there is no file; one that a variable names must be there.
    static func document(_ folders: Folders) throws -> SettingsDocument? {
        if !folders.namesSettings, !FileManager.default.fileExists(atPath: folders.settings.path) { return nil }
        return try SettingsDocument(contentsOf: folders.settings)
    }

    func configuration() -> ConsoleConfiguration {
        settings.configuration(
            themes: library.themes.map(\.name), timeZoneOffset: TimeZone.current.secondsFromGMT())
    }
}

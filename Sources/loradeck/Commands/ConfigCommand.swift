import ArgumentParser
import Console
import DeckCore
import Foundation
import TerminalKit

/// `loradeck config`
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "The settings: what holds, and who said so. Writes a commented file, too.",
        discussion: """
            Settings are read from $XDG_CONFIG_HOME/loradeck/config.toml, or the file that LORADECK_CONFIG names. A flag beats a
            variable (LORADECK_THEME, ...), a variable the file, the file the default. An unknown key or value is an error
            with its line, here and wherever a console is opened.

            EXAMPLES
              loradeck config
              loradeck config --init && $EDITOR ~/.config/loradeck/config.toml
              LORADECK_THEME=nord loradeck config --json
            """)

    @Flag(
        name: .customLong("init"),
        help: "Write the settings file, every setting with a comment, at its default; never over one that exists.")
    var initialise = false

    @Flag(help: "Print that file instead of writing it.")
    var template = false

    @Flag(help: "Print paths and settings as JSON.")
    var json = false

    @OptionGroup(title: "SCREEN") var screen: ScreenOptions

    func validate() throws {
        if [initialise, template, json].count(where: { $0 }) > 1 {
            throw ValidationError("give one of --init, --template and --json")
        }
    }

    func run() throws {
        let folders = Folders()
        if template { return Output.write(SettingsTemplate.document) }
        if initialise { return try write(to: folders.settings) }
        let user = try UserSettings(screen, folders: folders)
        let report = ConfigReport(user.settings, folders: folders)
        if json { try Output.json(report) } else { Output.line(report.text) }
        for problem in user.library.problems { Output.complain("themes/\(problem)") }
    }

    private func write(to file: URL) throws {
        do {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(SettingsTemplate.document.utf8).write(to: file, options: .withoutOverwriting)
        } catch CocoaError.fileWriteFileExists {
            throw Failure("\(file.path) exists already; `loradeck config --template` prints what would be written")
        } catch {
            throw Failure("\(file.path) cannot be written: \(FileFault.reason(error))")
        }
        Output.line("wrote \(file.path)")
    }
}

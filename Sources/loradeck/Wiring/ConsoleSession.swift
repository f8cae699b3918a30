import Console
import DeckCore
import Foundation
import Logging
import TerminalKit

/// The console on a deck, from taking the terminal over to giving it back.
struct ConsoleSession: Sendable {
    let deck: any Deck
    let options: ScreenOptions
    let prompts: [String: [String]]
    let files: ConsoleFiles
    let log: Logger

    /// Fails where no console can be opened, or as its user wants it, before anything that takes time is done.
    static func check(
        _ options: ScreenOptions, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        try checkTerminal(environment: environment)
        _ = try UserSettings(options, folders: Folders(environment: environment), environment: environment)
    }

    private static func checkTerminal(environment: [String: String]) throws(TerminalError) {
        guard isatty(STDIN_FILENO) == 1 else { throw .notATerminal("standard input") }
        guard isatty(STDOUT_FILENO) == 1 else { throw .notATerminal("standard output") }
        guard let term = environment["TERM"], !term.isEmpty else { throw .typeUnset }
        guard term != "dumb", term != "unknown" else { throw .typeTooSimple(term) }
    }

    /// Shows the console until the user leaves it or the terminal is gone.
    ///
    /// On the main thread, which it keeps: ncurses is not thread-safe, and the kernel gives SIGWINCH to the main thread.
    func run() throws {
        let user = try UserSettings(options, folders: files.folders)
        for problem in user.library.problems { log.warning("\(problem)") }
        let settings = user.settings
        let screen = try TerminalSession(settings.terminal(environment: ProcessInfo.processInfo.environment))
        for note in screen.notes { log.notice("\(note)") }
        var configuration = user.configuration()
        configuration.prompts = demoPrompts
        configuration.commandHistory = files.commands()
        let shown: any Deck = settings.isReadOnly ? ReadOnlyDeck(deck) : deck
        var services = files.services
        services.reload = { [options, folders = files.folders] in
            let user = try UserSettings(options, folders: folders)
            return Reload(
                configuration: user.configuration(), themes: user.library.themes, problems: user.library.problems)
        }
        // Nothing is changed then, saved prompts neither.
        if settings.isReadOnly { services.savePrompts = nil }
        let end = ConsoleRunner(
            deck: shown, screen: screen, configuration: configuration, themes: user.library.themes,
            services: services
        ).run()
        screen.close()
        if let end { log.notice("the console ended: \(end)") }
    }

    private var demoPrompts: [DemoPrompt] {
        prompts.sorted { $0.key < $1.key }.flatMap { adapter, texts in
            texts.map { DemoPrompt(adapter: adapter, text: $0) }
        }
    }
}

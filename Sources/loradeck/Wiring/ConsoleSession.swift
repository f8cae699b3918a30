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

    /// Fails where no console can be opened, before anything that takes time is done.
    static func checkTerminal(environment: [String: String] = ProcessInfo.processInfo.environment) throws(TerminalError)
    {
        guard isatty(STDIN_FILENO) == 1 else { throw .notATerminal("standard input") }
        guard isatty(STDOUT_FILENO) == 1 else { throw .notATerminal("standard output") }
        guard let term = environment["TERM"], !term.isEmpty else { throw .typeUnset }
        guard term != "dumb", term != "unknown" else { throw .typeTooSimple(term) }
    }

    /// Shows the console until the user leaves it or the terminal is gone.
    ///
    /// On the main thread, which it keeps: ncurses is not thread-safe, and the kernel gives SIGWINCH to the main thread.
    func run() throws {
        let library = ThemeLibrary()
        for problem in library.problems { log.warning("\(problem)") }
        guard library.theme(named: options.theme) != nil else {
            let names = library.themes.map(\.name).joined(separator: ", ")
            throw Failure("there is no theme “\(options.theme)”; there are \(names)")
        }
        let screen = try TerminalSession(options.terminal(environment: ProcessInfo.processInfo.environment))
        for note in screen.notes { log.notice("\(note)") }
        let configuration = ConsoleConfiguration(
            theme: options.theme, themes: library.themes.map(\.name), prompts: demoPrompts,
            isReadOnly: options.readOnly, timeZoneOffset: TimeZone.current.secondsFromGMT(),
            commandHistory: files.commands(), takesMouse: options.mouse)
        let shown: any Deck = options.readOnly ? ReadOnlyDeck(deck) : deck
        var services = files.services
        // Nothing is changed then, saved prompts neither.
        if options.readOnly { services.savePrompts = nil }
        let end = ConsoleRunner(
            deck: shown, screen: screen, configuration: configuration, themes: library.themes, services: services
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

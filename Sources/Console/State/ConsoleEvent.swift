import DeckCore
import TerminalKit

/// What happens to a console.
public enum ConsoleEvent: Sendable {
    /// A key pressed by itself.
    case key(Key)
    /// Keys that came together; with `continues` they came together with those of the event before, too.
    case keys([Key], continues: Bool)
    /// The deck at a new moment, as the deck gave it.
    case snapshot(DeckSnapshot)
    /// The same, cleaned already, and the seconds of a processor that it cost.
    case cleaned(SafeSnapshot, seconds: Double)
    /// News for one column of a prompt session.
    case prompt(session: Int, column: Int, PromptUpdate)
    /// What became of a command.
    case outcome(DeckCommand, CommandOutcome)
    /// A folder that was asked for.
    case folder(FolderListing)
    /// What became of something that was neither a command nor a prompt: a copy, a dump, a saved prompt.
    case notice(String, Flash.Level)
    /// The settings, read again.
    case reloaded(Reload)
    /// Time passes: seconds on any clock that only goes forward. Sent before the events of that moment.
    case tick(Double)
    case resize(Size)
    /// What the frame that was just shown cost.
    case cost(FrameCost)
}

/// What a console wants done. The reducer only says it.
public enum ConsoleEffect: Hashable, Sendable {
    case perform(GatedCommand)
    /// Sends prompts together, as one call, so that they can share a batch from their first step.
    case submit(session: Int, [PromptRequest])
    /// Drops the streams of a session, which aborts its requests.
    case cancel(session: Int)
    case redraw
    case suspend
    case quit
    case setTheme(String)
    /// Frames a second at most.
    case setRefresh(Int)
    /// Lists a folder for completing a path.
    case listFolder(String)
    /// Keeps all saved prompts of an adapter, by the deck's name for it.
    case savePrompts(adapter: String, [String])
    /// Keeps the command line's history.
    case saveCommands([String])
    /// Puts a text on the clipboard; `what` names it for the message.
    case copy(what: String, text: String)
    /// Writes a frame to a file; without a path its name begins with `stem`.
    case dumpScreen(CellGrid, stem: String, DumpFormat, path: String?)
    /// The same for a text.
    case dumpText(String, stem: String, DumpFormat, path: String?)
    /// Reads settings and themes again.
    case reload
    /// Takes mouse events from the terminal, or leaves them to it.
    case setMouse(Bool)
}

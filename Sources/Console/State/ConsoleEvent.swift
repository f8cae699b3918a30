import DeckCore
import TerminalKit

/// What happens to a console.
public enum ConsoleEvent: Sendable {
    case key(Key)
    /// The deck at a new moment, as the deck gave it.
    case snapshot(DeckSnapshot)
    /// News for one column of a prompt session.
    case prompt(session: Int, column: Int, PromptUpdate)
    /// What became of a command.
    case outcome(DeckCommand, CommandOutcome)
    /// Time passes: seconds on any clock that only goes forward. Sent before the events of that moment.
    case tick(Double)
    case resize(Size)
}

/// What a console wants done. The reducer only says it.
public enum ConsoleEffect: Hashable, Sendable {
    case perform(DeckCommand)
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
}

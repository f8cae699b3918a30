import DeckCore

/// A command that may leave the console: it takes nothing away, or a question that named what it takes was answered. The
/// gate alone makes one, so no key, click, line, menu or undo gets past it (invariant 14).
public struct GatedCommand: Hashable, Sendable {
    public let command: DeckCommand

    fileprivate init(_ command: DeckCommand) { self.command = command }

    /// The same order by the deck's own names.
    func renamed(_ change: (String) -> String) -> GatedCommand { GatedCommand(command.renamed(change)) }
}

/// The one way out of the console for commands.
enum CommandGate {
    /// Nil where the order takes something away, as the deck stands: then it has to be asked for.
    static func harmless(_ command: DeckCommand, in snapshot: DeckSnapshot?) -> GatedCommand? {
        command.loss(in: snapshot) == nil ? GatedCommand(command) : nil
    }

    /// The orders that a question named, once it is answered with yes.
    static func answered(_ confirmation: Confirmation) -> [GatedCommand] {
        confirmation.commands.map(GatedCommand.init)
    }

    /// The registration that a load dialog stands for, once its button is pressed: it shows which version leaves.
    static func answered(_ dialog: LoadDialog) -> GatedCommand { GatedCommand(dialog.registration) }
}

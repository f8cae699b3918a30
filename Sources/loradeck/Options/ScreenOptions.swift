import ArgumentParser
import Console
import TerminalKit

/// How the console looks.
struct ScreenOptions: ParsableArguments {
    enum Color: String, ExpressibleByArgument, CaseIterable {
        case auto, always, never
    }

    @Option(help: ArgumentHelp("Theme at the start; `T` walks through all of them.", valueName: "name"))
    var theme = "dark"

    @Flag(help: "Draw with ASCII characters only.")
    var ascii = false

    @Option(help: "auto, always or never.")
    var color: Color = .auto

    @Flag(help: "Refuse every command and prompt: look, and touch nothing.")
    var readOnly = false
}

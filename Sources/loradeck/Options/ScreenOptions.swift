import ArgumentParser
import Console
import TerminalKit

/// How the console looks.
struct ScreenOptions: ParsableArguments {
    /// How many colours to use.
    enum Color: String, ExpressibleByArgument, CaseIterable {
        case auto, always, truecolor, never
        case indexed256 = "256"
        case ansi16 = "16"
    }

    /// Which characters to draw with.
    enum Glyphs: String, ExpressibleByArgument, CaseIterable {
        case auto, braille, blocks, ascii
    }

    @Option(help: ArgumentHelp("Theme at the start; `T` chooses another.", valueName: "name"))
    var theme = "dark"

    @Flag(help: "Draw with ASCII characters only; the same as --glyphs ascii.")
    var ascii = false

    @Option(
        help: ArgumentHelp(
            "Characters of graphs and boxes: auto, braille, blocks (for fonts without braille) or ascii.",
            valueName: "which"))
    var glyphs: Glyphs = .auto

    @Option(
        help: ArgumentHelp(
            "Colours: auto (by NO_COLOR, COLORTERM and TERM), truecolor, 256, 16, never, or always (256 at least).",
            valueName: "how"))
    var color: Color = .auto

    @Flag(
        inversion: .prefixedNo, help: "Take mouse clicks and the wheel; without, the terminal selects text by itself.")
    var mouse = true

    @Flag(inversion: .prefixedNo, help: "Mark each frame as one update (CSI ? 2026), so that none is seen half.")
    var sync = true

    @Flag(help: "Refuse every command and prompt: look, and touch nothing.")
    var readOnly = false

    /// What the terminal is opened with.
    func terminal(environment: [String: String]) -> TerminalOptions {
        var options = TerminalOptions()
        options.glyphs =
            switch glyphs {
            case .auto: ascii ? .ascii : nil
            case .braille: ascii ? .ascii : .unicode
            case .blocks: ascii ? .ascii : .blocks
            case .ascii: .ascii
            }
        options.color =
            switch color {
            case .auto: nil
            case .always: max(.indexed256, ColorDepth.detect(environment: environment))
            case .truecolor: .truecolor
            case .indexed256: .indexed256
            case .ansi16: .ansi16
            case .never: .mono
            }
        options.mouse = mouse
        options.synchronisedOutput = sync
        return options
    }
}

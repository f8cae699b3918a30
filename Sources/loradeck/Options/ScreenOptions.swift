import ArgumentParser
import Console
import Foundation
import TerminalKit

/// How the console looks, as far as the command line says it.
struct ScreenOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Theme at the start; `T` chooses another. (default: dark)", valueName: "name"))
    var theme: String?

    @Flag(help: "Draw with ASCII characters only; the same as --glyphs ascii.")
    var ascii = false

    @Option(
        help: ArgumentHelp(
            "Characters of graphs and boxes: auto, braille, blocks (for fonts without braille) or ascii.",
            valueName: "which"))
    var glyphs: GlyphChoice?

    @Option(
        help: ArgumentHelp(
            "Colours: auto (by NO_COLOR, COLORTERM and TERM), truecolor, 256, 16, never, or always (256 at least).",
            valueName: "how"))
    var color: ColorChoice?

    @Flag(
        inversion: .prefixedNo, help: "Take mouse clicks and the wheel; without, the terminal selects text by itself.")
    var mouse: Bool?

    @Flag(inversion: .prefixedNo, help: "Mark each frame as one update (CSI ? 2026), so that none is seen half.")
    var sync: Bool?

    @Option(help: ArgumentHelp("Frames a second at most, 1 to 30. (default: 4)", valueName: "n"))
    var refresh: Int?

    @Option(
        help: ArgumentHelp(
            "Milliseconds that Esc waits for the rest of a split key. (default: \(EscapeWait.local), over SSH or mosh "
                + "\(EscapeWait.remote))", valueName: "n"))
    var escapeWait: Int?

    @Option(help: ArgumentHelp("Shown in the header like a warning, such as PRODUCTION.", valueName: "text"))
    var label: String?

    @Flag(inversion: .prefixedNo, help: "Refuse every command and prompt: look, and touch nothing.")
    var readOnly: Bool?

    func validate() throws {
        for (setting, value) in flags {
            if let complaint = setting.complaint(about: value, called: setting.flag) {
                throw ValidationError(complaint)
            }
        }
    }

    /// What the flags say.
    var flags: [Setting: Setting.Value] {
        var flags: [Setting: Setting.Value] = [:]
        flags[.theme] = theme.map { .text($0) }
        flags[.glyphs] = ascii ? .text(GlyphChoice.ascii.rawValue) : glyphs.map { .text($0.rawValue) }
        flags[.color] = color.map { .text($0.rawValue) }
        flags[.mouse] = mouse.map { .truth($0) }
        flags[.sync] = sync.map { .truth($0) }
        flags[.refresh] = refresh.map { .number($0) }
        flags[.escapeWait] = escapeWait.map { .number($0) }
        flags[.label] = label.map { .text($0) }
        flags[.readOnly] = readOnly.map { .truth($0) }
        return flags
    }
}

extension GlyphChoice: ExpressibleByArgument {}
extension ColorChoice: ExpressibleByArgument {}

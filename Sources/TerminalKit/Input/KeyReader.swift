import CNcurses
import Foundation

/// Reads keys from ncurses, whose screen must be up.
struct KeyReader {
    private var decoder = KeyDecoder()
    /// A pad: reading from a window would refresh it, and ncurses' idea of the screen is not what the screen shows.
    private let window: UnsafeMutablePointer<WINDOW>

    /// Nil without memory.
    init?() {
        guard let window = newpad(1, 1) else { return nil }
        self.window = window
        nodelay(window, true)
        keypad(window, true)
        // The usual compromise over SSH; the default is a second.
        set_escdelay(25)
        define_key("\u{1B}[200~", KeyDecoder.pasteBegin)
        define_key("\u{1B}[201~", KeyDecoder.pasteEnd)
        // Mouse reports are decoded here, whatever the terminal's description says of them.
        keyok(KEY_MOUSE, false)
    }

    /// Whether a sequence or a paste has begun and not ended.
    var isPending: Bool { decoder.isPending }
    /// How many milliseconds its rest is worth waiting for.
    var patience: Int { decoder.patience }

    /// Everything that can be read now.
    mutating func read() -> [Key] {
        var keys: [Key] = []
        var code: wint_t = 0
        while true {
            switch wget_wch(window, &code) {
            case KEY_CODE_YES: keys += decoder.take(.code(Int32(bitPattern: code)))
            case OK: keys += decoder.take(.scalar(code))
            default: return keys
            }
        }
    }

    /// What stands when the rest did not come.
    mutating func finish() -> [Key] { decoder.finish() }

    /// A terminal that is gone stays readable and brings nothing.
    static func isAtEndOfInput() -> Bool {
        var file = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard poll(&file, 1, 0) == 1 else { return false }
        var available: Int32 = 0
        return ioctl(STDIN_FILENO, UInt(FIONREAD), &available) != 0 || available == 0
    }
}

import CNcurses
import Foundation

/// Reads keys from ncurses, whose screen must be up and set not to block.
struct KeyReader {
    private var decoder = KeyDecoder()

    /// Whether a sequence or a paste has begun and not ended.
    var isPending: Bool { decoder.isPending }
    /// How many milliseconds its rest is worth waiting for.
    var patience: Int { decoder.patience }

    /// Everything that can be read now.
    mutating func read() -> [Key] {
        var keys: [Key] = []
        var code: wint_t = 0
        while true {
            switch wget_wch(nc_stdscr(), &code) {
            case KEY_CODE_YES where Int32(bitPattern: code) == KEY_MOUSE:
                var event = MEVENT()
                while getmouse(&event) == OK {
                    if let event = MouseEvent(event) { keys += decoder.take(.mouse(event)) }
                }
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

extension MouseEvent {
    /// Nil for buttons that mean nothing here.
    init?(_ event: MEVENT) {
        let action: Action
        switch event.bstate {
        case let state where state & nc_button_pressed() != 0: action = .press
        case let state where state & nc_button_released() != 0: action = .release
        case let state where state & nc_wheel_up() != 0: action = .wheelUp
        case let state where state & nc_wheel_down() != 0: action = .wheelDown
        default: return nil
        }
        self.init(x: Int(event.x), y: Int(event.y), action: action)
    }
}

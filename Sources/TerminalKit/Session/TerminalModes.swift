import CNcurses
import Foundation

/// The modes of the terminal and of ncurses while a screen is up.
enum TerminalModes {
    /// Screen modes that ncurses does not handle; what a crash must undo besides.
    static let reset: StaticString = """
        \u{1B}[?2026l\u{1B}[?1006l\u{1B}[?1003l\u{1B}[?1002l\u{1B}[?1000l\u{1B}[?2004l\
        \u{1B}[?1l\u{1B}>\u{1B}[?1049l\u{1B}[?25h\u{1B}[0m\r\n
        """

    /// Sets the line discipline up after newterm.
    static func start() {
        cbreak()
        noecho()
        nonl()
        // Control-S, Control-Q and Control-V are keys, Control-\ does not dump core; Control-C and Control-Z are signals.
        var modes = termios()
        if tcgetattr(STDIN_FILENO, &modes) == 0 {
            modes.c_iflag &= ~tcflag_t(IXON)
            modes.c_lflag &= ~tcflag_t(IEXTEN)
            withUnsafeMutableBytes(of: &modes.c_cc) { $0[Int(VQUIT)] = 0 }
            tcsetattr(STDIN_FILENO, TCSANOW, &modes)
            def_prog_mode()
        }
    }

    /// Presses, releases, drags and the wheel, in the form (1006) that has no largest column.
    static let mouseOn = "\u{1B}[?1000h\u{1B}[?1002h\u{1B}[?1006h"
    static let mouseOff = "\u{1B}[?1006l\u{1B}[?1002l\u{1B}[?1000l"
    /// Bracketed paste on; what an earlier program may have left on, off: focus reports and old forms of mouse reports.
    static let enter = "\u{1B}[?2004h\u{1B}[?1004l\u{1B}[?1005l\u{1B}[?1015l"
    static let leave = "\u{1B}[?2004l"

    /// Past ncurses' buffer, which `doupdate` empties before it returns.
    static func send(_ sequence: String) { send(Array(sequence.utf8)) }

    static func send(_ all: [UInt8]) {
        var bytes = all[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }

    /// The terminal's size; 80x24 where it does not say.
    static func size() -> Size {
        var window = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &window) == 0, window.ws_row > 0, window.ws_col > 0 else {
            return Size(width: 80, height: 24)
        }
        return Size(width: Int(window.ws_col), height: Int(window.ws_row))
    }

    /// Milliseconds of a clock that nobody sets.
    static func now() -> Int64 { nanoseconds() / 1_000_000 }

    static func nanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

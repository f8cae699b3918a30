import CNcurses
import Foundation

/// The modes of the terminal and of ncurses while a screen is up.
enum TerminalModes {
    /// Screen modes that ncurses does not handle; what a crash must undo besides.
    static let reset: StaticString = """
        \u{1B}[?2026l\u{1B}[?1006l\u{1B}[?1003l\u{1B}[?1002l\u{1B}[?1000l\u{1B}[?2004l\
        \u{1B}[?1l\u{1B}>\u{1B}[?1049l\u{1B}[?25h\u{1B}[0m\r\n
        """

    /// Sets ncurses up after newterm; returns the depth that it can show.
    static func start(wanted: ColorDepth) -> ColorDepth {
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
        let window = nc_stdscr()
        nodelay(window, true)
        keypad(window, true)
        scrollok(window, false)
        leaveok(window, false)
        // The usual compromise over SSH; the default is a second.
        set_escdelay(25)
        define_key("\u{1B}[200~", KeyDecoder.pasteBegin)
        define_key("\u{1B}[201~", KeyDecoder.pasteEnd)
        guard wanted > .mono, has_colors(), start_color() == OK else { return .mono }
        return nc_colors() >= 256 ? min(wanted, .indexed256) : .ansi16
    }

    /// Past ncurses' buffer, which `doupdate` empties before it returns.
    static func send(_ sequence: String) {
        var bytes = Array(sequence.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }

    /// Milliseconds of a clock that nobody sets.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

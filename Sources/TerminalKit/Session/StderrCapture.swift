import CTerminal
import Glibc

/// Keeps what is written to standard error while a screen is up, and shows it afterwards (after htop's
/// `redirectStderr`): a library's message would else tear the screen and be lost.
struct StderrCapture: ~Copyable {
    /// Where the messages are; read by the crash handler too.
    let captured: Int32
    /// The standard error of before.
    let original: Int32

    /// The most that is replayed; the rest of a flood is its end.
    private static let replayLimit: off_t = 64 << 10

    /// Nil when standard error goes elsewhere already (a file, a pipe) and so cannot tear the screen.
    init?() {
        guard isatty(STDERR_FILENO) == 1 else { return nil }
        let file = terminal_memory_file()
        guard file >= 0 else { return nil }
        let copy = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0, dup2(file, STDERR_FILENO) >= 0 else {
            close(file)
            if copy >= 0 { close(copy) }
            return nil
        }
        self.captured = file
        self.original = copy
    }

    /// Puts standard error back and writes what was kept.
    consuming func finish() {
        dup2(original, STDERR_FILENO)
        var at = max(0, lseek(captured, 0, SEEK_END) - StderrCapture.replayLimit)
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = pread(captured, &buffer, buffer.count, at)
            guard count > 0, write(STDERR_FILENO, buffer, count) == count else { break }
            at += off_t(count)
        }
        close(captured)
        close(original)
    }
}

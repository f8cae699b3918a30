import Foundation

/// The wait for engines that do not answer at once: it ends by itself, and whoever sits at the terminal can end it with the
/// key that ends the console.
final class AttachWait {
    /// Seconds for all that comes before the first look at a deck.
    static let seconds = 30.0
    /// Seconds after which it is said that something is waited for.
    private static let quietSeconds = 1.0

    private let isSilent: Bool
    private let start = ContinuousClock.now
    private let interruption = Interruption()
    /// The terminal as it was found; nil where there is none to read keys from.
    private var modes: termios?
    private var wasSaid = false

    /// A silent one reads no keys and says nothing.
    init(isSilent: Bool) {
        self.isSilent = isSilent
        var modes = termios()
        guard !isSilent, tcgetattr(STDIN_FILENO, &modes) == 0 else { return }
        self.modes = modes
        // Keys come one by one and are not shown; those that end a program are keys as well, so that the terminal is given back.
        modes.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
        tcsetattr(STDIN_FILENO, TCSANOW, &modes)
    }

    /// Why the wait is over, looked for over a few hundredths of a second; nil while it is not.
    func isOver() -> String? {
        if interruption.hasHappened { return ended("interrupted") }
        if hasPressedQuit() { return ended("given up") }
        let waited = start.duration(to: .now)
        if waited > .seconds(Self.seconds) {
            return ended("there was nothing to show within \(Int(Self.seconds)) s")
        }
        if waited > .seconds(Self.quietSeconds), !wasSaid, modes != nil {
            wasSaid = true
            Output.note("waiting for an answer; Q gives up")
        }
        return nil
    }

    /// Gives the terminal back.
    func end() {
        guard var modes else { return }
        tcsetattr(STDIN_FILENO, TCSANOW, &modes)
        self.modes = nil
    }

    private func ended(_ reason: String) -> String {
        end()
        return reason
    }

    private func hasPressedQuit() -> Bool {
        guard modes != nil else {
            usleep(20_000)
            return false
        }
        var entry = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, 20) > 0 else { return false }
        var keys = [UInt8](repeating: 0, count: 64)
        let count = read(STDIN_FILENO, &keys, keys.count)
        // Nobody can press a key any more.
        guard count > 0 else { return true }
        // An escape sequence is no key of these, whatever letters it has.
        guard keys[0] != 0x1B || count == 1 else { return false }
        return keys[..<count].contains { [UInt8(ascii: "q"), UInt8(ascii: "Q"), 0x03, 0x1B].contains($0) }
    }

    deinit { end() }
}

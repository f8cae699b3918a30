import Foundation
import Synchronization

/// What runs now: one line on stderr that is written over on a terminal, a line each elsewhere.
final class BenchProgress: Sendable {
    private let isShown = Mutex(false)

    func show(_ text: String) {
        guard Output.errorIsTerminal else { return Output.note(text) }
        isShown.withLock { $0 = true }
        Output.emit("\r\u{1B}[K\(text)", to: STDERR_FILENO)
    }

    /// Leaves an empty line.
    func end() {
        let wasShown = isShown.withLock { isShown in
            defer { isShown = false }
            return isShown
        }
        if wasShown { Output.emit("\r\u{1B}[K", to: STDERR_FILENO) }
    }
}

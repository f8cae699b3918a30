import CTerminal
import Glibc

/// The pipe that turns signals and other threads' wishes into something `poll` sees.
///
/// Its ends close with the last reference, so that a waker which outlives the session never writes into a file that got
/// the same number.
final class WakePipe: Sendable {
    let readEnd: Int32
    let writeEnd: Int32

    init?() {
        var ends: [Int32] = [-1, -1]
        guard terminal_wake_pipe(&ends) == 0 else { return nil }
        self.readEnd = ends[0]
        self.writeEnd = ends[1]
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// Wakes whoever waits on the other end. A write to a full pipe fails, and may: the reader is awake by what is in it.
    func wake() {
        var byte = UInt8(ascii: "w")
        _ = write(writeEnd, &byte, 1)
    }

    /// Everything written since the last call.
    func drain() -> Set<UInt8> {
        var seen: Set<UInt8> = []
        var buffer = [UInt8](repeating: 0, count: 256)
        while true {
            let count = read(readEnd, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return seen }
            seen.formUnion(buffer[..<count])
        }
    }
}

import Foundation

/// Reads the terminal's bytes, decodes them, and tells bursts apart: keys that came together and that no person pressed
/// one by one.
struct KeyReader {
    /// A pause of so many milliseconds ends a burst.
    static let pause = KeyDecoder.together
    /// The same when so many bytes have come without one: a paste, which a slow line brings in pieces.
    static let pasteBytes = 64
    static let pasteStall: Int64 = 50

    private var decoder: KeyDecoder
    private var buffer = [UInt8](repeating: 0, count: 4096)
    /// The number of the burst that is being read.
    private(set) var burst = 0
    private var burstBytes = 0
    private var latest = Int64.min / 2
    /// When there was nothing to read, the last time that somebody looked.
    private var emptyAt = Int64.min / 2
    /// Whether the terminal is gone: it stays readable and brings nothing.
    private(set) var isAtEnd = false

    init(escapeWait: Int) { decoder = KeyDecoder(escapeWait: escapeWait, table: KeyTable.loaded()) }

    /// When `expire` has something to say.
    var deadline: Int64? { decoder.deadline }

    /// Everything that can be read now. `isAwaited` says that the caller slept until it came; otherwise it may have come
    /// at any time since somebody looked last.
    mutating func read(at now: Int64, isAwaited: Bool) -> [Key] {
        var keys: [Key] = []
        while keys.count < Self.mostKeys, let bytes = readSome(at: now) {
            count(bytes.count, at: now, isAwaited: isAwaited)
            keys += decoder.take(bytes, at: now)
        }
        return keys
    }

    /// Somebody looked, and there was nothing to read.
    mutating func sawNothing(at now: Int64) { emptyAt = now }

    /// Looks without reading: what is not there yet when a frame is up was pressed by who saw it.
    mutating func look(at now: Int64) { if !isReadable() { sawNothing(at: now) } }

    /// A flood is taken in parts, so that the screen and the signals get their turn.
    private static let mostKeys = 4096

    /// What stands when the rest did not come.
    mutating func expire(at now: Int64) -> [Key] { decoder.expire(at: now) }

    private mutating func count(_ bytes: Int, at now: Int64, isAwaited: Bool) {
        let pause = burstBytes < Self.pasteBytes ? Self.pause : Self.pasteStall
        if (isAwaited ? now : emptyAt) - latest >= pause {
            burst += 1
            burstBytes = 0
        }
        burstBytes += bytes
        latest = now
    }

    /// Nil when there is nothing to read.
    private mutating func readSome(at now: Int64) -> ArraySlice<UInt8>? {
        guard isReadable() else {
            sawNothing(at: now)
            return nil
        }
        let count = Foundation.read(STDIN_FILENO, &buffer, buffer.count)
        if count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN) { isAtEnd = true }
        return count > 0 ? buffer[..<count] : nil
    }

    private func isReadable() -> Bool {
        var file = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        return poll(&file, 1, 0) == 1 && Int32(file.revents) & POLLIN != 0
    }
}

import Foundation
import Synchronization

/// A file without a name in `folder`, cut into slots of one page each: whatever way the process ends, nothing is left.
/// Opened when first written.
final class SpillFile: Sendable {
    struct Fault: Error {
        let reason: String
    }

    private let folder: URL
    private let descriptor = Mutex<Int32?>(nil)

    init(folder: URL) { self.folder = folder }

    deinit {
        if let descriptor = descriptor.withLock({ $0 }) { close(descriptor) }
    }

    func write(_ buffer: SpillBuffer, to slots: [Int32]) throws(Fault) {
        let descriptor = try open()
        for (index, slot) in slots.enumerated() {
            try transfer(buffer, index, slot, "written") { pwrite(descriptor, $0, $1, $2) }
        }
    }

    func read(_ slots: [Int32], into buffer: SpillBuffer) throws(Fault) {
        let descriptor = try open()
        for (index, slot) in slots.enumerated() {
            try transfer(buffer, index, slot, "read") { pread(descriptor, $0, $1, $2) }
        }
    }

    /// Moves a whole page, however many calls that takes.
    private func transfer(
        _ buffer: SpillBuffer, _ index: Int, _ slot: Int32, _ verb: String,
        _ call: (UnsafeMutableRawPointer, Int, off_t) -> Int
    ) throws(Fault) {
        var done = 0
        while done < buffer.pageBytes {
            let count = call(
                buffer.page(index) + done, buffer.pageBytes - done, off_t(slot) * off_t(buffer.pageBytes) + off_t(done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw Fault(
                    reason: "KV pages could not be \(verb): \(count < 0 ? Self.reason : "the file is too short")")
            }
            done += count
        }
    }

    private func open() throws(Fault) -> Int32 {
        let known: Int32? = descriptor.withLock { descriptor in
            if let descriptor { return descriptor }
            var path = Array(folder.appendingPathComponent("loradeck-kv-XXXXXX").path.utf8CString)
            let opened = mkstemp(&path)
            guard opened >= 0 else { return nil }
            _ = fcntl(opened, F_SETFD, FD_CLOEXEC)
            unlink(path)
            descriptor = opened
            return opened
        }
        guard let known else { throw Fault(reason: "no file in \(folder.path) for KV pages: \(Self.reason)") }
        return known
    }

    private static var reason: String { String(cString: strerror(errno)) }
}

import DeckCore
import Foundation

/// Which file an adapter's header was read from, and in which state.
struct FileStamp: Hashable, Sendable {
    let path: String
    let state: FileState

    var size: Int { Int(state.size) }

    /// Looks at the file that `path`, a resolved path, names now.
    init(path: String) throws(AdapterRefusal) {
        guard let status = LinkFreePath.status(path) else { throw AdapterRefusal(resolved: path, errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw AdapterRefusal("\(path) is not a regular file") }
        self.init(path: path, status)
    }

    fileprivate init(path: String, _ status: stat) {
        self.path = path
        state = FileState(status)
    }

    /// Opens the file for reading. Throws when it is another one by now, or was written to.
    func open() throws(AdapterRefusal) -> AdapterFile {
        let file = try AdapterFile(self)
        try file.verifyUnchanged()
        return file
    }
}

extension FileStamp {
    /// Writes the file's bytes to a new file and waits until the disk has them. Throws when the file is not in this state
    /// from the first byte to the last.
    func copy(to target: String) throws(AdapterRefusal) {
        let source = try open()
        let descriptor = Foundation.open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw AdapterRefusal("\(target): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: min(max(size, 1), 1 << 20), alignment: 64)
        defer { buffer.deallocate() }
        var done = 0
        while done < size {
            let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, size - done)])
            try source.read(into: piece, at: done)
            var written = 0
            while written < piece.count {
                let count = write(descriptor, piece.baseAddress.map { $0 + written }, piece.count - written)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw AdapterRefusal("\(target): \(String(cString: strerror(errno)))") }
                written += count
            }
            done += piece.count
        }
        try source.verifyUnchanged()
        guard fsync(descriptor) == 0 else { throw AdapterRefusal("\(target): \(String(cString: strerror(errno)))") }
    }
}

/// An open weights file.
struct AdapterFile: ~Copyable {
    private let descriptor: Int32
    private let stamp: FileStamp

    fileprivate init(_ stamp: FileStamp) throws(AdapterRefusal) {
        // The path was resolved when the header was read: a link on it now was put there since.
        let descriptor = LinkFreePath.open(stamp.path, O_RDONLY | O_NONBLOCK)
        guard descriptor >= 0 else { throw AdapterRefusal(resolved: stamp.path, errno: errno) }
        self.descriptor = descriptor
        self.stamp = stamp
    }

    deinit { close(descriptor) }

    /// Fills `target` with the bytes from `offset` on.
    func read(into target: UnsafeMutableRawBufferPointer, at offset: Int) throws(AdapterRefusal) {
        var done = 0
        while done < target.count {
            let count = pread(
                descriptor, target.baseAddress.map { $0 + done }, target.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw AdapterRefusal(path: stamp.path, errno: errno)
            }
            guard count > 0 else { throw changed }
            done += count
        }
    }

    /// Throws when the file is not in the state in which its header was read.
    func verifyUnchanged() throws(AdapterRefusal) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, FileStamp(path: stamp.path, status) == stamp else { throw changed }
    }

    private var changed: AdapterRefusal {
        AdapterRefusal("\(stamp.path) changed on disk since it was opened; register it again")
    }
}

import Foundation

/// A regular file, mapped read-only and privately into memory.
///
/// Pages come from the page cache on first touch, so a large file opens at once and several processes share it. As with
/// every mapping, a file that is truncated in place while mapped takes the process down with SIGBUS; replacing it by
/// rename, as package managers and `loradeck fetch` do, is safe.
public final class MappedFile: Sendable {
    public let path: String
    // Written once in `init`, unmapped in `deinit`; nobody writes the bytes in between.
    private nonisolated(unsafe) let mapping: UnsafeRawBufferPointer

    /// The file's bytes, valid while this object lives. Never empty; the base address is page-aligned.
    public var bytes: UnsafeRawBufferPointer { mapping }

    /// Size in bytes.
    public var count: Int { mapping.count }

    /// Maps the file at `path`. Throws for a missing or unreadable file, a folder, a device or pipe, and an empty file.
    public init(path: String) throws(ModelFileError) {
        // O_NONBLOCK: a named pipe in the place of a file must not block its opener.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.failure(path, opening: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.failure(path, opening: errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw ModelFileError(path: path, "is a folder, not a file")
        default: throw ModelFileError(path: path, "is not a regular file")
        }
        guard status.st_size > 0 else {
            throw ModelFileError(path: path, "the file is empty; copy or download it again")
        }
        let size = Int(status.st_size)
        guard let base = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else {
            throw ModelFileError(
                path: path, "cannot be mapped into memory: \(String(cString: strerror(errno)))", isLasting: false)
        }
        self.path = path
        self.mapping = UnsafeRawBufferPointer(start: base, count: size)
    }

    deinit {
        munmap(UnsafeMutableRawPointer(mutating: mapping.baseAddress), mapping.count)
    }

    private static func failure(_ path: String, opening code: Int32) -> ModelFileError {
        switch code {
        case ENOENT, ENOTDIR: ModelFileError(path: path, "no such file")
        case EACCES, EPERM: ModelFileError(path: path, "permission denied", isLasting: false)
        default:
            ModelFileError(path: path, "cannot be opened: \(String(cString: strerror(code)))", isLasting: false)
        }
    }
}

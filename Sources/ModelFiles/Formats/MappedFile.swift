import CMapping
import DeckCore
import Foundation

/// A regular file, mapped read-only and privately into memory.
///
/// Pages come from the page cache on first touch, so a large file opens at once and several processes share it. A file
/// that is replaced by rename, as package managers and `loradeck fetch` do, stays what it was. One that is written in
/// place, or cut short, is not what was read any more: `isTouched` tells, and missing bytes read as zeros.
public final class MappedFile: Sendable {
    public let path: String
    /// In which state it was when it was mapped.
    public let state: FileState
    // Written once in `init`, unmapped in `deinit`; nobody writes the bytes in between.
    private nonisolated(unsafe) let mapping: UnsafeRawBufferPointer
    private nonisolated(unsafe) let watch: OpaquePointer?
    /// Stays open, since a path may lead to another file by now.
    private let descriptor: Int32

    /// The file's bytes, valid while this object lives. Never empty; the base address is page-aligned.
    public var bytes: UnsafeRawBufferPointer { mapping }

    /// Size in bytes.
    public var count: Int { mapping.count }

    /// Maps the file at `path`. Throws for a missing or unreadable file, a folder, a device or pipe, and an empty file.
    public convenience init(path: String) throws(ModelFileError) {
        // O_NONBLOCK: a named pipe in the place of a file must not block its opener.
        try self.init(path: path, open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK))
    }

    /// Maps the file at a path whose links were followed already: one that was put there since is not (invariant 9).
    /// Throws as `init(path:)` does.
    convenience init(resolved path: String) throws(ModelFileError) {
        try self.init(path: path, LinkFreePath.open(path, O_RDONLY | O_NONBLOCK))
    }

    private init(path: String, _ descriptor: Int32) throws(ModelFileError) {
        guard descriptor >= 0 else { throw Self.failure(path, opening: errno) }
        do {
            let (state, mapping) = try Self.map(descriptor, path)
            self.state = state
            self.mapping = mapping
        } catch {
            close(descriptor)
            throw error
        }
        self.path = path
        self.descriptor = descriptor
        watch = mapping_watch(UnsafeMutableRawPointer(mutating: mapping.baseAddress), mapping.count)
    }

    deinit {
        mapping_forget(watch)
        munmap(UnsafeMutableRawPointer(mutating: mapping.baseAddress), mapping.count)
        close(descriptor)
    }

    /// The file's state now; nil when it cannot be told.
    var stateNow: FileState? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? FileState(status) : nil
    }

    /// Whether bytes that were mapped are missing.
    var isTorn: Bool { mapping_is_torn(watch) != 0 }

    private static func map(
        _ descriptor: Int32, _ path: String
    ) throws(ModelFileError) -> (FileState, UnsafeRawBufferPointer) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(path, opening: errno) }
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
        return (FileState(status), UnsafeRawBufferPointer(start: base, count: size))
    }

    private static func failure(_ path: String, opening code: Int32) -> ModelFileError {
        switch code {
        case ENOENT, ENOTDIR: ModelFileError(path: path, "no such file")
        case EACCES, EPERM: ModelFileError(path: path, "permission denied", isLasting: false)
        default:
            ModelFileError(path: path, "cannot be opened: \(String(cString: strerror(code)))", isLasting: false)
        }
    }

    /// Installs what keeps the process alive when a mapped file is cut short. A program calls it at its start, before
    /// others handle crashes; the first mapping does it too.
    public static func surviveCutFiles() { mapping_faults_install() }
}

import Foundation
import Glibc

/// Keeps other processes from opening a registry while this one does: two that change the journal mode, or migrate the same
/// new file, at once would see each other's half. The system lets go of it when a process dies.
struct FolderLock {
    private let descriptor: Int32

    /// Waits for whoever opens a registry in the folder of `path`, which takes milliseconds. A folder that cannot be locked
    /// is not: SQLite's own locks still stand.
    init(of path: String) {
        descriptor = Glibc.open((path as NSString).deletingLastPathComponent, O_RDONLY | O_CLOEXEC)
        while descriptor >= 0, flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
    }

    func release() {
        if descriptor >= 0 { close(descriptor) }
    }
}

import Foundation

/// Opens a path step by step, each from the folder before it, and follows no link on the way.
///
/// A path is judged where its links lead (`AdapterRoot.resolve`), and is opened later. Whoever may write in between puts a
/// link in the place of any folder on the way; opened like this, the path leads where it was judged, or nowhere.
enum LinkFreePath {
    /// O_PATH of Linux, which Swift does not see: a descriptor to start from, which reads nothing.
    private static let onlyPlace: Int32 = 0o10_000_000

    /// A descriptor that closes in child processes, or -1 with `errno`: ELOOP or ENOTDIR where a link stands.
    static func open(_ path: String, _ flags: Int32) -> Int32 {
        guard path.hasPrefix("/"), !path.utf8.contains(0) else {
            errno = EINVAL
            return -1
        }
        let steps = path.split(separator: "/")
        var folder = Foundation.open("/", onlyPlace | O_DIRECTORY | O_CLOEXEC)
        for (index, step) in steps.enumerated() where folder >= 0 {
            let isLast = index == steps.count - 1
            let next = openat(folder, String(step), (isLast ? flags : onlyPlace | O_DIRECTORY) | O_NOFOLLOW | O_CLOEXEC)
            let code = errno
            close(folder)
            errno = code
            folder = next
        }
        return folder
    }

    /// What stands at the path, itself no link; nil with `errno`.
    static func status(_ path: String) -> stat? {
        let descriptor = open(path, onlyPlace)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        return fstat(descriptor, &status) == 0 ? status : nil
    }
}

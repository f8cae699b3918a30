import DeckCore
import Foundation

/// The names in a folder.
enum FolderEntries {
    /// In no order, without `.` and `..`, and without names that are not UTF-8. Empty for what cannot be listed.
    static func names(of folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: name.pointee)) {
                    String(validatingCString: $0)
                }
            }
            if let name, name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// The name in `names` that is `wanted`; failing that, the only one that differs from it in the case of letters.
    static func pick(_ wanted: String, from names: [String]) -> String? {
        if names.contains(wanted) { return wanted }
        let alike = names.filter { $0.lowercased() == wanted }
        return alike.count == 1 ? alike.first : nil
    }
}

extension FileState {
    init(_ status: stat) {
        func nanoseconds(_ time: timespec) -> Int64 {
            // Wraps for years that no file has.
            Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
        }
        self.init(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
            modified: nanoseconds(status.st_mtim), changed: nanoseconds(status.st_ctim))
    }

    /// The state of what `path` leads to; nil for nothing.
    init?(following path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }
}

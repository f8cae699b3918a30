import Foundation

/// The folder that adapters may be read from. Paths are judged by where they end after every symlink is followed, never
/// by how they look (invariant 9).
public struct AdapterRoot: Hashable, Sendable {
    /// The folder itself, resolved.
    public let path: String
    /// As it was given: absolute paths that start with it are inside too.
    private let given: String

    /// Throws when `path` is no folder or cannot be read.
    public init(path: String) throws(AdapterRefusal) {
        let resolved = try Self.realPath(path)
        var status = stat()
        guard stat(resolved, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw AdapterRefusal("the adapter root \(path) is not a folder")
        }
        self.path = resolved
        self.given = Self.collapsed(path)
    }

    /// The real path of `path`, which is relative to the root or absolute. Throws when it does not exist, and when it ends
    /// outside the root: as an absolute path, through `..` or through a symlink.
    public func resolve(_ path: String) throws(AdapterRefusal) -> String {
        guard !path.utf8.contains(0) else { throw AdapterRefusal("a path with a NUL byte") }
        let absolute = path.hasPrefix("/") ? path : self.path + "/" + path
        let plain = Self.collapsed(absolute)
        // Before the file system is asked, so that nothing is told about files elsewhere.
        guard Self.contains(self.path, plain) || Self.contains(given, plain) else { throw outside(path) }
        let resolved = try Self.realPath(absolute)
        guard Self.contains(self.path, resolved) else { throw outside(path) }
        return resolved
    }

    private func outside(_ path: String) -> AdapterRefusal {
        AdapterRefusal("\(path) leads out of the adapter root \(self.path)")
    }

    private static func contains(_ folder: String, _ path: String) -> Bool {
        path == folder || path.hasPrefix(folder == "/" ? "/" : folder + "/")
    }

    /// `path` without `.`, `..` and doubled slashes, as text.
    private static func collapsed(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part != ".." { parts.append(part) } else if !parts.isEmpty { parts.removeLast() }
        }
        return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    }

    /// Where `path` ends after every symlink.
    static func realPath(_ path: String) throws(AdapterRefusal) -> String {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw AdapterRefusal("an empty path or one with a NUL byte")
        }
        guard let resolved = realpath(path, nil) else {
            let code = errno
            throw AdapterRefusal(
                code == ENOENT || code == ENOTDIR
                    ? "\(path): no such file or folder" : "\(path): \(String(cString: strerror(code)))")
        }
        defer { free(resolved) }
        guard let text = String(validatingCString: resolved) else {
            throw AdapterRefusal("\(path): the path is not valid UTF-8")
        }
        return text
    }
}

import Foundation

/// The folder that adapters may be read from. Paths are judged by where they end after every symlink is followed, never
/// by how they look (invariant 9).
public struct AdapterRoot: Hashable, Sendable {
    /// The folder itself, resolved.
    public let path: String
    /// As it was given: absolute paths that start with it are inside too.
    private let given: String
    /// Where the links of the root lead that is a snapshot in a Hugging Face cache: the blobs of the same repository.
    private let blobs: String?

    /// Throws when `path` is no folder or cannot be read.
    public init(path: String) throws(AdapterRefusal) {
        let resolved = try Self.realPath(path)
        var status = stat()
        guard stat(resolved, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw AdapterRefusal("the adapter root \(path) is not a folder")
        }
        self.path = resolved
        self.given = Self.collapsed(path)
        blobs = HubRepository(around: resolved)?.blobs
    }

    /// Where `path`, which is relative to the root or absolute, stands in the root, its own links not followed: what a
    /// mount or a folder that is exchanged by a link keeps its name by. Throws when it is outside.
    func place(_ path: String) throws(AdapterRefusal) -> String {
        guard !path.utf8.contains(0) else { throw AdapterRefusal("a path with a NUL byte") }
        let plain = Self.collapsed(path.hasPrefix("/") ? path : self.path + "/" + path)
        // Before the file system is asked, so that nothing is told about files elsewhere.
        if Self.contains(self.path, plain) { return plain }
        guard Self.contains(given, plain) else { throw outside(path) }
        return self.path + plain.dropFirst(given.count)
    }

    /// The real path of `path`, which is relative to the root or absolute. Throws when it does not exist, and when it ends
    /// outside the root: as an absolute path, through `..` or through a symlink.
    public func resolve(_ path: String) throws(AdapterRefusal) -> String {
        let place = try place(path)
        let resolved = try Self.realPath(place)
        guard !Self.contains(self.path, resolved), !(blobs.map { resolved.hasPrefix($0 + "/") } ?? false) else {
            return resolved
        }
        let culprit = Link.first(on: place) { link in
            Self.contains(self.path, link)
                && !((try? Self.realPath(link)).map { Self.contains(self.path, $0) } ?? false)
        }
        guard let culprit else { throw outside(path) }
        throw AdapterRefusal(
            """
            \(outside(path).reason): \(culprit.path) is a link to \(culprit.target). Put what it links to inside the root: \
            cp -rL copies what links lead to
            """)
    }

    private func outside(_ path: String) -> AdapterRefusal {
        AdapterRefusal("\(path) leads out of the adapter root \(self.path)")
    }

    private static func contains(_ folder: String, _ path: String) -> Bool {
        path == folder || path.hasPrefix(folder == "/" ? "/" : folder + "/")
    }

    /// `path` without `.`, `..` and doubled slashes, as text.
    static func collapsed(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part != ".." { parts.append(part) } else if !parts.isEmpty { parts.removeLast() }
        }
        return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    }

    /// Where `path` ends after every symlink. A link that leads nowhere is named with its target.
    static func realPath(_ path: String) throws(AdapterRefusal) -> String {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw AdapterRefusal("an empty path or one with a NUL byte")
        }
        guard let resolved = realpath(path, nil) else {
            let code = errno
            if [ENOENT, ENOTDIR, ELOOP].contains(code), let link = Link.firstBroken(on: path) {
                throw AdapterRefusal(link.complaint)
            }
            guard code == ENOENT || code == ENOTDIR else { throw AdapterRefusal(path: path, errno: code) }
            throw AdapterRefusal("\(path): no such file or folder")
        }
        defer { free(resolved) }
        guard let text = String(validatingCString: resolved) else {
            throw AdapterRefusal("\(path): the path is not valid UTF-8")
        }
        return text
    }
}

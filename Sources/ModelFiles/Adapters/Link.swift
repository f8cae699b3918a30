import Foundation

/// A symbolic link that stands in the way to a file.
struct Link: Hashable {
    let path: String
    /// As the link has it: often relative to the link's own folder.
    let target: String
    /// Whether it leads round in a circle.
    let isCircle: Bool

    /// The first link on the way down `path` that `isCulprit` says yes to.
    static func first(on path: String, where isCulprit: (String) -> Bool) -> Link? {
        var prefix = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            prefix += "/" + part
            var status = stat()
            guard lstat(prefix, &status) == 0 else { return nil }
            guard status.st_mode & S_IFMT == S_IFLNK, isCulprit(prefix) else { continue }
            let isCircle = stat(prefix, &status) != 0 && errno == ELOOP
            return Link(path: prefix, target: target(of: prefix), isCircle: isCircle)
        }
        return nil
    }

    /// The first link that leads to nothing.
    static func firstBroken(on path: String) -> Link? {
        first(on: path) { link in
            var status = stat()
            return stat(link, &status) != 0 && [ENOENT, ENOTDIR, ELOOP].contains(errno)
        }
    }

    /// What is wrong with a link that leads to nothing, and what to do.
    var complaint: String {
        if isCircle { return "\(path) is a link that leads round in a circle, by way of \(target): make it anew" }
        let cure =
            target.split(separator: "/").contains("blobs")
            ? "it came out of a Hugging Face cache without what it links to: copy it again with cp -rL"
            : "mend the link, or copy again with cp -rL, which copies what links lead to"
        return "\(path) is a broken link: its target \(target) does not exist; \(cure)"
    }

    private static func target(of link: String) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(link, &buffer, buffer.count)
        return String(decoding: buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

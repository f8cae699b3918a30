import Foundation

/// What stands at a registry's path while it is open.
public enum RegistryStanding: Hashable, Sendable {
    /// The file that was opened.
    case itself
    /// Nothing: the file or a folder above it was removed or renamed.
    case gone
    /// Another file.
    case another
}

/// Where an open registry stands. A file that was removed or replaced can still be written, but nobody would find what was
/// written to it.
struct RegistryPlace: Sendable {
    let path: String
    /// Nil for a file that was gone before it could be looked at.
    private let file: FileIdentity?

    /// To be called when the file at `path` has just been opened.
    init(path: String) {
        self.path = path
        file = FileIdentity(path: path)
    }

    var standing: RegistryStanding {
        guard let found = FileIdentity(path: path) else { return .gone }
        return found == file ? .itself : .another
    }

    /// Throws when what is written now would be found by nobody.
    func check() throws(RegistryError) {
        switch standing {
        case .itself: break
        case .gone: throw .gone(path: path)
        case .another: throw .replaced(path: path)
        }
    }
}

/// Which file a path leads to.
private struct FileIdentity: Hashable, Sendable {
    let device: UInt64
    let inode: UInt64

    /// Nil when nothing is there.
    init?(path: String) {
        var status = stat()
        guard lstat(URL(fileURLWithPath: path).resolvingSymlinksInPath().path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }
}

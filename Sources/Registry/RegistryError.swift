import GRDB

/// Why the registry cannot be used. Each text says what to do about it; nothing is ever deleted or recreated instead.
public enum RegistryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The folder or file cannot be created or written.
    case unwritable(path: String, reason: String)
    /// The file is not a registry of loradeck's.
    case foreign(path: String, reason: String)
    /// The file was written by a later loradeck.
    case newer(path: String, migrations: [String])
    /// The file is damaged.
    case corrupt(path: String, reason: String)
    /// Another process holds it for longer than we wait.
    case busy(path: String)
    /// Another deck runs on the same folder.
    case held(folder: String, by: StateLock.Holder?)
    /// The disk is full.
    case full(path: String)
    /// The file or a folder above it was removed or renamed while it was open.
    case gone(path: String)
    /// Another file was put in the place of the one that is open.
    case replaced(path: String)
    /// Something else that SQLite reports.
    case failed(path: String, reason: String)

    public var description: String {
        switch self {
        case .unwritable(let path, let reason):
            "cannot write the registry \(path): \(reason). Make its folder writable for you, or set XDG_STATE_HOME to a "
                + "folder that is"
        case .foreign(let path, let reason):
            "\(path) is not a loradeck registry (\(reason)). Move it away, or set XDG_STATE_HOME to another folder"
        case .newer(let path, let migrations):
            "the registry \(path) was written by a later loradeck (it has \(migrations.joined(separator: ", ")), which this "
                + "one does not know). Run that version, or set XDG_STATE_HOME to another folder"
        case .corrupt(let path, let reason):
            "the registry \(path) is damaged (\(reason)). It was left as it is: restore it from a backup, try "
                + "`sqlite3 \(path) .recover`, or move it away to start with an empty one"
        case .busy(let path):
            "the registry \(path) is held by another process. End it, or set XDG_STATE_HOME to another folder"
        case .held(let folder, let holder): Self.sentence(folder: folder, heldBy: holder)
        case .full(let path): "no space is left on the disk of the registry \(path)"
        case .gone(let path):
            "the registry \(path) was removed or renamed while loradeck runs, so nothing can be kept. Put it back, or start "
                + "loradeck again"
        case .replaced(let path):
            "another file was put in place of the registry \(path) while loradeck runs, so nothing can be kept. Put the "
                + "registry back, or start loradeck again to go on with what stands there now"
        case .failed(let path, let reason): "the registry \(path): \(reason)"
        }
    }

    /// The same failure in words for a person.
    init(_ error: any Error, path: String) {
        switch error {
        case let known as RegistryError: self = known
        case let failure as DatabaseError:
            let reason = failure.message ?? failure.resultCode.description
            switch failure.resultCode.primaryResultCode {
            case .SQLITE_CORRUPT: self = .corrupt(path: path, reason: reason)
            case .SQLITE_NOTADB: self = .foreign(path: path, reason: reason)
            case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_IOERR, .SQLITE_AUTH:
                self = .unwritable(path: path, reason: reason)
            case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy(path: path)
            case .SQLITE_FULL: self = .full(path: path)
            default: self = .failed(path: path, reason: reason)
            }
        default: self = .failed(path: path, reason: "\(error)")
        }
    }
}

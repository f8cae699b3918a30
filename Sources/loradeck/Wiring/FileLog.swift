import Foundation
import Logging
import Synchronization
import TerminalKit

/// swift-log into one file. Each entry is one line and one append, so that several processes can share the file.
///
/// A log that has grown too large at the start becomes `….1`, and takes the place of the one before.
struct FileLog: LogHandler {
    static let largestBytes = 4 << 20

    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    private let file: LogFile

    /// A logger on the file; one that drops everything when the file cannot be written (a full disk must not end a deck).
    static func logger(at path: URL, label: String = "loradeck") -> Logger {
        guard let file = LogFile(path) else { return Logger(label: label) { _ in SwiftLogNoOpLogHandler() } }
        return Logger(label: label) { _ in FileLog(file: file) }
    }

    private init(file: LogFile) { self.file = file }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let details = metadata.merging(event.metadata ?? [:]) { $1 }
            .sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        let time = Date().formatted(.iso8601.time(includingFractionalSeconds: true))
        // Foreign text must not forge a second entry, nor colour a later `cat`.
        file.append("\(time) \(event.level) " + Sanitiser.line("\(event.message)\(details)") + "\n")
    }
}

/// An open log file.
private final class LogFile: Sendable {
    private let descriptor: Int32

    init?(_ path: URL) {
        let files = FileManager.default
        try? files.createDirectory(
            at: path.deletingLastPathComponent(), withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let size = (try? files.attributesOfItem(atPath: path.path)[.size] as? Int) ?? 0
        if size > FileLog.largestBytes { rename(path.path, path.path + ".1") }
        descriptor = open(path.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }

    func append(_ line: String) { Output.emit(line, to: descriptor) }
}

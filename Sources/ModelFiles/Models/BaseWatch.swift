import DeckCore
import Foundation
import Synchronization

/// Watches the files that a base model is mapped from: what is written into them in place becomes part of the weights.
///
/// A file that another was renamed over is no harm, since the mapped one stays what it was. Size and time of modification
/// tell a write. Where only the time of change is another (a rename, an owner, a mode, or a write whose time was set back),
/// the content's digest decides, which is computed on a thread of its own.
public final class BaseWatch: Sendable {
    private struct Standing {
        /// The states that the content was last known to be unchanged in.
        var states: [FileState]
        var isHashing = false
        var fault: String?

        /// The fault, or the states whose content a digest must tell.
        mutating func look(at files: [MappedFile], _ now: [FileState?]) -> (fault: String?, doubtful: [FileState]?) {
            for (index, file) in files.enumerated() where fault == nil {
                fault = BaseWatch.reason(file, was: states[index], is: now[index])
            }
            let known = now.compactMap { $0 }
            guard fault == nil, known != states, !isHashing else { return (fault, nil) }
            isHashing = true
            return (nil, known)
        }
    }

    private let path: String
    private let files: [MappedFile]
    /// Computes the digest of what is mapped now.
    private let digest: @Sendable () -> Digest
    private let opened: Digest
    private let background: @Sendable (@escaping @Sendable () -> Void) -> Void
    private let standing: Mutex<Standing>

    /// `path` is the model's own, which may be a folder. `background` runs what takes as long as reading the files does.
    init(
        path: String, files: [MappedFile], digest: Digest, recompute: @escaping @Sendable () -> Digest,
        background: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void = { work in
            Thread.detachNewThread { work() }
        }
    ) {
        self.path = path
        self.background = background
        self.files = files
        self.digest = recompute
        opened = digest
        standing = Mutex(Standing(states: files.map(\.state)))
    }

    /// What was done to the files since they were mapped, for a person; nil when nothing was. Once told, it stays: whoever
    /// computed with them cannot know with what. Costs one system call a file.
    public func fault() -> String? {
        let states = files.map(\.stateNow)
        let (fault, doubtful) = standing.withLock { $0.look(at: files, states) }
        if let doubtful { background { [self] in settle(doubtful) } }
        return fault
    }

    /// The digest decides what the time of change left open.
    private func settle(_ states: [FileState]) {
        let isSame = digest() == opened
        standing.withLock { standing in
            standing.isHashing = false
            if isSame {
                standing.states = states
            } else if standing.fault == nil {
                standing.fault = Self.sentence(path, "its content is another")
            }
        }
    }

    private static func reason(_ file: MappedFile, was: FileState, is now: FileState?) -> String? {
        guard let now else { return sentence(file.path, "it cannot be looked at any more") }
        if now.size != was.size {
            return sentence(file.path, "it had \(was.size.counted("byte")), now \(now.size)")
        }
        if now.modified != was.modified { return sentence(file.path, "it was written to") }
        return file.isTorn ? sentence(file.path, "parts of it could not be read") : nil
    }

    private static func sentence(_ path: String, _ what: String) -> String {
        "the base model's file \(path) changed on disk while it was in use: \(what). Nothing is computed with it any more; "
            + "put the right file in its place by renaming it over, and start again"
    }
}

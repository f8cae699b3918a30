import DeckCore
import Foundation
import Registry
import Synchronization

/// What the registry remembers of verified adapters, for commands that only look at adapters: it is opened when it is
/// first asked, and not made where there is none.
final class RecordedVerdicts: VerifiedAdapters {
    private enum State {
        case unasked
        /// Nil where there is none, or it cannot be read: then nothing is verified by it.
        case asked(Registry?)
    }

    private let path: String
    private let base: Digest
    private let state = Mutex(State.unasked)

    init(path: String, base: Digest) {
        self.path = path
        self.base = base
    }

    func isVerified(_ adapter: Digest) -> Bool { registry?.isVerified(adapter) ?? false }
    func mayBeVerified(fileBytes: Int) -> Bool { registry?.mayBeVerified(fileBytes: fileBytes) ?? false }
    func digest(of files: [FileState]) -> Digest? { registry?.digest(of: files) }

    private var registry: Registry? {
        state.withLock { state in
            if case .asked(let registry) = state { return registry }
            let isThere = FileManager.default.fileExists(atPath: path)
            let registry = isThere ? try? Registry.open(path: path, base: base) : nil
            state = .asked(registry)
            return registry
        }
    }
}

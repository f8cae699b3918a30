import DeckCore
import Synchronization

/// Tells adapters whose names do not verify them, but whose content was verified on the base before.
///
/// That needs the content's digest, so such an adapter is read through once: not while its files stay as they are, and not
/// when no verified adapter has its size.
final class VerdictMemory: Sendable {
    private let verified: any VerifiedAdapters
    /// Digests of files in states that tell them from any later write.
    private let digests = Mutex(RecentValues<[FileState], Digest>(limit: 4096))

    init(_ verified: any VerifiedAdapters) { self.verified = verified }

    func holds(_ adapter: StoredAdapter) -> Bool {
        guard verified.mayBeVerified(fileBytes: adapter.facts.fileBytes), let digest = digest(of: adapter) else {
            return false
        }
        return verified.isVerified(digest)
    }

    /// Nil for weights that cannot be read or are not finite; whoever reads the adapter next says why.
    private func digest(of adapter: StoredAdapter) -> Digest? {
        guard !adapter.files.isEmpty else { return try? adapter.read(knownAs: nil) { _, _, _ in } }
        if let digest = digests.withLock({ $0[adapter.files] }) { return digest }
        guard let digest = verified.digest(of: adapter.files) ?? (try? adapter.read(knownAs: nil) { _, _, _ in }) else {
            return nil
        }
        digests.withLock { $0[adapter.files] = digest }
        return digest
    }
}

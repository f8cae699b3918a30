import DeckCore
import Hashing
import Synchronization

/// The plans of the latest adapters, by what they were made from.
///
/// A plan follows from the bytes of configuration and header, the size of the file and the base alone. Adapters of one
/// recipe (the same targets, ranks and scale) have these byte for byte in common, so a thousand tenants' adapters are parsed
/// and checked once, share one plan in memory, and a reload parses nothing. Nothing is ever out of date here: what is
/// looked up is the content itself.
final class PlanMemory: Sendable {
    /// Everything that a plan depends on besides the base.
    struct Key: Hashable, Sendable {
        private let digest: Digest
        private let fileBytes: Int

        init(configuration: UnsafeRawBufferPointer, header: UnsafeRawBufferPointer, fileBytes: Int) {
            var hash = SHA256()
            var size = UInt64(configuration.count).littleEndian
            withUnsafeBytes(of: &size) { hash.update($0) }
            hash.update(configuration)
            hash.update(header)
            digest = hash.digest
            self.fileBytes = fileBytes
        }
    }

    private let plans: Mutex<RecentValues<Key, AdapterPlan>>

    /// Keeps at most `limit` plans.
    init(limit: Int) { plans = Mutex(RecentValues(limit: limit)) }

    subscript(key: Key) -> AdapterPlan? { plans.withLock { $0[key] } }

    func keep(_ plan: AdapterPlan, for key: Key) { plans.withLock { $0[key] = plan } }
}

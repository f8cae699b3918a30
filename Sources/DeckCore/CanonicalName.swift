import Foundation

/// The one form in which names of adapters and tenants are kept, written and compared.
///
/// Unicode writes an é as one character or as two. Swift takes both for one name, the registry, the disk and other programs
/// compare bytes: so a name becomes this form where it enters, and from there on both comparisons agree.
public enum CanonicalName {
    /// A name in Unicode's normalisation form C.
    public static func of(_ name: String) -> String {
        name.utf8.allSatisfy { $0 < 0x80 } ? name : name.precomposedStringWithCanonicalMapping
    }
}

extension DeckCommand {
    /// The same order with its adapter's name in canonical form.
    public var named: DeckCommand {
        switch self {
        case .load(let name): .load(adapter: CanonicalName.of(name))
        case .register(let name, let path, let overrideBase):
            .register(name: CanonicalName.of(name), path: path, overrideBase: overrideBase)
        case .evict(let name, let digest, let mode): .evict(adapter: CanonicalName.of(name), digest: digest, mode: mode)
        case .pin(let name): .pin(adapter: CanonicalName.of(name))
        case .unpin(let name): .unpin(adapter: CanonicalName.of(name))
        case .rollback(let name, let digest): .rollback(adapter: CanonicalName.of(name), to: digest)
        case .unregister(let name): .unregister(adapter: CanonicalName.of(name))
        case .only(let replica, let command): .only(replica: replica, command.named)
        case .abort, .resizePool, .forecastResize, .verify, .setAdmission: self
        }
    }
}

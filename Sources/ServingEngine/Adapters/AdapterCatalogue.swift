import DeckCore
import Synchronization

/// What every name stands for, for whoever asks at any moment, on any thread. Only the step thread writes here: before it
/// answers a command, and after each turn in which an adapter may have come or gone.
final class AdapterCatalogue: Sendable {
    private let standings = Mutex<[String: AdapterStanding]>([:])

    subscript(name: String) -> AdapterStanding? { standings.withLock { $0[name] } }

    /// By name.
    var all: [AdapterStanding] { standings.withLock { Array($0.values) }.sorted { $0.name < $1.name } }

    /// Nil takes the name out.
    func set(_ name: String, _ standing: AdapterStanding?) { standings.withLock { $0[name] = standing } }
}

extension AdapterStanding {
    init(_ version: AdapterVersion, _ state: Residency) {
        self.init(name: version.name, digest: version.digest, path: version.facts.path, state: state)
    }
}

extension StepLoop {
    /// Tells everybody what a name stands for now.
    func share(_ name: String) {
        parts.catalogue.set(name, store.currentRecord(name).map { AdapterStanding($0.version, residency($0)) })
    }

    /// Tells everybody of adapters that hold pages or are on their way to, and of those that were when it was told last.
    func shareActive() {
        let active = Set(store.active.compactMap { store[$0]?.name })
        for name in active.union(sharedActive) { share(name) }
        sharedActive = active
    }
}

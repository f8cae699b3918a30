import DeckCore
import ModelFiles
import Synchronization

@testable import ServingEngine

/// Copies of versions in memory: at most so many, the oldest leaves for one that takes another's place.
final class ToyVersions: VersionKeeping {
    private let adapters: ToyAdapters
    private let limit: Int
    /// The oldest first.
    let copies = Mutex<[(digest: Digest, file: ToyAdapters.File)]>([])

    init(_ adapters: ToyAdapters, limit: Int) {
        self.adapters = adapters
        self.limit = limit
    }

    func contents() -> Set<Digest> { copies.withLock { Set($0.map(\.digest)) } }

    func keep(
        _ version: AdapterVersion, replacing previous: Digest?, serving: Set<Digest>
    ) throws(AdapterRefusal) {
        guard !contents().contains(version.digest) else { return }
        let file = adapters.files.withLock { $0[version.facts.path] }
        guard let file, ToyAdapters.digest(file) == version.digest else {
            throw AdapterRefusal("its files changed before they were copied")
        }
        let isKept = copies.withLock { copies in
            if copies.count >= limit, previous != nil,
                let victim = copies.firstIndex(where: { $0.digest != previous && !serving.contains($0.digest) })
            {
                copies.remove(at: victim)
            }
            guard copies.count < limit else { return false }
            copies.append((version.digest, file))
            return true
        }
        if !isKept { throw AdapterRefusal("there is no room") }
    }

    func open(_ digest: Digest, overrideBase: Bool) throws(AdapterRefusal) -> any AdapterContent {
        guard let copy = copies.withLock({ $0.first { $0.digest == digest } }) else {
            throw AdapterRefusal("there is no copy")
        }
        return try adapters.open(copy.file, path: "copies/\(digest.short)")
    }

    func discard(_ digest: Digest) { copies.withLock { $0.removeAll { $0.digest == digest } } }

    func stranger(inPlaceOf version: AdapterVersion) -> String? {
        guard let file = adapters.files.withLock({ $0[version.facts.path] }) else { return "nothing is there" }
        let found = ToyAdapters.digest(file)
        return found == version.digest ? nil : "the folder holds \(found.short) now"
    }

    /// Damages a copy.
    func damage(_ digest: Digest) {
        copies.withLock { copies in
            for index in copies.indices where copies[index].digest == digest { copies[index].file.seed += 1_000_000 }
        }
    }
}

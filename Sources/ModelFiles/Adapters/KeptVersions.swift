import DeckCore
import Foundation
import Synchronization

/// Copies of versions in a folder, within a budget. Safe to use from any thread and from several processes.
public final class KeptVersions: VersionKeeping {
    private struct Sighting {
        let files: [FileState]
        let digest: Digest
    }

    private let folder: VersionFolder
    private let budget: Int
    /// Opens what stands in the folder.
    private let copies: AdapterReader
    /// Opens what stands where versions were registered from, by path.
    private let places: @Sendable (String) -> AdapterReader
    /// Every version that a name points at now, on whatever base.
    private let served: @Sendable () throws -> [AdapterVersion]
    /// What was read in versions' own places, by path, so that it is read once as long as it is not touched.
    private let sightings = Mutex<[String: Sighting]>([:])
    /// Bytes of all copies, and when a copy had last come or left as they were counted.
    private let counted = Mutex<(bytes: Int, at: Int64)?>(nil)

    /// `budget` is in bytes; `copies` has the folder, which is there, for its root.
    public init(
        folder: String, budget: Int, copies: AdapterReader, places: @escaping @Sendable (String) -> AdapterReader,
        served: @escaping @Sendable () throws -> [AdapterVersion]
    ) {
        self.folder = VersionFolder(path: folder)
        self.budget = budget
        self.copies = copies
        self.places = places
        self.served = served
        self.folder.sweep()
    }

    public func contents() -> Set<Digest> { Set(folder.copies().map(\.digest)) }

    public func open(_ digest: Digest, overrideBase: Bool) throws(AdapterRefusal) -> any AdapterContent {
        folder.touch(digest)
        return try copies.open(path: folder.place(of: digest), overrideBase: overrideBase)
    }

    public func discard(_ digest: Digest) { folder.locked { folder.remove(digest) } }

    public func stranger(inPlaceOf version: AdapterVersion) -> String? {
        let path = version.facts.path
        let reader = places(path)
        do throws(AdapterRefusal) {
            let files = try reader.look(path: path).files
            if !files.isEmpty, files == version.files { return nil }
            let found = try digest(at: path, files: files, reader)
            guard found != version.digest else { return nil }
            return "the \(path.lowercased().hasSuffix(".gguf") ? "file" : "folder") holds \(found.short) now"
        } catch {
            return error.reason
        }
    }

    /// What a version's own place holds, read unless it is known and was not touched since.
    private func digest(at path: String, files: [FileState], _ reader: AdapterReader) throws(AdapterRefusal) -> Digest {
        if !files.isEmpty, let known = sightings.withLock({ $0[path] }), known.files == files { return known.digest }
        let content = try reader.open(path: path, overrideBase: true)
        let digest = try Self.digest(of: content)
        sightings.withLock { sightings in
            sightings[path] = content.files.isEmpty ? nil : Sighting(files: content.files, digest: digest)
        }
        return digest
    }

    private static func digest(of content: any AdapterContent) throws(AdapterRefusal) -> Digest {
        do {
            return try content.read(knownAs: nil) { _, _, _ in }
        } catch {
            throw error as? AdapterRefusal ?? AdapterRefusal("\(error)")
        }
    }

    // MARK: Keeping

    public func keep(
        _ version: AdapterVersion, replacing previous: Digest?, serving: Set<Digest>
    ) throws(AdapterRefusal) {
        if let previous { folder.touch(previous) }
        guard !folder.holds(version.digest) else { return folder.touch(version.digest) }
        guard budget > 0 else { throw AdapterRefusal("versions-budget is 0") }
        let needed = version.facts.fileBytes
        let spared = serving.union([version.digest]).union(previous.map { [$0] } ?? [])
        // Before anything is copied, so that a folder of thousands writes no more than the budget.
        guard victims(for: needed, makesRoom: previous != nil, sparing: spared) != nil else { throw full }
        let workplace = try folder.workplace()
        do throws(AdapterRefusal) {
            let bytes = try places(version.facts.path).copy(path: version.facts.path, into: workplace)
            // What was copied counts, not what the folder held when it was registered.
            let found = try Self.digest(of: try copies.open(path: workplace, overrideBase: true))
            guard found == version.digest else {
                throw AdapterRefusal("its files changed before they were copied")
            }
            let isKept = folder.locked { [folder] in
                guard let victims = victims(for: bytes, makesRoom: previous != nil, sparing: spared) else {
                    return false
                }
                for victim in victims { folder.remove(victim) }
                folder.settle(workplace, as: version.digest)
                return true
            }
            if !isKept { throw full }
        } catch {
            folder.remove(workplace)
            throw error
        }
    }

    private var full: AdapterRefusal { AdapterRefusal("versions-budget is used up") }

    /// The copies that leave so that `bytes` more fit; nil when that cannot be.
    private func victims(for bytes: Int, makesRoom: Bool, sparing spared: Set<Digest>) -> [Digest]? {
        var excess = totalBytes + bytes - budget
        guard excess > 0 else { return [] }
        guard makesRoom, bytes <= budget else { return nil }
        let copies = folder.copies()
        guard let needed = try? onlyBytes(among: Set(copies.map(\.digest))) else { return nil }
        var victims: [Digest] = []
        for copy in copies where excess > 0 && !spared.contains(copy.digest) && !needed.contains(copy.digest) {
            victims.append(copy.digest)
            excess -= copy.bytes
        }
        return excess > 0 ? nil : victims
    }

    private var totalBytes: Int {
        let changed = folder.changed
        if let counted = counted.withLock({ $0 }), counted.at == changed { return counted.bytes }
        let bytes = folder.copies().reduce(0) { $0 + $1.bytes }
        // Within a tick of the clock another copy may come without a trace.
        let isStill = changed.map { Int64(Date().timeIntervalSince1970 * 1e9) - $0 > 1_000_000_000 } ?? false
        counted.withLock { $0 = isStill ? changed.map { (bytes, $0) } : nil }
        return bytes
    }

    /// Of these contents those that a name points at and whose own place holds something else.
    private func onlyBytes(among contents: Set<Digest>) throws -> Set<Digest> {
        Set(try served().filter { contents.contains($0.digest) && isReplaced($0) }.map(\.digest))
    }

    /// Whether something stands in a version's own place that is not known to be the version. One whose place is gone is
    /// not served by any start.
    private func isReplaced(_ version: AdapterVersion) -> Bool {
        guard access(version.facts.path, F_OK) == 0 else { return false }
        let found = try? AdapterSource(path: version.facts.path, root: nil).stamps().map(\.state)
        if !version.files.isEmpty, found == version.files { return false }
        return stranger(inPlaceOf: version) != nil
    }
}

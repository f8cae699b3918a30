import DeckCore
import Foundation
import ModelFiles
import Registry

/// Opens adapters that stand in the adapter root, and those that were named on the command line, each of which is its own
/// root (invariant 9).
struct AdapterRoots: AdapterOpening {
    private let root: AdapterRoot?
    private let rootReader: AdapterReader
    private let folder: URL?
    /// Adapters from the command line, by name.
    private let places: [String: String]
    /// Their paths, as they are given to `open` and as they stand on the disk.
    private let named: Set<String>
    private let namedReader: AdapterReader

    /// Throws for a root that is no folder. `registry` is the one that a deck keeps.
    init(
        root: URL?, named: [NamedAdapter] = [], base: OpenedBase, registry: Registry? = nil
    ) throws(AdapterRefusal) {
        var resolved: AdapterRoot?
        if let root { resolved = try AdapterRoot(path: root.standardizedFileURL.path) }
        self.root = resolved
        folder = root
        places = Dictionary(named.map { ($0.name, $0.path.path) }) { first, _ in first }
        rootReader = base.reader(root: resolved, registry: registry)
        self.named = Set(named.flatMap { [$0.path.path, $0.path.resolvingSymlinksInPath().path] })
        namedReader = base.reader(root: nil, registry: registry)
    }

    func open(path: String, overrideBase: Bool) throws(AdapterRefusal) -> any AdapterContent {
        guard root != nil || named.contains(path) else {
            throw AdapterRefusal("\(path): there is no adapter root; start with --adapters FOLDER")
        }
        return try reader(of: path).open(path: path, overrideBase: overrideBase)
    }

    func standing(under name: String) -> (path: String, files: [FileState])? {
        let place = places[name] ?? folder.flatMap { AdapterFolder.find(name, in: $0) }?.path.path
        return place.flatMap(look)
    }

    /// The path of an adapter, as `AdapterFacts` has it, and the states of its files; nil for what is none. Opens no file.
    func look(_ path: String) -> (path: String, files: [FileState])? { try? reader(of: path).look(path: path) }

    /// What stands at a path of the root now; nil outside it.
    func trace(path: String) -> AdapterTrace? { rootReader.trace(path: path) }

    /// Why the adapter at a path of the root was refused, if nothing changed since.
    func refusal(path: String, _ trace: AdapterTrace) -> String? { rootReader.refusal(path: path, trace) }

    /// What opens a path: of the root, or of the command line.
    func reader(of path: String) -> AdapterReader { named.contains(path) ? namedReader : rootReader }

    /// Whether a path, its symlinks followed, stands in the root or was named.
    func contains(_ path: String) -> Bool { named.contains(path) || (try? root?.resolve(path)) != nil }
}
